// The command `contract`: every cell of the table under every fault, from a command line to an exit code. Worldly, as
// its neighbour `sim` is: it stores what it finds, and writes to the terminal.
//
//   0 everything permitted was reached, everything forbidden never seen   1 a promise was broken   2 bad usage or input
//   3 something permitted was not reached in so many seeds, or vacuous   4 nondeterminism   70 the simulator has a bug

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checked, ownScenarios, type SuiteOptions } from '../asked.ts';
import { registries } from '../registries.ts';
import { ScenarioReader } from '../scenario/read.ts';
import { firstSeedDefault, replayText, seedsFrom } from '../seeds.ts';
import type { LoadedScenario, WantedRun } from '../suite.ts';
import { runAndStore } from '../suite-run.ts';
import { realSurroundings, refused, type Surroundings } from '../surroundings.ts';
import { defaultWorkers } from '../swarm.ts';
import { suiteLine, unexpectedStories } from '../words.ts';
import { type Cell, cells, faultOf, refusalOf, withCell } from './cells.ts';
import { type ContractTable, notReached, refusedRow, rowOf, type TableRow } from './table.ts';
import { contractLine, tableText, witnessesText } from './table-words.ts';

export type ContractOptions = Omit<SuiteOptions, 'shard'>;

/** Seeds of each cell when nobody says: enough that everything permitted shows. */
const seedsDefault = 12;

const exitNotReached = 3;

/** One cell of one scenario: to be run, or refused by the client. */
interface Place {
  readonly base: LoadedScenario;
  readonly cell: Cell;
  readonly refusal: string | null;
  readonly scenario: LoadedScenario | undefined;
}

export async function contractCommand(
  paths: readonly string[],
  options: ContractOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const { seeds: count = seedsDefault, seed: first = firstSeedDefault, workers = defaultWorkers() } = options;
  const wanted = paths.length > 0 ? paths : [join(ownScenarios(), 'contract')];
  const asked = checked(wanted, { first, count, shard: undefined, workers });
  if (Array.isArray(asked)) return refused(asked, around);
  const complaints: string[] = [];
  const places = placesOf(asked.scenarios, new ScenarioReader(registries), complaints);
  if (complaints.length > 0) return refused(complaints, around);

  const cellOf = new Map(places.map(({ scenario, cell }) => [scenario, cell.name]));
  const replayOf = ({ of, seed, control }: WantedRun) =>
    replayText({ file: of.file, seed, control, cell: cellOf.get(of) }, around.packed);
  const scenarios = places.flatMap(({ scenario }) => (scenario === undefined ? [] : [scenario]));
  const seeds = { first, count, shard: null };
  const named = seedsFrom(first, count);
  const ran = await runAndStore(
    { scenarios, seeds, named, workers, out: options.out, replayOf },
    options,
    around,
  );
  if (!ran.ok) return refused([ran.error], around);
  const { suite, suiteRun, folder } = ran.value;
  const rows = places.map(({ base, cell, refusal, scenario }): TableRow => {
    const fault = faultOf(base.name);
    if (refusal !== null) return refusedRow(fault, base.file, cell, refusal);
    return rowOf(
      fault,
      base.file,
      cell,
      suiteRun.done.filter((run) => run.of === scenario),
      replayOf,
    );
  });
  const table: ContractTable = {
    format: 1,
    kind: 'contract',
    fingerprint: suite.fingerprint,
    seeds: { first, count },
    rows,
  };
  writeFileSync(join(folder, 'contract.json'), `${JSON.stringify(table, null, 1)}\n`);
  if (options.json === true) around.out(JSON.stringify(table, null, 1));
  else {
    const parts = [
      tableText(table),
      witnessesText(table),
      unexpectedStories(suite.scenarios),
      `${contractLine(table)}\n${suiteLine(suite)}\nstored in ${folder}`,
    ];
    around.out(parts.filter((part) => part !== '').join('\n\n'));
  }
  if (suite.exitCode !== 0) return suite.exitCode;
  return notReached(table).length > 0 ? exitNotReached : 0;
}

function placesOf(bases: readonly LoadedScenario[], reader: ScenarioReader, complaints: string[]): Place[] {
  return bases.flatMap((base) =>
    cells.map((cell) => {
      const refusal = refusalOf(cell);
      const laid = refusal === null ? withCell(base, cell, reader) : undefined;
      if (laid?.ok === false) complaints.push(...laid.error.filter((one) => !complaints.includes(one)));
      return { base, cell, refusal, scenario: laid?.ok === true ? laid.value : undefined };
    }),
  );
}
