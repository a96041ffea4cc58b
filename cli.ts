#!/usr/bin/env node
// The command line: one table of commands. Each loads its room's main only when it is called, so that `--help` stays
// quick and a simulator never pays for a server. Names, options and exit codes are promises to scripts:
//
//   0 all as expected   1 a violation (or a failed broker)   2 bad usage or input
//   3 vacuous or unknown verdict   4 nondeterminism   70 our own crash
//   130 serve or sim, ended by a second signal

import { Command, CommanderError, InvalidArgumentError } from 'commander';

const usageError = 2;
const crash = 70;

function program(finish: (code: number) => void): Command {
  const odradek = new Command('odradek')
    .description('A Kafka reference broker that also lives inside a deterministic simulator.')
    .showHelpAfterError('(odradek --help shows the commands)')
    .exitOverride();

  odradek
    .command('serve')
    .description('serve Kafka clients over TCP, with the log on a real disk')
    .option('--listen <host:port>', 'where to listen (default 127.0.0.1:9092; port 0 takes a free one)')
    .option('--data <dir>', 'the log directory (default ./data)')
    .option('--config <file>', "a Kafka server.properties file; Kafka's property names")
    .option('--override <key=value>', 'one property, stronger than the file; may be repeated', collect, [])
    .option('--metrics <host:port>', 'serve Prometheus metrics there')
    .option(
      '--log-level <level>',
      'trace, debug, info, warn, error or silent (default info), to standard error',
    )
    .option(
      '--brokers <n>',
      'a cluster of so many brokers, each a process with its own port and directory',
      wholeNumber,
    )
    .option(
      '--controllers <m>',
      'with --brokers: so many controllers apart (default: combined, the first three brokers)',
    )
    .option('--racks <names>', 'with --brokers: racks, separated by commas, dealt to the brokers in turn')
    .option('--json', 'print the ready line as one JSON document')
    .action(async (options) => {
      const { serveCommand } = await import('./engine/host/main.ts');
      finish(await serveCommand(options));
    });

  odradek
    .command('sim')
    .description('run failure scenarios in the simulator and judge them')
    .argument('[scenarios...]', 'scenario files or folders (default: scenarios)')
    .option('--seeds <n>', 'how many seeds a scenario', wholeNumber)
    .option('--seed <s>', 'the first seed (default: printed)')
    .option('--workers <n>', 'worker threads (default: one a core)', wholeNumber)
    .option('--shard <i/n>', 'run only the i-th of n parts of the seeds')
    .option('--for <duration>', 'a campaign: one seed after the other, for so long (90s, 10m, 2h)')
    .option('--forever', 'a campaign until Ctrl-C, which ends it after the runs under way')
    .option('--swarm', 'a campaign in which each seed also makes a scenario of its own; files only if given')
    .option('--keep', 'with --swarm: write every generated scenario out, not only those that tell something')
    .option(
      '--ledger <dir>',
      'a campaign that keeps known failures there and runs them first (.odradek/ledger)',
    )
    .option('--no-ledger', 'a campaign that keeps no known failures')
    .option('--commit <id>', 'what is run, for the ledger: a commit or a version')
    .option('--annotations <kind>', 'github: one line for each failure, as GitHub reads it (there by itself)')
    .option('--out <dir>', 'where the run is stored (default: runs/<time>)')
    .option('--no-shrink', 'leave failures as they are')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenarios: string[], options) => {
      const { simCommand } = await import('./sim/main.ts');
      finish(await andReport(options, (stored) => simCommand(scenarios, { ...options, stored })));
    });

  odradek
    .command('replay')
    .description('run one seed of one scenario again, step by step the same')
    .argument('<scenario>', 'a scenario file')
    .option('--seed <s>', 'the seed (default: the one that the file names)')
    .option('--control', 'run the control of the scenario instead')
    .option('--cell <name>', 'lay the settings of this cell of the contract over it (see contract)')
    .option('--mutant <name>', 'with this slip in the engine (mutants --list)')
    .option('--until <step>', 'stop at this step and show the world', wholeNumber)
    .option('--stuck', 'list every pending wait at the end')
    .option('--point-of-no-return', 'look for the step from which on other draws change nothing')
    .option('--rolls <n>', 'with it: other futures of each step looked at (default 20)', wholeNumber)
    .option('--trace <file>', 'write every event there, as JSON lines')
    .option('--html <file>', 'write the run as a page there, with a picture that can be moved')
    .option('--steps <file>', 'write every step of the scheduler there, as JSON lines')
    .option('--history <file>', 'write what its clients saw there, as odradek check reads it')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenario: string, options) => {
      if (options.mutant !== undefined) await installMutant(options.mutant);
      const { replayCommand } = await import('./sim/main.ts');
      finish(await replayWithPage(options, (more) => replayCommand(scenario, { ...options, ...more })));
    });

  odradek
    .command('contract')
    .description(
      'print from runs what acks, idempotence and commits promise under faults, and what they do not',
    )
    .argument(
      '[scenarios...]',
      'scenario files or folders that say what goes wrong (default: scenarios/contract)',
    )
    .option('--seeds <n>', 'how many seeds a cell', wholeNumber)
    .option('--seed <s>', 'the first seed (default: printed)')
    .option('--workers <n>', 'worker threads (default: one a core)', wholeNumber)
    .option('--out <dir>', 'where the run is stored (default: runs/<time>)')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenarios: string[], options) => {
      const { contractCommand } = await import('./sim/contract/main.ts');
      finish(await andReport(options, (stored) => contractCommand(scenarios, { ...options, stored })));
    });

  odradek
    .command('determinism')
    .description(
      'run the same seeds in several processes, on other threads and under other Nodes, and compare',
    )
    .argument('[scenarios...]', 'scenario files or folders (default: scenarios)')
    .option('--seeds <n>', 'how many seeds a scenario (default 2)', wholeNumber)
    .option('--seed <s>', 'the first seed (default 1)')
    .option('--node <file>', 'a further Node binary; may be repeated', collect, [])
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenarios: string[], options) => {
      const { determinismCommand } = await import('./sim/determinism-main.ts');
      finish(await determinismCommand(scenarios, options));
    });

  odradek
    .command('mutants')
    .description('break the engine on purpose, in many ways, and see whether the suite notices')
    .argument('[scenarios...]', 'scenario files or folders (default: those that must kill each mutant)')
    .option('--only <name...>', 'only these mutants')
    .option(
      '--seeds <n>',
      'seeds of a scenario after which a mutant is taken to live (default 500)',
      wholeNumber,
    )
    .option('--always <n>', 'seeds that run in any case, for the ablation (default 3)', wholeNumber)
    .option('--seed <s>', 'the first seed (default 1)')
    .option('--healthy <n>', 'also so many seeds without any slip, over all scenarios', wholeNumber)
    .option(
      '--drawn <n>',
      'instead of the written ones, so many slips drawn by lot (1 seed each)',
      wholeNumber,
    )
    .option('--in <path...>', 'with --drawn: only from sources that begin so (engine/core/raft)')
    .option('--runs <n>', 'with --drawn: runs after which a slip is taken to live (default 30)', wholeNumber)
    .option('--workers <n>', 'worker threads (default: one a core)', wholeNumber)
    .option('--out <dir>', 'where the run is stored (default: runs/<time>)')
    .option('--list', 'list the mutants and run nothing')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenarios: string[], options) => {
      finish(await andReport(options, await mutantsRun(scenarios, options), 'with the text'));
    });

  odradek
    .command('check')
    .description('judge a history that clients recorded, of the simulator or of a real cluster')
    .argument('<history>', 'JSON lines; sim/client-side/README.md describes them')
    .option('--sub-via <how>', 'how readers came to their partitions: assign or subscribe (default: as told)')
    .option('--no-ww-deps', 'make no edges from the order of the log; cycles are then bad')
    .option('--ignore <anomalies>', 'tell them, but do not judge by them; may be repeated', collect, [])
    .option('--json', 'print one JSON document and nothing else')
    .action(async (history: string, options) => {
      const { checkCommand } = await import('./sim/check-main.ts');
      finish(await checkCommand(history, options));
    });

  odradek
    .command('shrink')
    .description('make the smallest scenario that shows what a seed of a scenario shows')
    .argument('<scenario>', 'a scenario file')
    .option('--seed <s>', 'the seed (default: the one that the file names)')
    .option('--control', 'shrink the control of the scenario instead')
    .option('--mutant <name>', 'with this slip in the engine (mutants --list)')
    .option('--invariant <name>', 'what the smaller scenario has to show (default: what tells the run)')
    .option('--out <file>', 'where it is written (default: <scenario>.shrunk.jsonc beside it)')
    .option('--runs <n>', 'how many runs it may take (default 1500)', wholeNumber)
    .option('--for <time>', 'how long it may take: 90s, 2m')
    .option('--point-of-no-return', 'look for the step of the seed from which on other draws change nothing')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenario: string, options) => {
      if (options.mutant !== undefined) await installMutant(options.mutant);
      const { shrinkCommand } = await import('./sim/shrink-main.ts');
      finish(await shrinkCommand(scenario, options));
    });

  odradek
    .command('bench')
    .description('measure throughput and latency on a real disk, against our broker or any Kafka')
    .argument('[workloads...]', 'workload files (default: the built-in ones)')
    .option(
      '--against <target>',
      'measure this instead: host:port of a Kafka-compatible broker, kafka (in KAFKA_HOME), a folder',
    )
    .option('--generator <name>', 'who makes the load, instead of the generator that the workload names')
    .option('--knee', 'search for the highest rate of each workload that meets the objective')
    .option('--objective <percentile<latency>', 'what --knee is to meet (default: p99<10ms)')
    .option(
      '--sweep <file>',
      'run every point of this sweep, or of a built-in one: size, producers, codec, ...',
    )
    .option(
      '--compare [targets...]',
      'A and B in interleaved rounds: self, a folder, kafka, host:port (bench/README.md); then workloads',
    )
    .option(
      '--aa <n>',
      'compare this code with itself so many times, and count the false verdicts',
      wholeNumber,
    )
    .option('--duet', 'with --compare and --aa: both halves of a round at the same time, for processor time')
    .option('--no-aa', 'with --compare: without the control rounds of A against A')
    .option(
      '--rounds <n>',
      'with --compare and --gate: rounds before the first verdict (default 10)',
      wholeNumber,
    )
    .option('--rounds-max <n>', 'rounds at which a comparison in doubt ends (default: 4 times)', wholeNumber)
    .option('--scaling', 'one broker process against two, under requests made before')
    .option('--simulated', 'count what they cost in the simulator: no real time, the same on every run')
    .option(
      '--gate',
      'fail when counts or processor time of a record are worse than the baseline or the anchor; with ' +
        '--simulated: when a count changed',
    )
    .option('--baseline <file>', 'with --gate: the stored numbers (default: those in bench)')
    .option('--anchor <dir>', 'with --gate: a checkout of a release, for interleaved rounds')
    .option(
      '--write',
      'with --gate or --simulated: measure, and set the baseline anew; nothing else ever does',
    )
    .option('--because <text>', 'with --write: why, for whoever reads the baseline')
    .option('--seed <s>', 'of payloads, arrivals and the order of rounds (default: printed)')
    .option('--out <dir>', 'where the run is stored (default: runs/<time>; with --simulated: nowhere)')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (workloads: string[], options) => {
      const { asksForSimulation, simulatedCommand } = await import('./bench/simulated/main.ts');
      if (asksForSimulation(options)) {
        finish(await simulatedCommand(workloads, options));
        return;
      }
      const { benchCommand } = await import('./bench/main.ts');
      finish(await andReport(options, (stored) => benchCommand(workloads, { ...options, stored })));
    });

  odradek
    .command('report')
    .description(
      'render a stored run as HTML, JUnit XML and text, without running it again; or several as one',
    )
    .argument(
      '<run-dirs...>',
      'the folder that sim or bench wrote; several of sim are merged, two of bench compared, more are a history',
    )
    .option(
      '--out <dir>',
      'where the merged run is stored (default: runs/<time>), the comparison (default: the second folder), or the' +
        ' history (default: the folder of the newest)',
    )
    .option('--annotations <kind>', 'of a merged run: github, as with sim')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (runDirs: string[], options) => {
      const { benchmarksCommand, nameBenchmarks, reportCommand } = await import('./reports/main.ts');
      if (runDirs.length > 1 && nameBenchmarks(runDirs)) {
        finish(benchmarksCommand(runDirs, options));
        return;
      }
      if (runDirs.length > 1 || options.out !== undefined) {
        const { mergeCommand } = await import('./sim/campaign/merge-command.ts');
        finish(await andReport(options, async (stored) => mergeCommand(runDirs, { ...options, stored })));
        return;
      }
      finish(await reportCommand(runDirs[0] as string, options));
    });

  for (const command of odradek.commands) command.exitOverride();
  return odradek;
}

/** Two commands of one name: the written mutants, and those that are drawn. */
async function mutantsRun(
  scenarios: string[],
  options: {
    drawn?: number;
    in?: string[];
    runs?: number;
    only?: string[];
    always?: number;
    healthy?: number;
    list?: boolean;
  },
): Promise<(stored: (folder: string) => void) => Promise<number>> {
  const { drawn } = options;
  if (drawn === undefined) {
    for (const name of ['in', 'runs'] as const) {
      if (options[name] !== undefined)
        throw new CommanderError(usageError, 'mutant', `--${name}: only with --drawn`);
    }
    const { mutantsCommand } = await import('./sim/mutants/main.ts');
    return (stored) => mutantsCommand(scenarios, { ...options, stored });
  }
  const odd = (['only', 'always', 'healthy', 'list'] as const).find((name) => options[name] !== undefined);
  if (odd !== undefined) throw new CommanderError(usageError, 'mutant', `--${odd}: not with --drawn`);
  const { drawnCommand } = await import('./sim/mutants/drawn/main.ts');
  return (stored) => drawnCommand(scenarios, { ...options, drawn, stored });
}

/** Puts a slip into the engine of this process; before anything of the engine is loaded. */
async function installMutant(name: string): Promise<void> {
  const { mutantNamed } = await import('./sim/mutants/named.ts');
  const mutant = await mutantNamed(name);
  if (mutant === undefined) {
    throw new CommanderError(usageError, 'mutant', `--mutant: there is no mutant ${name}: mutants --list`);
  }
  const { install } = await import('./sim/mutants/patch.ts');
  install(mutant);
}

/** What was stored is rendered at once; the exit code stays that of the run. */
async function andReport(
  options: { json?: boolean },
  run: (stored: (folder: string) => void) => Promise<number>,
  brief: true | 'with the text' = true,
): Promise<number> {
  const folders: string[] = [];
  const code = await run((folder) => folders.push(folder));
  if (options.json === true) return code;
  const { reportCommand } = await import('./reports/main.ts');
  for (const folder of folders) await reportCommand(folder, { brief });
  return code;
}

type Kept = NonNullable<Parameters<typeof import('./sim/main.ts').replayCommand>[1]['kept']>;

/** A run that is asked for as a page is told there as well; a page that cannot be written is bad usage. */
async function replayWithPage(
  { html }: { html?: string },
  replay: (more: { kept?: Kept }) => Promise<number>,
): Promise<number> {
  if (html === undefined) return await replay({});
  const { storyCommand } = await import('./reports/main.ts');
  let written = 0;
  const code = await replay({
    kept: (run, isFailure) => {
      written = storyCommand(run, isFailure ? 'failure' : run.telling === null ? 'look' : 'witness', html);
    },
  });
  return written === 0 ? code : written;
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}

async function main(): Promise<void> {
  try {
    await program((code) => {
      process.exitCode = code;
    }).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'mutant') console.error(error.message);
      process.exitCode = error.exitCode === 0 ? 0 : usageError;
      return;
    }
    console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = crash;
  }
}

await main();
