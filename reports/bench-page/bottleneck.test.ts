// The bottleneck is named from the numbers: each of these runs differs from the others in one of them.

import { describe, expect, test } from 'vitest';
import { sampleBench, sampleRun } from '../testing-bench.ts';
import { limitingOf } from './bottleneck.ts';

const bench = sampleBench();
const base = sampleRun();
const cost = { userUsPerRecord: 1, systemUsPerRecord: 1, cpuPercent: 40, rssMaxBytes: 1 };
const closed = sampleRun({
  workload: {
    ...base.workload,
    kind: 'produce',
    load: { loop: 'closed', outstandingRecords: 1_000 },
  } as never,
  throughput: { ...base.throughput, offeredRecordsPerSecond: null },
  client: cost,
});

describe('what limits a run', () => {
  test('is the load that was offered, when it was met', () => {
    expect(limitingOf(base, bench).bottleneck).toBe('the offered load');
  });

  test('is the process that fills a core, before the machine that it is a part of', () => {
    const full = { ...cost, cpuPercent: 99 };
    expect(limitingOf({ ...closed, broker: full }, bench).bottleneck).toBe('processor of the broker');
    expect(limitingOf({ ...closed, client: full }, bench).bottleneck).toBe('processor of the generator');
    const crowd = { ...closed, machine: { othersCpuPercent: 110, stolenCpuPercent: 10 } };
    expect(limitingOf(crowd, bench).bottleneck).toBe('processor of the machine');
  });

  test('counts a core for each process of the generator', () => {
    const two = {
      ...closed,
      client: { ...cost, cpuPercent: 99 },
      generator: { ...closed.generator, processes: 2 },
    };
    const found = limitingOf(two, bench).resources.find(({ name }) => name === 'processor of the generator');
    expect(found?.used).toBeCloseTo(0.495);
  });

  test('is a probe that it comes close to', () => {
    const shares = [{ binding: 'disk' as const, limitMegabytesPerSecond: 21, share: 0.95 }];
    expect(limitingOf({ ...closed, shares }, bench)).toMatchObject({ bottleneck: 'disk limit' });
  });

  test('is the closed loop, when nothing runs full; and nothing is claimed without a number', () => {
    expect(limitingOf(closed, bench).bottleneck).toContain('closed loop');
    const late = { ...base, throughput: { ...base.throughput, recordsPerSecond: 10_000 } };
    expect(limitingOf(late, bench).bottleneck).toBe('not found');
  });

  test("holds Little's law against what was under way", () => {
    // 19,870 records/s and 900 us on average.
    expect(limitingOf(closed, bench).little?.inFlight).toBeCloseTo(17.883, 3);
    expect(limitingOf(closed, bench).little?.asked).toBe(1_000);
    expect(limitingOf(base, bench).little?.asked).toBeNull();
    expect(limitingOf({ ...base, latencies: [] }, bench).little).toBeNull();
  });
});
