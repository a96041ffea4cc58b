// The command `mutants`: the harness against itself. From a command line to an exit code.
//
//   0 every mutant killed, and no alarm in the healthy runs   1 a mutant lives, or a healthy run raised an alarm
//   2 bad usage   3 a healthy run was vacuous or did not end   70 a bug of ours
//
// Only from a checkout: a mutant is an edit of the engine's sources, and the published package has none.

import { ownScenarios, type SuiteOptions, workersMax } from '../asked.ts';
import { registries } from '../registries.ts';
import { ScenarioReader } from '../scenario/read.ts';
import { firstSeedDefault, replayText, seedsFrom } from '../seeds.ts';
import { freshFolder, loadScenarios, machineSince, prepareFolder, storeSuite } from '../store.ts';
import type { LoadedScenario } from '../suite.ts';
import { progressFor, realSurroundings, refused, type Surroundings } from '../surroundings.ts';
import { defaultWorkers } from '../swarm.ts';
import { noSources } from './checkout.ts';
import { runHealthy } from './healthy.ts';
import { runMatrix } from './kill.ts';
import { ablations } from './matrix.ts';
import type { Mutant } from './mutant.ts';
import { mutantNamed } from './named.ts';
import { mutants } from './registry.ts';
import type { StoredMutants } from './stored.ts';
import { mutantsSentence } from './words.ts';

export interface MutantsOptions extends Omit<SuiteOptions, 'shard'> {
  readonly only?: readonly string[];
  readonly always?: number;
  readonly healthy?: number;
  readonly list?: boolean;
}

/** Seeds of one scenario after which a mutant is taken to live there. */
const seedsDefault = 500;
/** Seeds that run in any case, for the ablation. */
const alwaysDefault = 3;
const seedsMax = 100_000;
const notJudged = 3;

export async function mutantsCommand(
  paths: readonly string[],
  options: MutantsOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  if (options.list === true) {
    for (const { name, slip, origin } of mutants) around.out(`${name}  ${slip} (${origin})`);
    return 0;
  }
  const asked = await readOptions(options, around);
  const loaded = loadScenarios([ownScenarios()], new ScenarioReader(registries));
  const only = paths.length > 0 ? loadScenarios(paths, new ScenarioReader(registries)) : undefined;
  const complaints = [...asked.complaints];
  if (!loaded.ok) complaints.push(...loaded.error);
  if (only?.ok === false) complaints.push(...only.error);
  if (complaints.length > 0 || !loaded.ok || only?.ok === false) return refused(complaints, around);
  const { chosen, count, always, workers, first } = asked;
  const startedAt = new Date();
  const folder = options.out ?? freshFolder(startedAt.toISOString());
  const prepared = prepareFolder(folder);
  if (!prepared.ok) return refused([prepared.error], around);

  const replayOf = (of: LoadedScenario, seed: string, control: boolean, mutant?: string) =>
    replayText({ file: of.file, seed, control, mutant }, around.packed);
  const results = await runMatrix(
    {
      mutants: chosen,
      scenariosOf: (mutant) => only?.value ?? named(mutant, loaded.value),
      seeds: seedsFrom(first, count),
      seedsAlways: always,
      workers,
      replayOf,
    },
    progressFor(options.json === true, around),
  );
  const wanted = options.healthy ?? 0;
  const perScenario = Math.ceil(wanted / loaded.value.length);
  const healthyPlan = { scenarios: loaded.value, seeds: seedsFrom(first, perScenario), workers, replayOf };
  const healthy =
    wanted === 0 ? null : await runHealthy(healthyPlan, progressFor(options.json === true, around));
  const scenarios = healthy?.scenarios ?? [];
  const clean = scenarios.every(({ alarms }) => alarms.length === 0);
  const judged = scenarios.every(({ unjudged }) => unjudged.length === 0);
  const machine = machineSince(startedAt, workers);
  const stored: StoredMutants = {
    format: 1,
    kind: 'mutants',
    exitCode: clean && results.every(({ killed }) => killed) ? (judged ? 0 : notJudged) : 1,
    verdict: mutantsSentence({ mutants: results, healthy, machine }),
    seeds: { first, max: count, always },
    mutants: results,
    ablation: ablations(results),
    healthy,
    machine,
  };
  storeSuite(folder, stored);
  options.stored?.(folder);
  const told = options.json === true ? JSON.stringify(stored, null, 1) : `stored in ${folder}`;
  around.out(told);
  return stored.exitCode;
}

async function readOptions(options: MutantsOptions, around: Surroundings) {
  const { seeds: count = seedsDefault, seed: first = firstSeedDefault, workers = defaultWorkers() } = options;
  const { only = [], always = alwaysDefault, healthy = 0 } = options;
  const complaints = noSources(around);
  if (count < 1 || count > seedsMax) complaints.push(`--seeds: 1 to ${seedsMax}`);
  if (always < 1 || always > count) complaints.push(`--always: 1 to --seeds (${count})`);
  if (healthy > seedsMax) complaints.push(`--healthy: at most ${seedsMax}`);
  if (workers < 1 || workers > workersMax) complaints.push(`--workers: 1 to ${workersMax}`);
  const chosen: Mutant[] = only.length === 0 ? [...mutants] : [];
  for (const name of only) {
    const found = await mutantNamed(name);
    if (found === undefined) complaints.push(`--only: there is no mutant ${name}`);
    else chosen.push(found);
  }
  return { complaints, chosen, count, always, workers, first };
}

/** The scenarios that must kill it; all, when it was drawn and has none. */
function named(mutant: Mutant, all: readonly LoadedScenario[]): readonly LoadedScenario[] {
  if (mutant.scenarios.length === 0) return all;
  return mutant.scenarios.map((name) => {
    const found = all.find((of) => of.name === name);
    if (found === undefined) throw new Error(`${mutant.name} names a scenario that is not there: ${name}`);
    return found;
  });
}
