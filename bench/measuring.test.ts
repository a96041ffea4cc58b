import { expect, test } from 'vitest';
import { mountOf } from './environment.ts';
import { Payloads } from './payload.ts';
import { diskPattern, loopbackPattern } from './probes/patterns.ts';
import { type ProcessUse, parseMachineUse, parseUse, withExactSum } from './process-use.ts';
import { costOf, othersOf, ThroughputSeries } from './throughput.ts';
import { workloadSchema } from './workload.ts';

const usedAt = (second: number, userUs: number, rssBytes = 0): ProcessUse => ({
  atUs: second * 1e6,
  userUs,
  systemUs: 0,
  rssBytes,
});

test('a record counts in the second of its acknowledgement, later ones not at all', () => {
  const series = new ThroughputSeries(1, 1);
  series.add(999_999, 1, 10);
  series.add(1_000_000, 2, 20);
  series.add(2_000_000, 4, 40);
  const report = series.report({ client: [], broker: [], machine: [] });
  expect(report.map(({ phase, records, bytes }) => ({ phase, records, bytes }))).toEqual([
    { phase: 'warm-up', records: 1, bytes: 10 },
    { phase: 'measured', records: 2, bytes: 20 },
  ]);
});

test('the cost of a record is the difference of two samples; without one of them it is not known', () => {
  const samples = [usedAt(0, 0), usedAt(1, 500_000, 7), usedAt(2, 1_400_000, 5)];
  expect(costOf(samples, 1, 2, 1000)).toEqual({
    userUsPerRecord: 900,
    systemUsPerRecord: 0,
    cpuPercent: 90,
    rssMaxBytes: 7,
  });
  expect(costOf(samples, 1, 3, 1000)).toBeNull();
  expect(costOf(samples, 1, 2, 0)?.userUsPerRecord).toBeNull();
});

test('a second that could not be sampled is a hole, and no reason to know nothing', () => {
  const samples: ProcessUse[] = [usedAt(0, 0, 3)];
  samples[2] = usedAt(2, 1_000_000, 5);
  expect(costOf(samples, 0, 2, 10)).toMatchObject({ cpuPercent: 50, rssMaxBytes: 5 });
});

test('what others used is what all used without us; unknown when the broker is', () => {
  const machine = [0, 1].map((second) => ({
    atUs: second * 1e6,
    busyUs: second * 1_500_000,
    stolenUs: second * 20_000,
  }));
  const client = [usedAt(0, 0), usedAt(1, 400_000)];
  const broker = [usedAt(0, 0), usedAt(1, 600_000)];
  expect(othersOf({ machine, client, broker }, 0, 1)).toEqual({ othersCpuPercent: 50, stolenCpuPercent: 2 });
  expect(othersOf({ machine, client, broker: [] }, 0, 1).othersCpuPercent).toBeNull();
});

test('/proc is read right, whatever a process calls itself', () => {
  const stat = '4242 (a ) b) 1 (c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20';
  const fields = stat.replace('1 (c) S', 'S');
  const use = parseUse(fields, 'Name:\tx\nVmRSS:\t   2048 kB\n', 5, 100);
  expect(use).toEqual({ atUs: 5, userUs: 2_500_000, systemUs: 500_000, rssBytes: 2_097_152 });
  expect(parseUse('nonsense', '', 0, 100)).toBeUndefined();
  expect(parseMachineUse('cpu  100 0 50 900 7 1 2 30 0 0\ncpu0 1', 9, 100)).toEqual({
    atUs: 9,
    busyUs: 1_530_000,
    stolenUs: 300_000,
  });
});

test('the exact sum of the threads is split as the ticks have it; a sum with a thread missing is not believed', () => {
  const ticks = { atUs: 1, userUs: 300_000, systemUs: 100_000, rssBytes: 5 };
  expect(withExactSum(ticks, 404_000)).toEqual({ ...ticks, userUs: 303_000, systemUs: 101_000 });
  expect(withExactSum(ticks, undefined)).toEqual(ticks);
  expect(withExactSum(ticks, 200_000)).toEqual(ticks);
  const idle = { ...ticks, userUs: 0, systemUs: 0 };
  expect(withExactSum(idle, 1000)).toEqual({ ...idle, userUs: 1000 });
});

test('the disk of a path is the longest mount above it', () => {
  const mounts = '/dev/a / ext4 rw 0 0\n/dev/b /data xfs rw 0 0\ntmpfs /data/fast tmpfs rw 0 0\n';
  expect(mountOf(mounts, '/data/x')).toBe('xfs (/dev/b)');
  expect(mountOf(mounts, '/database')).toBe('ext4 (/dev/a)');
  expect(mountOf(mounts, '/data/fast/x')).toBe('tmpfs (tmpfs)');
});

test('a record is known again by its key, and its value is checked against it', () => {
  for (const bytes of [100, 1000]) {
    const payloads = new Payloads({ bytes, payload: 'random' }, 'seed');
    for (const sequence of [0, 1, 1021, 2 ** 32 + 5]) {
      const [key, value] = [payloads.keyOf(sequence), payloads.valueOf(sequence)];
      expect(key.length + value.length).toBe(bytes);
      expect(payloads.sequenceOf(key)).toBe(sequence);
      const isIntact = (of: Uint8Array) => payloads.isValueAt(sequence, of, 0, of.length);
      expect(isIntact(value)).toBe(true);
      expect(isIntact(payloads.valueOf(sequence + 1))).toBe(false);
      const damaged = value.slice();
      damaged[50] = (damaged[50] as number) ^ 1;
      expect(isIntact(damaged)).toBe(false);
      expect(isIntact(value.slice(1))).toBe(false);
      expect(payloads.isValueAt(sequence, value, 0, -1)).toBe(false);
      // In the middle of other bytes, as in a batch.
      const batch = Buffer.concat([new Uint8Array(7), key, value, new Uint8Array(5)]);
      expect(payloads.sequenceAt(batch, 7, 12)).toBe(sequence);
      expect(payloads.isValueAt(sequence, batch, 19, value.length)).toBe(true);
      expect(payloads.isValueAt(sequence, batch, 18, value.length)).toBe(false);
    }
  }
});

test('the process of a generator is the high word of the numbers of its records, and values go by the low one', () => {
  const record = { bytes: 100, payload: 'random' as const };
  const [harness, third] = [new Payloads(record, 'seed'), new Payloads(record, 'seed', 3)];
  expect(harness.sequenceOf(third.keyOf(8))).toBe(3 * 2 ** 32 + 8);
  expect(harness.valueOf(3 * 2 ** 32 + 8)).toEqual(third.valueOf(8));
});

test('a record of another run is nobody of ours', () => {
  const ours = new Payloads({ bytes: 100, payload: 'random' }, 'ours');
  const theirs = new Payloads({ bytes: 100, payload: 'random' }, 'theirs');
  expect(ours.sequenceOf(theirs.keyOf(3))).toBeUndefined();
  expect(ours.sequenceOf(null)).toBeUndefined();
  expect(ours.sequenceOf(new Uint8Array(3))).toBeUndefined();
});

test('random payloads do not compress, others by about what they say', () => {
  expect(new Payloads({ bytes: 1024, payload: 'random' }, 's').gzipRatio).toBeLessThan(1.01);
  const { gzipRatio } = new Payloads({ bytes: 1024, payload: { ratio: 4 } }, 's');
  expect(gzipRatio).toBeGreaterThan(3);
  expect(gzipRatio).toBeLessThan(5);
});

test('the probes take the pattern of the workload', () => {
  const parts = { topic: { partitions: 4 }, producer: { batchSizeBytes: 50_000 }, producers: 2 };
  const closed = { loop: 'closed', outstandingRecords: 1000 };
  const produce = workloadSchema.parse({ kind: 'produce', ...parts, load: closed });
  expect(diskPattern(produce, 40_000)).toEqual({ kind: 'append', files: 4, bytes: 40_000, fsync: 'none' });
  expect(diskPattern(produce, undefined).bytes).toBe(50_000);
  expect(loopbackPattern(produce, 40_000)).toEqual({
    connections: 2,
    depth: 5,
    requestBytes: 160_000,
    responseBytes: 100,
  });

  // 1,000 records of 1 KiB over 4 partitions: 256 kB may wait for one fsync, less than five batches of two
  // producers.
  const synced = workloadSchema.parse({ kind: 'produce', ...parts, load: closed, fsync: 'before-ack' });
  expect(diskPattern(synced, 40_000).bytes).toBe(256_000);
  expect(diskPattern({ ...synced, topic: { partitions: 1, configs: {} } }, 40_000).bytes).toBe(400_000);

  const consume = workloadSchema.parse({ kind: 'consume', topic: { partitions: 3 } });
  expect(diskPattern(consume, 1).kind).toBe('read');
  expect(loopbackPattern(consume, 1)).toMatchObject({ connections: 1, depth: 1, responseBytes: 1_048_576 });
});
