// A stored benchmark for the tests of this room: an open-loop workload with every kind of number in it.

import type { BenchResult, HistogramReport, WorkloadRun } from '../bench/result.ts';

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
