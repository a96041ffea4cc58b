// The table from runs: rows and words by hand, the cells over a scenario, a contract that is broken on purpose, and the
// whole command with real threads on few seeds.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { replayCommand } from '../main.ts';
import { PartitionState } from '../monitor/partition-state.ts';
import { registries } from '../registries.ts';
import { run, runToEnd } from '../run.ts';
import { ScenarioReader } from '../scenario/read.ts';
import { brokenSummary, type DoneRun, type LoadedScenario } from '../suite.ts';
import { type RunSummary, summaryOf } from '../summary.ts';
import { defaultWorker } from '../swarm.ts';
import type { Finding } from '../verdict.ts';
import { type Cell, cellNamed, cells, refusalOf, withCell } from './cells.ts';
import { contractCommand } from './main.ts';
import { RecordContracts } from './record-contract.ts';
import { type ContractTable, notReached, refusedRow, rowOf, type TableRow } from './table.ts';
import { contractLine, tableText, witnessesText } from './table-words.ts';
import { anomalies, type ContractTally } from './tally.ts';

const reader = new ScenarioReader(registries);

function scenarioFrom(file: string, text = readFileSync(file, 'utf8')): LoadedScenario {
  const read = reader.read(file, text);
  if (!read.ok) throw new Error(read.error.join('\n'));
  return { name: 'contract/crash', file, text, scenario: read.value };
}

function named(name: string): Cell {
  const cell = cellNamed(name);
  if (!cell.ok) throw new Error(cell.error);
  return cell.value;
}

function cellOver(of: LoadedScenario, name: string): LoadedScenario {
  const laid = withCell(of, named(name), reader);
  if (!laid.ok) throw new Error(laid.error.join('\n'));
  return laid.value;
}

function doneRun(of: LoadedScenario, seed: string, summary: RunSummary): DoneRun {
  const wanted = { of, seed, control: false };
  return { ...wanted, wanted, summary };
}

const replayOf = ({ seed }: { seed: string }) => `replay --seed ${seed}`;

// ---- by hand

const plain = scenarioFrom('scenarios/contract/crash.jsonc');
const nothing = Object.fromEntries(
  anomalies.map(({ name }) => [name, { of: 10, permitted: 0 }]),
) as ContractTally;
const lost: Finding = {
  invariant: 'acked-write-lost',
  prose: 'gone',
  step: 7,
  timeUs: 9,
  evidence: { because: 'acks=1', setting: 'acks=1', fault: 'crash', faultTarget: 'broker-2', faultStep: 5 },
};
const byHand = (seed: string, more: Partial<RunSummary>) =>
  doneRun(plain, seed, {
    ...brokenSummary(seed, {}),
    crash: null,
    verdict: 'holds',
    contract: nothing,
    ...more,
  });
const mayLose = { contract: { ...nothing, lost: { of: 10, permitted: 4 } } };

function tableOf(rows: readonly TableRow[]): ContractTable {
  return { format: 1, kind: 'contract', fingerprint: 'f', seeds: { first: '1', count: 2 }, rows };
}

describe('a row', () => {
  const clauseOf = (...runs: DoneRun[]) =>
    rowOf('crash', 'f', named('acks1-plain-at-least-once'), runs, replayOf).clauses[0];

  test('tells what was promised, what was seen, and the first seed with its fault and its command', () => {
    const shown = clauseOf(byHand('1', mayLose), byHand('2', { ...mayLose, witnesses: [lost] }));
    expect(shown).toEqual({
      anomaly: 'lost',
      result: 'reached',
      records: 20,
      permitted: 8,
      seen: 1,
      forbidden: 0,
      words: 'may, 1/2',
      first: {
        seed: '2',
        step: 7,
        because: 'acks=1 (crash of broker-2 at step 5)',
        setting: 'acks=1',
        fault: { kind: 'crash', target: 'broker-2', step: 5 },
        replay: 'replay --seed 2',
      },
    });
  });

  test('is kept, not reached or broken', () => {
    expect(clauseOf(byHand('1', {}))?.result).toBe('kept');
    expect(clauseOf(byHand('1', mayLose))?.result).toBe('not-reached');
    const broken = clauseOf(
      byHand('1', { ...mayLose, witnesses: [lost] }),
      byHand('2', { violations: [lost] }),
    );
    expect(broken).toMatchObject({ result: 'broken', forbidden: 1, first: { seed: '2' } });
  });

  test('is told in words, and what is missing is named', () => {
    const table = tableOf([
      rowOf('crash', 'f', named('acks1-plain-at-least-once'), [byHand('1', mayLose)], replayOf),
      rowOf(
        'crash',
        'f',
        named('acks0-plain-at-least-once'),
        [byHand('3', { ...mayLose, witnesses: [lost] })],
        replayOf,
      ),
      refusedRow('crash', 'f', named('acks1-idempotent-at-most-once'), 'it demands acks -1'),
    ]);
    expect(tableText(table)).toMatch(
      /crash +1 +no +at-least-once +may \(4 of 10 records\), NOT REACHED +never, 0\/1/,
    );
    expect(tableText(table)).toMatch(
      /crash +1 +yes +at-most-once +cannot be: the client says "it demands acks -1"/,
    );
    expect(witnessesText(table)).toBe(
      'crash, acks0-plain-at-least-once: lost in seed 3, step 7: acks=1 (crash of broker-2 at step 5)\n' +
        '  with acks=1: replay --seed 3',
    );
    expect(contractLine(table)).toContain(
      '3 cells, 1 of them refused by the client; 1 permissions reached, 1 not',
    );
    expect(contractLine(table)).toContain('crash, acks1-plain-at-least-once: lost');
  });
});

describe('cells', () => {
  test('are all there are, and the client refuses idempotence without acks=all, in its own words', () => {
    expect(cells).toHaveLength(12);
    const refused = cells.filter((cell) => refusalOf(cell) !== null);
    expect(refused.map(({ acks, idempotent }) => `${acks} ${idempotent}`)).toEqual(
      Array(2).fill('0 true').concat(Array(2).fill('1 true')),
    );
    expect(refusalOf(named('acks1-idempotent-at-most-once'))).toBe('enableIdempotence demands acks -1');
  });

  test('lay their settings over every producer and group, and leave the faults alone', () => {
    const { scenario } = cellOver(plain, 'acks0-plain-at-most-once');
    const [produce, group] = scenario.phases[0]?.workloads ?? [];
    expect(produce).toMatchObject({ acks: '0', idempotent: false });
    expect(group).toMatchObject({ style: 'commit-before' });
    expect(scenario.phases[0]?.faults).toEqual(plain.scenario.phases[0]?.faults);
    expect(scenario.expect).toEqual({ verdict: 'pass' });
  });

  test('need something to be laid over, and a name that exists', () => {
    const text = readFileSync('scenarios/acks/acks1-failover.jsonc', 'utf8');
    const laid = withCell(scenarioFrom('acks1.jsonc', text), named('acks0-plain-at-most-once'), reader);
    expect(laid).toEqual({ ok: false, error: [expect.stringContaining('consume-group is missing')] });
    expect(cellNamed('acks1-plain-at-least-onc')).toEqual({
      ok: false,
      error: expect.stringContaining('at-least-once?'),
    });
  });
});

// ---- broken on purpose

describe('a contract that is wrong is noticed', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const played = (name: string, seed: string) => {
    const of = cellOver(scenarioFrom(`scenarios/contract/${name}.jsonc`), 'acksall-idempotent-at-least-once');
    return doneRun(of, seed, summaryOf(runToEnd(run(of.scenario, seed))));
  };
  const clauses = (done: DoneRun) =>
    Object.fromEntries(
      rowOf('x', 'f', cells[0] as Cell, [done], replayOf).clauses.map((one) => [one.anomaly, one.result]),
    );

  test('too little permitted: without the losses that a power loss excuses, a promise is broken', () => {
    const losing = ['1', '2', '3', '4', '5'].find((seed) => {
      const { lost: seen, ...others } = clauses(played('power-loss', seed));
      expect(others).toMatchObject({ duplicated: 'kept', reordered: 'kept' });
      return seen === 'reached';
    });
    if (losing === undefined) throw new Error('none of five seeds lost anything');
    vi.spyOn(PartitionState.prototype, 'declareLoss').mockImplementation(() => {});
    expect(clauses(played('power-loss', losing))).toMatchObject({ lost: 'broken' });
  });

  test('too much permitted: what an idempotent session is let off is never reached', () => {
    const honest = RecordContracts.prototype.of;
    vi.spyOn(RecordContracts.prototype, 'of').mockImplementation(function (this: RecordContracts, record) {
      const contract = honest.call(this, record);
      return { ...contract, duplicates: { ...contract.duplicates, is: 'may' } };
    });
    expect(clauses(played('crash', '1'))).toMatchObject({
      lost: 'kept',
      duplicated: 'not-reached',
      reordered: 'kept',
    });
  });
});

// ---- with threads

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contract-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = {
  story: 'one broker whose process ends, a producer and a group',
  cluster: { brokers: 1, topics: { orders: { partitions: 1 } } },
  phases: [
    {
      name: 'hurt',
      until: { virtualSeconds: 3 },
      workloads: [
        { workload: 'produce', topic: 'orders', perSecond: 40, requestTimeoutMs: 900 },
        { workload: 'consume-group', topic: 'orders', group: 'billing', style: 'commit-after' },
      ],
      faults: [{ fault: 'crash', at: [1, 2], for: 0.5 }],
    },
  ],
  expect: { verdict: 'pass' },
};

function listening() {
  const [out, error]: [string[], string[]] = [[], []];
  const around = {
    out: (text: string) => void out.push(text),
    error: (text: string) => void error.push(text),
    isTerminal: false,
    packed: false,
    worker: defaultWorker(),
  };
  return { out, error, around };
}

describe('contract', () => {
  test('prints and stores the table, replays a cell, and says with 3 what was not reached', async () => {
    const file = join(folder, 'small.jsonc');
    writeFileSync(file, JSON.stringify(small));
    const { out, around } = listening();
    const options = { seeds: 1, workers: 2, out: join(folder, 'run') };
    const code = await contractCommand([file], options, around);
    const table = JSON.parse(readFileSync(join(folder, 'run', 'contract.json'), 'utf8')) as ContractTable;
    expect(table.rows).toHaveLength(12);
    expect(table.rows.filter(({ refused }) => refused !== null)).toHaveLength(4);
    expect(out.join('\n')).toContain(tableText(table));
    expect(notReached(table).length).toBeGreaterThan(0);
    expect(code).toBe(3);
    const idempotent = table.rows.find(({ cell }) => cell.name === 'acksall-idempotent-at-least-once');
    expect(idempotent?.clauses.slice(0, 3).map(({ result }) => result)).toEqual(['kept', 'kept', 'kept']);

    const told = listening();
    expect(await replayCommand(file, { seed: '1', cell: 'acks0-plain-at-most-once' }, told.around)).toBe(0);
    const suite = JSON.parse(readFileSync(join(folder, 'run', 'run.json'), 'utf8'));
    const stored = suite.scenarios.find(({ name }: { name: string }) =>
      name.endsWith('@acks0-plain-at-most-once'),
    );
    expect(told.out.join('\n')).toContain(stored.runs[0].fingerprint);
  });

  test('bad input ends with 2 and says what is wrong', async () => {
    const { error, around } = listening();
    expect(await contractCommand(['scenarios/acks/acks1-failover.jsonc'], {}, around)).toBe(2);
    expect(await contractCommand([], { seeds: 0 }, around)).toBe(2);
    const crash = 'scenarios/contract/crash.jsonc';
    expect(await replayCommand(crash, { seed: '1', cell: 'acks2' }, around)).toBe(2);
    expect(await replayCommand(crash, { seed: '1', cell: 'acks1-idempotent-at-most-once' }, around)).toBe(2);
    expect(error).toEqual([
      expect.stringContaining('consume-group is missing'),
      '--seeds: 1 to 1000000',
      expect.stringContaining('--cell: no cell is called acks2'),
      expect.stringContaining('the client refuses these settings: enableIdempotence demands acks -1'),
    ]);
  });
});
