// The cells of the contract's table: settings of producers and of a group, laid over a scenario that says what goes
// wrong. A cell of a scenario is a scenario again, so that whatever runs scenarios runs cells, and one command replays
// each.

import { failure, type Outcome, type ProducerOptions, producerConfig, success } from '../../engine/index.ts';
import { overridden } from '../run.ts';
import { nearest } from '../scenario/nearest.ts';
import type { ScenarioReader } from '../scenario/read.ts';
import type { LoadedScenario } from '../suite.ts';

export const acksLevels = ['0', '1', 'all'] as const;
export const deliveries = ['at-most-once', 'at-least-once'] as const;

/** How a group goes about each promise. */
const styles = { 'at-most-once': 'commit-before', 'at-least-once': 'commit-after' } as const;

export interface Cell {
  /** `acks1-plain-at-least-once`: how commands name it. */
  readonly name: string;
  readonly acks: (typeof acksLevels)[number];
  readonly idempotent: boolean;
  readonly delivery: (typeof deliveries)[number];
}

/** All there are, those that no client accepts included. */
export const cells: readonly Cell[] = acksLevels.flatMap((acks) =>
  [false, true].flatMap((idempotent) =>
    deliveries.map((delivery) => {
      const name = `acks${acks}-${idempotent ? 'idempotent' : 'plain'}-${delivery}`;
      return { name, acks, idempotent, delivery };
    }),
  ),
);

export function cellNamed(name: string): Outcome<Cell, string> {
  const cell = cells.find((one) => one.name === name);
  if (cell !== undefined) return success(cell);
  const names = cells.map((one) => one.name);
  const meant = nearest(name, names);
  return failure(`no cell is called ${name}: ${meant === undefined ? names.join(', ') : `${meant}?`}`);
}

/** What the client says to these settings: null, or its own words of refusal. It is really asked. */
export function refusalOf({ acks, idempotent }: Cell): string | null {
  const options: ProducerOptions = {
    bootstrapServers: [{ host: 'broker-1', port: 9092 }],
    acks: acks === 'all' ? -1 : acks === '1' ? 1 : 0,
    enableIdempotence: idempotent,
  };
  const config = producerConfig(options);
  return config.ok ? null : config.error;
}

/** The scenario with the settings of the cell over it; complaints when it has nothing to lay them over. */
export function withCell(
  of: LoadedScenario,
  cell: Cell,
  reader: ScenarioReader,
): Outcome<LoadedScenario, string[]> {
  const { name, file, scenario } = of;
  const refusal = refusalOf(cell);
  if (refusal !== null)
    return failure([`${file}: ${cell.name}: the client refuses these settings: ${refusal}`]);
  const workloads = scenario.phases.flatMap((phase) => phase.workloads ?? []);
  const settings = { acks: cell.acks, idempotent: cell.idempotent };
  const overrides: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const { workload, name: called = workload } of workloads) {
    if (workload === 'produce') overrides[called] = settings;
    if (workload === 'consume-group') overrides[called] = { style: styles[cell.delivery] };
  }
  const missing = ['produce', 'consume-group'].filter(
    (one) => !workloads.some(({ workload }) => workload === one),
  );
  if (missing.length > 0) {
    return failure([
      `${file}: a cell needs the workloads produce and consume-group: ${missing.join(', ')} is missing`,
    ]);
  }
  const changed = { ...overridden(scenario, { workloads: overrides }), expect: { verdict: 'pass' } };
  // Read again, as every scenario is: what is laid over it has to be lawful there.
  const text = JSON.stringify(changed, null, 1);
  const read = reader.read(`${file} (${cell.name})`, text);
  return read.ok
    ? success({ name: `${name}@${cell.name}`, file, text, scenario: read.value })
    : failure(read.error);
}

/** What goes wrong in a scenario, in one word: its name without the folder. */
export function faultOf(scenario: string): string {
  return scenario.split('/').at(-1) ?? scenario;
}
