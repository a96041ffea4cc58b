// What must hold of every history: a log that is never wrong is valid, whoever overlaps with whom; and one
// corruption of such a history is found, by its name.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnomalyType } from './anomalies.ts';
import { cyclicComponents, digraph } from './components.ts';
import { cyclicOperations, DataEdges, ww } from './dependencies.ts';
import type { HistoryLine } from './format.ts';
import { judgeHistory } from './judge.ts';
import { Ledger, ok, outcomes } from './ledger.ts';
import { lastReader, parsedLines, ToyLog, type ToyStep, toyKeys, toyProcesses } from './testing-toy-log.ts';

const step: fc.Arbitrary<ToyStep> = fc.record({
  process: fc.nat(toyProcesses - 1),
  key: fc.nat(toyKeys.length - 1),
  outcome: fc.constantFrom('ok', 'ok', 'ok', 'info', 'fail'),
  effect: fc.constantFrom('early', 'late', 'none'),
  records: fc.nat(4),
});
const toy = fc.array(step, { minLength: 10, maxLength: 80 }).map((steps) => new ToyLog(steps));

function verdictOf(lines: readonly HistoryLine[]) {
  const { ledger, complaints } = parsedLines(lines);
  expect(complaints).toEqual([]);
  return judgeHistory(ledger);
}

test('a log that is never wrong is valid', () => {
  fc.assert(
    fc.property(toy, ({ lines }) => {
      const { valid, badTypes, anomalies } = verdictOf(lines);
      expect({ valid, badTypes, anomalies }).toEqual({ valid: true, badTypes: [], anomalies: [] });
    }),
    { numRuns: 300 },
  );
});

// ---- corruptions

type Pairs = [number, string][];
type Lines = HistoryLine[];
interface Chosen {
  readonly toy: ToyLog;
  readonly lines: Lines;
  readonly key: string;
  readonly which: number;
}

/** What the last reader read of a key. */
function lastRead({ lines, key }: Pick<Chosen, 'lines' | 'key'>): Pairs {
  const line = lines.find(({ process, type }) => process === lastReader && type === 'ok') as HistoryLine;
  const [, read] = (line.value as unknown as [['poll', Record<string, Pairs>]])[0];
  return read[key] as Pairs;
}

/**
 * The values of a key whose sends were acknowledged and that stand neither first nor last; one of them, by
 * `which`.
 */
function inside({ lines, key, which }: Chosen): number | undefined {
  const read = lastRead({ lines, key });
  const acknowledged = new Set(
    lines.filter(({ type, f }) => type === 'ok' && f === 'send').map(({ value }) => sentBy(value)[1]),
  );
  const offsets = read.slice(1, -1).flatMap(([offset, value]) => (acknowledged.has(value) ? [offset] : []));
  return offsets[which % Math.max(1, offsets.length)];
}

function sentBy(value: HistoryLine['value']): [number, string] {
  return (value as unknown as [['send', string, [number, string]]])[0][2];
}

function everyRead(lines: Lines, key: string, change: (pairs: Pairs) => Pairs): void {
  for (const { f, type, value } of lines) {
    if (f !== 'poll' || type === 'invoke') continue;
    const [, read] = (value as unknown as [['poll', Record<string, Pairs>]])[0];
    if (read[key] !== undefined) read[key] = change(read[key]);
  }
}

/** Changes the lines in place; false when the history has nothing that could be changed so. */
const corruptions: Readonly<Record<string, { caught: AnomalyType; corrupt(chosen: Chosen): boolean }>> = {
  'a record is dropped from one poll': {
    caught: 'int-poll-skip',
    corrupt(chosen) {
      const at = inside(chosen);
      if (at !== undefined) lastRead(chosen).splice(at, 1);
      return at !== undefined;
    },
  },
  'a record comes twice in one poll': {
    caught: 'int-nonmonotonic-poll',
    corrupt(chosen) {
      const read = lastRead(chosen);
      const at = chosen.which % read.length;
      read.splice(at, 0, read[at] as [number, string]);
      return true;
    },
  },
  'a record stands again at the end': {
    caught: 'duplicate',
    corrupt(chosen) {
      const read = lastRead(chosen);
      const [, value] = read[chosen.which % read.length] as [number, string];
      read.push([read.length, value]);
      return true;
    },
  },
  'two offsets are swapped in one poll': {
    caught: 'inconsistent-offsets',
    corrupt(chosen) {
      const at = inside(chosen);
      if (at === undefined) return false;
      const read = lastRead(chosen);
      const [here, next] = [read[at], read[at + 1]] as [[number, string], [number, string]];
      read[at] = [here[0], next[1]];
      read[at + 1] = [next[0], here[1]];
      return true;
    },
  },
  'a poll is rewound': {
    caught: 'nonmonotonic-poll',
    corrupt(chosen) {
      const { lines, key } = chosen;
      const again = lastRead(chosen)[0] as [number, string];
      const last = lines.at(-1) as HistoryLine;
      lines.push({ ...last, time: last.time + 1, value: [['poll', { [key]: [again] }]] });
      return true;
    },
  },
  'a send that was read is said to have failed': {
    caught: 'G1a',
    corrupt({ lines, key, which }) {
      const sends = lines.filter(({ type, f, value }) => {
        return type === 'ok' && f === 'send' && (value as unknown as [[string, string]])[0][1] === key;
      });
      const send = sends[which % sends.length] as HistoryLine;
      Object.assign(send, { type: 'fail' });
      return true;
    },
  },
  'a record vanishes for everybody': {
    caught: 'lost-write',
    corrupt(chosen) {
      const at = inside(chosen);
      if (at !== undefined) everyRead(chosen.lines, chosen.key, (read) => read.filter(([o]) => o !== at));
      return at !== undefined;
    },
  },
  'the end of a log vanishes for everybody': {
    caught: 'unseen',
    corrupt({ toy: { log }, lines, key }) {
      const end = (log.get(key)?.length ?? 0) - 1;
      everyRead(lines, key, (read) => read.filter(([offset]) => offset !== end));
      return true;
    },
  },
  'a reader is shown what nobody sent': {
    caught: 'no-writer',
    corrupt(chosen) {
      const read = lastRead(chosen);
      read.push([read.length, 'nobody']);
      return true;
    },
  },
  'a process sends what ends up before what it sent': {
    caught: 'nonmonotonic-send',
    corrupt({ lines, key }) {
      // The first and the last value of each key are sent by one process.
      const ends: Pairs = lines
        .filter(({ process, type, value }) => {
          return (
            process === 'first' && type === 'ok' && (value as unknown as [[string, string]])[0][1] === key
          );
        })
        .map(({ value }) => sentBy(value));
      const [first, last] = ends as [[number, string], [number, string]];
      everyRead(lines, key, (read) =>
        read.map(([offset, value]): [number, string] => {
          if (offset === first[0]) return [offset, last[1]];
          return offset === last[0] ? [offset, first[1]] : [offset, value];
        }),
      );
      const [a, b] = [first[0], last[0]];
      [first[0], last[0]] = [b, a];
      return true;
    },
  },
};

describe('one corruption is found by its name', () => {
  test.each(Object.entries(corruptions))('%s', (_what, { caught, corrupt }) => {
    let corrupted = 0;
    fc.assert(
      fc.property(toy, fc.constantFrom(...toyKeys), fc.nat(1000), (made, key, which) => {
        const lines = structuredClone(made.lines);
        if (!corrupt({ toy: made, lines, key, which })) return;
        corrupted++;
        const { valid, anomalies } = verdictOf(lines);
        expect(anomalies.map(({ type }) => type)).toContain(caught);
        expect(valid).toBe(caught === 'no-writer' ? 'unknown' : false);
      }),
      { numRuns: 100 },
    );
    expect(corrupted).toBeGreaterThan(10);
  });
});

// ---- cycles, against every edge there is

test('operations on cycles are those of the whole graph', () => {
  const span = fc.record({ began: fc.nat(60), took: fc.nat(12), outcome: fc.constantFrom(...outcomes) });
  const edge = fc.tuple(fc.nat(19), fc.nat(19));
  fc.assert(
    fc.property(fc.array(span, { minLength: 20, maxLength: 20 }), fc.array(edge), (spans, pairs) => {
      const ended = [...spans].sort((a, b) => a.began + a.took - b.began - b.took);
      const ledger = new Ledger();
      for (const [process, { began, took, outcome }] of ended.entries()) {
        const [invoked, completed] = [began, began + took].map((place) => ({ place, timeNs: place }));
        if (invoked === undefined || completed === undefined) throw new Error('two points');
        ledger.add({ process, action: 'txn', outcome, index: process, invoked, completed });
      }
      const edges = new DataEdges();
      for (const [from, to] of pairs) if (from !== to) edges.push(from, to, ww, -1);
      expect(normal(cyclicOperations(ledger, edges))).toEqual(normal(everyCycle(ledger, pairs)));
    }),
    { numRuns: 500 },
  );
});

function everyCycle(ledger: Ledger, pairs: readonly (readonly [number, number])[]): number[][] {
  const all = pairs.filter(([from, to]) => from !== to).map(([from, to]): [number, number] => [from, to]);
  for (let a = 0; a < ledger.operations; a++) {
    for (let b = 0; b < ledger.operations; b++) {
      if (ledger.outcome(a) === ok && ledger.completedPlace(a) < ledger.invokedPlace(b)) all.push([a, b]);
    }
  }
  const graph = digraph(
    ledger.operations,
    all.map(([from]) => from),
    all.map(([, to]) => to),
  );
  return cyclicComponents(graph);
}

function normal(components: readonly (readonly number[])[]): number[][] {
  return components
    .map((members) => [...members].sort((a, b) => a - b))
    .sort((a, b) => (a[0] as number) - (b[0] as number));
}
