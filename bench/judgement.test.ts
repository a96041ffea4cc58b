import { describe, expect, test } from 'vitest';
import {
  type Evidence,
  noisyAbove,
  sharesOf,
  smallestOf,
  stampsOf,
  throughputOf,
  variation,
} from './judgement.ts';
import { LatencyRecorder } from './latency.ts';
import { Ledger } from './ledger.ts';
import type { LatencyReport, Limit, ProcessCost, SecondReport } from './result.ts';
import { type Workload, workloadSchema } from './workload.ts';

const workload: Workload = workloadSchema.parse({
  kind: 'produce',
  fsync: 'before-ack',
  load: { loop: 'closed', outstandingRecords: 1 },
});

function secondOf(second: number, phase: SecondReport['phase'], records: number): SecondReport {
  const unknown = {
    brokerCpuPercent: null,
    clientCpuPercent: null,
    brokerRssBytes: null,
    clientRssBytes: null,
  };
  return { second, phase, records, bytes: records * 1000, ...unknown };
}

const limit = (of: Limit['of'], megabytesPerSecond: number): Limit => ({
  of,
  pattern: 'a test',
  megabytesPerSecond,
  operationsPerSecond: 1,
  cpuUsPerRecord: null,
});

const bindingShare = (megabytesPerSecond: number, limits: Limit[]) =>
  smallestOf(sharesOf(megabytesPerSecond, limits));

const cost = (cpuPercent: number | null): ProcessCost => ({
  userUsPerRecord: null,
  systemUsPerRecord: null,
  cpuPercent,
  rssMaxBytes: null,
});

function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    workload,
    throughput: {
      recordsPerSecond: 1,
      megabytesPerSecond: 1,
      coefficientOfVariation: 0,
      offeredRecordsPerSecond: null,
    },
    ledger: new Ledger(1).account(0),
    broker: cost(50),
    client: cost(50),
    machine: { othersCpuPercent: 0, stolenCpuPercent: 0 },
    limits: [],
    latencies: [],
    ...changes,
  };
}

const names = (changes: Partial<Evidence>): string[] => stampsOf(evidence(changes)).map(({ name }) => name);

describe('throughput', () => {
  test('of a fixed number of records ends with the last of them', () => {
    const load = { loop: 'closed', outstandingRecords: 1, recordsMax: 3000 };
    const fixed = workloadSchema.parse({ kind: 'produce', load, warmupSeconds: 0, durationSeconds: 30 });
    const seconds = [secondOf(0, 'measured', 2000), secondOf(1, 'measured', 1000)];
    expect(throughputOf(seconds, fixed, 1_500_000)).toEqual({
      recordsPerSecond: 2000,
      megabytesPerSecond: 2,
      coefficientOfVariation: null,
      offeredRecordsPerSecond: null,
    });
  });

  test('is that of the measured seconds alone', () => {
    const seconds = [
      secondOf(0, 'warm-up', 1_000_000),
      secondOf(1, 'measured', 100),
      secondOf(2, 'measured', 300),
    ];
    expect(throughputOf(seconds, workload)).toMatchObject({ recordsPerSecond: 200, megabytesPerSecond: 0.2 });
  });

  test('has no variation with too few seconds', () => {
    const seconds = [1, 2].map((second) => secondOf(second, 'measured', second));
    expect(throughputOf(seconds, workload).coefficientOfVariation).toBeNull();
  });

  test('varies by standard deviation over mean', () => {
    expect(variation([10, 10, 10])).toBe(0);
    expect(variation([1, 2, 3])).toBeCloseTo(0.5, 10);
    expect(variation([0, 0, 0])).toBe(0);
  });

  test('of an open loop tells what was offered', () => {
    const open = workloadSchema.parse({ kind: 'produce', load: { loop: 'open', recordsPerSecond: 70 } });
    expect(throughputOf([secondOf(0, 'measured', 60)], open).offeredRecordsPerSecond).toBe(70);
  });
});

describe('the share', () => {
  test('is of the smaller limit, which is named', () => {
    const share = bindingShare(100, [limit('disk', 400), limit('loopback', 200)]);
    expect(share).toEqual({ binding: 'loopback', limitMegabytesPerSecond: 200, share: 0.5 });
    expect(bindingShare(100, [limit('disk', 150), limit('loopback', 200)])?.binding).toBe('disk');
  });

  test('may be above one: a broker can group better than the probe', () => {
    expect(bindingShare(300, [limit('disk', 200)])?.share).toBe(1.5);
  });

  test('is nothing without a limit, or of a limit of nothing', () => {
    expect(bindingShare(100, [])).toBeNull();
    expect(bindingShare(100, [limit('disk', 0)])).toBeNull();
  });
});

describe('stamps', () => {
  test('are none for a run about which there is no doubt', () => {
    expect(names({})).toEqual([]);
  });

  test.each([
    [95, 50, true],
    [90, 69, true],
    [89, 50, false],
    [95, 70, false],
    [95, null, true],
  ])('GENERATOR-BOUND: client at %s %%, broker at %s %%: %s', (client, broker, stamped) => {
    expect(names({ client: cost(client), broker: cost(broker) }).includes('GENERATOR-BOUND')).toBe(stamped);
  });

  test.each([
    [2000, false],
    [1999, true],
  ])('GENERATOR-BOUND: %s records/s against a null broker, for a result of 1000: %s', (own, stamped) => {
    const throughput = { ...evidence().throughput, recordsPerSecond: 1000 };
    const limits = [{ ...limit('null-broker', 1), operationsPerSecond: own }];
    expect(names({ throughput, limits }).includes('GENERATOR-BOUND')).toBe(stamped);
    // The other limits are the machine's.
    expect(names({ throughput, limits: [{ ...limit('disk', 1), operationsPerSecond: 1 }] })).toEqual([]);
  });

  test.each([
    [1000, false],
    [1300, true],
  ])('GENERATOR-BOUND: sends late by %s us at p99.9, for a p99 of 10 ms: %s', (lateUs, stamped) => {
    const of = (name: LatencyReport['of'], us: number): LatencyReport => {
      const recorder = new LatencyRecorder(0, 1);
      for (let sample = 0; sample < 10_000; sample++) recorder.completed(0, us);
      return { of: name, fromIntendedTime: true, whole: recorder.report(), perSecond: [] };
    };
    const latencies = [of('acknowledge', 10_000), of('send-lateness', lateUs)];
    expect(names({ latencies }).includes('GENERATOR-BOUND')).toBe(stamped);
  });

  test('HOST-CACHED-DISK without fsync', () => {
    expect(names({ workload: { ...workload, fsync: 'none' } })).toEqual(['HOST-CACHED-DISK']);
    expect(names({ workload: { ...workload, fsync: { everyMs: 100 } } })).toEqual([]);
  });

  test('NOISY above the bound, and not at it', () => {
    const at = (coefficientOfVariation: number) => ({ ...evidence().throughput, coefficientOfVariation });
    expect(names({ throughput: at(noisyAbove) })).toEqual([]);
    expect(names({ throughput: at(noisyAbove + 0.01) })).toEqual(['NOISY']);
  });

  test('SHARED-MACHINE when others were busy, the host of the machine included', () => {
    expect(names({ machine: { othersCpuPercent: 15, stolenCpuPercent: 10 } })).toEqual(['SHARED-MACHINE']);
    expect(names({ machine: { othersCpuPercent: null, stolenCpuPercent: null } })).toEqual([]);
  });

  test('VOID when the ledger has a gap, UNFINISHED when something has no acknowledgement', () => {
    const ledger = new Ledger(1);
    ledger.intend(0);
    expect(names({ ledger: ledger.account(0) })).toEqual(['UNFINISHED']);
    ledger.acknowledge(0, 0, 0);
    expect(names({ ledger: ledger.account(0) })).toEqual(['VOID']);
  });
});
