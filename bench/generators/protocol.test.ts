import { describe, expect, test } from 'vitest';
import { LatencyRecorder } from '../latency.ts';
import { Outcomes, offsetUnknown, state } from '../outcomes.ts';
import { Payloads } from '../payload.ts';
import { EveryNth, UniformSchedule } from '../schedule.ts';
import { localStartUs, messageLine, parseMessage, parseStartLine, startLine } from './protocol.ts';

describe('the protocol', () => {
  test('reads what it wrote', () => {
    const second = { type: 'second', second: 3, records: 10, bytes: 1000 } as const;
    expect(parseMessage(messageLine(second))).toEqual(second);
    expect(parseStartLine(startLine(123456))).toBe(123456);
  });

  test.each([
    ['no JSON at all', 'segmentation fault', /no JSON: segmentation/],
    ['another type', '{"type":"hello"}', /no message of a generator/],
    ['a negative count', '{"type":"second","second":0,"records":-1,"bytes":0}', /records/],
    ['a field too many', '{"type":"error","message":"x","more":1}', /no message of a generator/],
  ])('refuses %s with a sentence', (_name, line, sentence) => {
    expect(parseMessage(line)).toMatch(sentence);
  });

  test.each(['', 'start', 'start now', 'stop 5'])('knows that %j does not start a load', (line) => {
    expect(parseStartLine(line)).toBeUndefined();
  });
});

describe('latencies of several processes', () => {
  test('are added up, whether they come as a histogram or as counts', () => {
    const [own, other, merged] = [0, 1, 2].map(() => new LatencyRecorder(0, 2)) as [
      LatencyRecorder,
      LatencyRecorder,
      LatencyRecorder,
    ];
    for (let us = 1; us <= 1000; us++) own.completed(0, us);
    other.censored(1_500_000, 1_700_000);
    merged.add(own.transferred());
    merged.add(other.transferred());
    merged.add([
      {
        second: 0,
        censored: 2,
        counts: [
          [500, 10],
          [3_000_000, 2],
        ],
      },
    ]);
    const report = merged.report();
    expect(report).toMatchObject({ count: 1013, censored: 3 });
    expect(report.minUs).toBe(1);
    expect(report.maxUs).toBeGreaterThanOrEqual(3_000_000);
    expect(report.maxUs).toBeLessThan(3_000_000 * 1.001);
    expect(merged.perSecond().map(({ count }) => count)).toEqual([1012, 1]);
  });
});

describe('outcomes', () => {
  test('come back from their file as they were', () => {
    const outcomes = Outcomes.empty(2);
    for (let record = 0; record < 5; record++) outcomes.add();
    outcomes.acknowledge(0, 2, 77);
    outcomes.acknowledge(1, 3, -1);
    outcomes.settle(2, state.refused);
    outcomes.settle(3, state.failedUnknown);
    const read = Outcomes.fromBytes(outcomes.toBytes());
    if (typeof read === 'string') throw new Error(read);
    expect([...read.states]).toEqual([1, 1, 2, 3, 0]);
    expect([...read.offsets.subarray(0, 2)]).toEqual([77, offsetUnknown]);
    expect(read.agrees(0, 2, 77)).toBe(true);
    expect(read.agrees(0, 2, 78)).toBe(false);
    expect(read.agrees(0, 1, 77)).toBe(false);
    expect(read.agrees(1, 3, 9)).toBe(true);
  });

  test('of an offset that does not fit agree with no place', () => {
    const outcomes = Outcomes.empty();
    outcomes.acknowledge(outcomes.add(), 0, 2 ** 40);
    expect(outcomes.agrees(0, 0, 2 ** 40)).toBe(false);
  });

  test('are refused when the file is cut, or another one', () => {
    const outcomes = Outcomes.empty();
    outcomes.add();
    const bytes = outcomes.toBytes();
    expect(Outcomes.fromBytes(bytes.slice(0, -1))).toMatch(/records take/);
    expect(Outcomes.fromBytes(bytes.slice(0, 3))).toMatch(/no outcomes/);
    expect(Outcomes.fromBytes(new Uint8Array(40))).toMatch(/no outcomes file/);
  });
});

test('the pool that other languages are given is the values themselves, in their order', () => {
  const payloads = new Payloads({ bytes: 100, payload: 'random' }, 'seed');
  const pool = payloads.poolBytes();
  expect(pool.length).toBe(payloads.valuesCount * 88);
  for (const sequence of [0, 1, 1020, 1021, 5000]) {
    const at = (sequence % payloads.valuesCount) * 88;
    expect(payloads.isValueAt(sequence, pool, at, 88)).toBe(true);
  }
});

test('processes that share a schedule have every send once', () => {
  const parts = [0, 1, 2].map((first) => new EveryNth(new UniformSchedule(1000), first, 3));
  const sends = parts.flatMap((part) => [part.next(), part.next()]).sort((a, b) => a - b);
  expect(sends).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
});

test('a moment by another clock is right also where the process is put aside between two looks', () => {
  // The clock of the node is 1,000,000 ahead. Each look takes 1, and some are followed by a stop.
  const stops = [50_000, 0, 0, 0, 20_000];
  let [realUs, looks] = [7_000, 0];
  const look = (): number => {
    const seenUs = realUs;
    realUs += 1 + (stops[looks++] ?? 0);
    return seenUs;
  };
  expect(localStartUs({ nowUs: () => 1_000_000 + look() }, 10_000, look)).toBe(1_010_001);
});
