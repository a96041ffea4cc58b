#!/usr/bin/env node
// The command line: one table of commands. Each loads its room's main only when it is called, so that `--help` stays
// quick and a simulator never pays for a server. Names, options and exit codes are promises to scripts:
//
//   0 all as expected   1 a violation (or a failed broker)   2 bad usage or input
//   3 vacuous or unknown verdict   4 nondeterminism   70 our own crash   130 serve, ended by a second signal

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
    .option('--out <dir>', 'where the run is stored (default: runs/<time>)')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenarios: string[], options) => {
      const { simCommand } = await import('./sim/main.ts');
      finish(await andReport(options, (stored) => simCommand(scenarios, { ...options, stored })));
    });

  odradek
    .command('replay')
    .description('run one seed of one scenario again, step by step the same')
    .argument('<scenario>', 'a scenario file')
    .requiredOption('--seed <s>', 'the seed')
    .option('--control', 'run the control of the scenario instead')
    .option('--until <step>', 'stop at this step and show the world', wholeNumber)
    .option('--stuck', 'list every pending wait at the end')
    .option('--trace <file>', 'write every event there, as JSON lines')
    .option('--html <file>', 'write the run as a page there, with a picture that can be moved')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (scenario: string, options) => {
      const { replayCommand } = await import('./sim/main.ts');
      finish(await replayWithPage(options, (more) => replayCommand(scenario, { ...options, ...more })));
    });

  odradek
    .command('bench')
    .description('measure throughput and latency on a real disk, against our broker or any Kafka')
    .argument('[workloads...]', 'workload files (default: the built-in ones)')
    .option('--against <host:port>', 'measure this Kafka-compatible broker instead of our own')
    .option('--out <dir>', 'where the run is stored (default: runs/<time>)')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (workloads: string[], options) => {
      const { benchCommand } = await import('./bench/main.ts');
      finish(await andReport(options, (stored) => benchCommand(workloads, { ...options, stored })));
    });

  odradek
    .command('report')
    .description('render a stored run as HTML, JUnit XML and text, without running it again')
    .argument('<run-dir>', 'the folder that sim or bench wrote')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (runDir: string, options) => {
      const { reportCommand } = await import('./reports/main.ts');
      finish(await reportCommand(runDir, options));
    });

  for (const command of odradek.commands) command.exitOverride();
  return odradek;
}

/** What was stored is rendered at once; the exit code stays that of the run. */
async function andReport(
  options: { json?: boolean },
  run: (stored: (folder: string) => void) => Promise<number>,
): Promise<number> {
  const folders: string[] = [];
  const code = await run((folder) => folders.push(folder));
  if (options.json === true) return code;
  const { reportCommand } = await import('./reports/main.ts');
  for (const folder of folders) await reportCommand(folder, { brief: true });
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
      process.exitCode = error.exitCode === 0 ? 0 : usageError;
      return;
    }
    console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = crash;
  }
}

await main();
