// A stored benchmark for the tests of this room: an open-loop workload with every kind of number in it, and one with
// every kind of section (`richBench`). The numbers are made up, by arithmetic.

import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { BenchResult, Comparison, HistogramReport, Knee, Sweep, WorkloadRun } from '../bench/result.ts';

function histogram(count: number, scale: number): HistogramReport {
  const curve = Array.from({ length: 33 }, (_, step) => ({
    percentile: 100 - 100 / 10 ** (step / 8),
    us: Math.round(scale * (1 + step * step)),
  }));
  return {
    count,
    censored: 2,
    minUs: scale,
    meanUs: scale * 3,
    p50Us: scale * 2,
    p90Us: scale * 60,
    p99Us: scale * 250,
    p999Us: scale * 570,
    p9999Us: null,
    maxUs: scale * 1025,
    curve: [...curve, { percentile: 100, us: scale * 1100 }],
    hdrV2Base64: '',
  };
}

export function sampleRun(changes: Partial<WorkloadRun> = {}): WorkloadRun {
  return {
    name: 'produce-open-20k',
    story: 'Records of 1 kB, 20,000 a second.',
    workload: {
      kind: 'produce',
      generator: 'odradek',
      generatorProcesses: 1,
      faults: [],
      topic: { partitions: 4, configs: {} },
      record: { bytes: 1024, payload: 'random' },
      fsync: 'none',
      acks: 'all',
      producers: 1,
      partitioning: 'sticky',
      producer: {},
      broker: {},
      warmupSeconds: 2,
      durationSeconds: 8,
      drainSeconds: 10,
      load: { loop: 'open', recordsPerSecond: 20_000, arrivals: 'poisson' },
    },
    durability: 'page cache',
    settings: { producer: { acks: -1, lingerMs: 5 }, consumer: null, topic: {}, broker: {} },
    payloadGzipRatio: 1,
    generator: { name: 'odradek', version: '0.1.0', processes: 1 },
    brokerCounts: null,
    startToFirstAcknowledgedMs: null,
    faults: [],
    drain: null,
    throughput: {
      recordsPerSecond: 19_870,
      megabytesPerSecond: 20.3,
      coefficientOfVariation: 0.02,
      offeredRecordsPerSecond: 20_000,
    },
    seconds: Array.from({ length: 10 }, (_, second) => ({
      second,
      phase: second < 2 ? ('warm-up' as const) : ('measured' as const),
      records: 18_000 + ((second * 7919) % 2_500),
      bytes: 18_000_000 + second * 1_000,
      brokerCpuPercent: 41,
      clientCpuPercent: second === 3 ? null : 55,
      brokerRssBytes: 90_000_000,
      clientRssBytes: 120_000_000,
    })),
    latencies: [
      {
        of: 'acknowledge',
        fromIntendedTime: true,
        whole: histogram(158_960, 300),
        perSecond: latencySeconds(300),
      },
      {
        of: 'send-lateness',
        fromIntendedTime: true,
        whole: histogram(158_960, 4),
        perSecond: latencySeconds(4),
      },
    ],
    broker: { userUsPerRecord: 15.2, systemUsPerRecord: 5.3, cpuPercent: 41, rssMaxBytes: 91_000_000 },
    client: { userUsPerRecord: 20.2, systemUsPerRecord: 7.3, cpuPercent: 55, rssMaxBytes: 121_000_000 },
    machine: { othersCpuPercent: 3.2, stolenCpuPercent: null },
    limits: [
      {
        of: 'disk',
        pattern: '4 files, 64 kB writes',
        megabytesPerSecond: 410.5,
        operationsPerSecond: 6_264,
        cpuUsPerRecord: null,
      },
      {
        of: 'loopback',
        pattern: '1 connection, 16 kB',
        megabytesPerSecond: 1_210,
        operationsPerSecond: 73_852,
        cpuUsPerRecord: null,
      },
    ],
    share: { binding: 'disk', limitMegabytesPerSecond: 410.5, share: 0.0495 },
    shares: [
      { binding: 'disk', limitMegabytesPerSecond: 410.5, share: 0.0495 },
      { binding: 'loopback', limitMegabytesPerSecond: 1_210, share: 0.0168 },
    ],
    ledger: {
      ...{ intended: 200_000, acknowledged: 199_998, failed: 0, unfinished: 2, readBack: 199_999 },
      ...{ acknowledgedReadBack: 199_998, missing: 0, duplicated: 0, corrupt: 0, misplaced: 0, reordered: 0 },
      ...{ foreign: 0, refusedButThere: 0, uncounted: 0, delivery: null },
      ...{ sound: true, examples: [] },
    },
    stamps: [{ name: 'HOST-CACHED-DISK', why: 'nothing was fsynced' }],
    notes: ['the processor governor could not be read'],
    ...changes,
  };
}

function latencySeconds(scale: number) {
  return Array.from({ length: 10 }, (_, second) => ({
    second,
    count: 20_000,
    censored: second === 9 ? 2 : 0,
    p50Us: scale * 2 + second * 10,
    p99Us: scale * 200 + second * 100,
    maxUs: scale * 900,
    hdrV2Base64: '',
  }));
}

export function sampleBench(runs: readonly WorkloadRun[] = [sampleRun()]): BenchResult {
  return {
    format: 'odradek-bench/2',
    startedAt: '2026-01-02T03:04:05.000Z',
    seed: '17',
    target: { kind: 'ours', address: '127.0.0.1:40123' },
    environment: {
      ...{ node: 'v24.21.0', platform: 'linux x64', kernel: '6.1', processor: 'a processor', cores: 2 },
      ...{ memoryBytes: 8_000_000_000, disk: 'ext4 on a disk', commit: 'abc1234', version: '0.1.0' },
    },
    command: 'odradek bench',
    runs: [...runs],
    comparisons: [],
    knees: [],
    sweeps: [],
  };
}

// ---- one of everything

type Metric = Comparison['metrics'][number];

/** Rounds around `ratio`, and a verdict that fits. */
function metric(
  name: string,
  ratio: number,
  verdict: Metric['verdict'],
  better: Metric['better'] = 'higher',
): Metric {
  const ratios = Array.from({ length: 12 }, (_, round) => ratio * (1 + (((round * 7) % 11) - 5) / 250));
  return {
    ...{ name, unit: better === 'higher' ? 'records/s' : 'us/record', better, ratios, verdict },
    ...{ medianRatio: ratio, low: ratio * 0.988, high: ratio * 1.012, signedRankP: 0.0005 },
    ...{ margin: 0.05, smallestVisible: 0.014 },
  };
}

export function sampleComparison(changes: Partial<Comparison> = {}): Comparison {
  const metrics = changes.metrics ?? [
    metric('throughput', 1.31, 'different'),
    metric('brokerCpuUsPerRecord', 0.82, 'different', 'lower'),
    metric('clientCpuUsPerRecord', 1.004, 'equivalent', 'lower'),
  ];
  const side = (round: number, isB: boolean) =>
    Object.fromEntries(
      metrics.map(({ name, better, ratios }) => {
        const base =
          better === 'higher' ? 200_000 + ((round * 37) % 17) * 900 : 1.2 + ((round * 5) % 7) / 100;
        return [name, isB ? base * (ratios[round] ?? 1) : base];
      }),
    );
  return {
    ...{ question: 'ours against localhost:9092 in produce-closed', workload: 'produce-closed' },
    ...{ a: 'localhost:9092', b: 'ours', same: false, confidence: 0.95, voidBecause: null, notes: [] },
    rounds: Array.from({ length: 12 }, (_, round) => ({
      order: round % 4 === 0 || round % 4 === 3 ? ('AB' as const) : ('BA' as const),
      a: side(round, false),
      b: side(round, true),
    })),
    ...changes,
    metrics,
  };
}

function hdr(values: readonly number[]): string {
  const histogram = build({ numberOfSignificantValueDigits: 3 });
  for (const value of values) histogram.recordValue(value);
  return encodeIntoCompressedBase64(histogram);
}

/** 30 seconds with two humps, and a stall in the middle. */
function humps(scale: number) {
  return Array.from({ length: 30 }, (_, second) => {
    const stalled = second >= 12 && second < 14;
    const values = Array.from({ length: 400 }, (_, at) => {
      const hump = at % 9 === 0 ? 12 * scale : scale;
      return Math.round(
        hump * (1 + ((at * 131 + second * 17) % 97) / 60) + (stalled ? 900_000 - at * 1_000 : 0),
      );
    });
    const sorted = values.toSorted((one, other) => one - other);
    return {
      ...{
        second,
        count: values.length,
        censored: 0,
        p50Us: sorted[200] ?? null,
        p99Us: sorted[396] ?? null,
      },
      ...{ maxUs: sorted[399] ?? null, hdrV2Base64: hdr(values) },
    };
  });
}

function faultyRun(): WorkloadRun {
  const base = sampleRun();
  const acknowledge = base.latencies[0] as WorkloadRun['latencies'][number];
  const service = {
    ...acknowledge,
    fromIntendedTime: false,
    whole: histogram(158_960, 120),
    perSecond: humps(240),
  };
  return sampleRun({
    name: 'produce-open-20k-under-faults',
    seconds: Array.from({ length: 30 }, (_, second) => ({
      ...(base.seconds[5] as WorkloadRun['seconds'][number]),
      ...{ second, phase: second < 2 ? ('warm-up' as const) : ('measured' as const) },
      records:
        second === 12 ? 2_000 : second === 13 ? 0 : second === 14 ? 58_100 : 19_900 + ((second * 97) % 200),
    })),
    latencies: [{ ...acknowledge, perSecond: humps(300) }, service, base.latencies[1] as typeof service],
    faults: [
      {
        ...{ fault: 'pause', what: 'SIGSTOP for 1.9 s', fromSecond: 12.1, untilSecond: 14.0 },
        ...{
          recoveredAfterSeconds: 0.4,
          answeredAfterSeconds: 0.1,
          drainedAfterSeconds: 1.2,
          backlogMaxRecords: 38_100,
        },
      },
    ],
    drain: {
      ...{ backlogRecords: 500_000, drainedAfterSeconds: 9.5 },
      curve: Array.from({ length: 20 }, (_, at) => ({
        ...{ second: at / 2, backlogRecords: Math.max(0, 500_000 - at * 26_500) },
      })),
    },
    stamps: [{ name: 'NOISY', why: 'throughput by the second varies by 31 %, above 15 %' }],
  });
}

function closedRun(changes: Partial<WorkloadRun> = {}): WorkloadRun {
  const base = sampleRun();
  return sampleRun({
    name: 'produce-closed-100b',
    workload: {
      ...base.workload,
      ...{
        kind: 'produce',
        record: { bytes: 100, payload: 'random' },
        load: { loop: 'closed', outstandingRecords: 10_000 },
      },
    } as WorkloadRun['workload'],
    durability: 'fsync before acknowledgement',
    throughput: {
      ...{ recordsPerSecond: 1_412_000, megabytesPerSecond: 141.2, coefficientOfVariation: 0.03 },
      offeredRecordsPerSecond: null,
    },
    latencies: [
      {
        ...(base.latencies[0] as WorkloadRun['latencies'][number]),
        fromIntendedTime: false,
        whole: { ...histogram(158_960, 300), meanUs: 7_020 },
      },
    ],
    broker: { userUsPerRecord: 0.21, systemUsPerRecord: 0.09, cpuPercent: 97, rssMaxBytes: 141_000_000 },
    client: { userUsPerRecord: 0.41, systemUsPerRecord: 0.12, cpuPercent: 71, rssMaxBytes: 181_000_000 },
    generator: { name: 'librdkafka', version: '2.8.0', processes: 1 },
    brokerCounts: {
      ...{ requests: 34_000, fsyncs: 1_420, produceRequestsPerFsync: 23.4, readCallsPerThousandRecords: 2.1 },
      ...{
        writeCallsPerThousandRecords: 1.3,
        fsyncsPerThousandRecords: 0.1,
        bytesWrittenPerByteReceived: 1.012,
      },
      ...{ garbageCollections: 14, garbageCollectionMs: 38.5 },
    },
    startToFirstAcknowledgedMs: 212,
    limits: [...base.limits, limitOf('bare-pipeline', 190.5, 0.14), limitOf('null-broker', 404, null)],
    share: { binding: 'bare-pipeline', limitMegabytesPerSecond: 190.5, share: 0.741 },
    shares: [
      ...base.shares,
      { binding: 'bare-pipeline', limitMegabytesPerSecond: 190.5, share: 0.741 },
      { binding: 'null-broker', limitMegabytesPerSecond: 404, share: 0.35 },
    ],
    stamps: [],
    ...changes,
  });
}

function limitOf(
  of: WorkloadRun['limits'][number]['of'],
  megabytesPerSecond: number,
  cpuUsPerRecord: number | null,
) {
  return {
    of,
    megabytesPerSecond,
    cpuUsPerRecord,
    operationsPerSecond: 9_000,
    pattern: `${of}, 64 KiB batches`,
  };
}

function voidRun(): WorkloadRun {
  const base = sampleRun();
  const examples = ['record 17 of producer 1 was acknowledged at 0/17 and is missing'];
  return sampleRun({
    name: 'end-to-end-void',
    ledger: {
      ...base.ledger,
      ...{
        missing: 1,
        sound: false,
        examples,
        delivery: { delivered: 199_990, undelivered: 8, deliveredAgain: 1 },
      },
    },
    stamps: [{ name: 'VOID', why: `the ledger has a gap: ${examples[0]}` }],
  });
}

export function sampleKnee(changes: Partial<Knee> = {}): Knee {
  const rates = [20_000, 40_000, 60_000, 80_000, 90_000, 95_000, 100_000, 120_000];
  return {
    workload: 'produce-open',
    objective: { percentile: 99, latencyMs: 10 },
    ...{ recordsPerSecond: 90_000, failedAtRecordsPerSecond: 95_000 },
    points: rates.map((rate, at) => {
      const p99Us = Math.round(1_500 / (1.02 - Math.min(rate, 99_000) / 100_000));
      return {
        ...{ offeredRecordsPerSecond: rate, achievedRecordsPerSecond: Math.min(rate, 99_500) },
        ...{ p50Us: Math.round(p99Us / 6), p99Us, p999Us: p99Us * 3, objectiveUs: p99Us },
        ...{
          met: rate <= (changes.recordsPerSecond === null ? 0 : 90_000),
          of: at % 2 === 0 ? ('search' as const) : ('curve' as const),
        },
        stamps: rate > 100_000 ? [{ name: 'UNFINISHED' as const, why: 'a backlog remained' }] : [],
      };
    }),
    ...changes,
  };
}

function sweepOf(
  name: string,
  path: string,
  values: readonly (number | string)[],
  rateAt: (at: number) => number,
): Sweep {
  return {
    ...{ name, over: [path] },
    points: values.map((value, at) => {
      const recordsPerSecond = rateAt(at);
      const bytes = path === 'record.bytes' && typeof value === 'number' ? value : 100;
      const megabytesPerSecond = (recordsPerSecond * bytes) / 1e6;
      const throughput = {
        recordsPerSecond,
        megabytesPerSecond,
        coefficientOfVariation: 0.02,
        offeredRecordsPerSecond: null,
      };
      return {
        at: { [path]: value },
        run: closedRun({
          name: `${name}-${value}`,
          throughput,
          seconds: [],
          latencies: closedRun().latencies,
        }),
      };
    }),
  };
}

/** A document with every section, good and bad answers of each kind. */
export function richBench(): BenchResult {
  const counts = [1, 2, 4, 8, 16];
  const scaled = (at: number) => {
    const n = counts[at] as number;
    return (310_000 * n * (1 + (at === 2 ? 0.04 : 0))) / (1 + 0.12 * (n - 1) + 0.004 * n * (n - 1));
  };
  return {
    ...sampleBench([sampleRun(), closedRun(), faultyRun(), voidRun()]),
    comparisons: [
      sampleComparison(),
      sampleComparison({
        ...{ question: 'ours against localhost:9092 in consume', workload: 'consume' },
        metrics: [
          metric('throughput', 0.88, 'different'),
          metric('brokerCpuUsPerRecord', 1.02, 'inconclusive', 'lower'),
        ],
      }),
      sampleComparison({
        ...{ question: 'ours against ours in produce-closed', a: 'ours', same: true },
        metrics: [
          metric('throughput', 1.003, 'equivalent'),
          metric('brokerCpuUsPerRecord', 0.999, 'equivalent', 'lower'),
        ],
      }),
    ],
    knees: [
      sampleKnee(),
      sampleKnee({ workload: 'end-to-end-open', recordsPerSecond: null, failedAtRecordsPerSecond: 20_000 }),
    ],
    sweeps: [
      sweepOf('producers', 'producers', counts, scaled),
      sweepOf(
        'sizes',
        'record.bytes',
        [100, 1_000, 10_000, 100_000],
        (at) => [1_400_000, 260_000, 31_000, 3_300][at] as number,
      ),
      sweepOf(
        'codecs',
        'producer.compressionType',
        ['none', 'lz4', 'zstd'],
        (at) => [1_400_000, 1_100_000, 600_000][at] as number,
      ),
    ],
  };
}
