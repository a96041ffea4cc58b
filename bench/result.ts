// What a run of `bench` stores, in runs/<time>/bench.json: everything a reader needs to judge it, and to do
// it again. `reports` imports the types; the schema is what a stored document is checked against.
//
// Times are microseconds, rates are per second, MB are 10^6 bytes. null stands where something could not be
// measured; `notes` of the run says why.

import { z } from 'zod';
import { faultNames, generatorNames, workloadSchema } from './workload.ts';

const count = z.int().min(0);
const rate = z.number().min(0);
const maybe = z.number().nullable();

const environment = z.strictObject({
  node: z.string(),
  platform: z.string(),
  kernel: z.string(),
  processor: z.string(),
  cores: count,
  memoryBytes: count,
  /** File system type and device of the data directory, where the system tells. */
  disk: z.string().nullable(),
  /** The commit, with `-dirty` when files differ from it; null without git. */
  commit: z.string().nullable(),
  version: z.string(),
});

const histogram = z.strictObject({
  count,
  /** Of these, how many never came to an end; they count with the age at which they were given up. */
  censored: count,
  minUs: maybe,
  meanUs: maybe,
  p50Us: maybe,
  p90Us: maybe,
  p99Us: maybe,
  /** null below 10,000 samples. */
  p999Us: maybe,
  /** null below 100,000 samples. */
  p9999Us: maybe,
  maxUs: maybe,
  /** For drawing: percentile and value, denser towards 100. */
  curve: z.array(z.strictObject({ percentile: z.number(), us: z.number() })),
  /** HdrHistogram V2, compressed, base64: any HDR tool reads it. Unit: microseconds. */
  hdrV2Base64: z.string(),
});

const secondLatency = z.strictObject({
  /** From the start of the load; the first `warmupSeconds` are the warm-up. */
  second: count,
  count,
  censored: count,
  p50Us: maybe,
  p99Us: maybe,
  maxUs: maybe,
  hdrV2Base64: z.string(),
});

const latency = z.strictObject({
  /**
   * acknowledge: intended send to acknowledgement. end-to-end: intended send to being handed out by poll.
   * poll: one poll that returned records. send-lateness: intended send
   * to the call of send (the generator's own fault).
   */
  of: z.enum(['acknowledge', 'end-to-end', 'poll', 'send-lateness']),
  /** Whether time spent waiting for a turn is in it: true in an open loop. */
  fromIntendedTime: z.boolean(),
  whole: histogram,
  perSecond: z.array(secondLatency),
});

const second = z.strictObject({
  second: count,
  phase: z.enum(['warm-up', 'measured']),
  /** Acknowledged (produce) or handed out by poll (consume, end-to-end) in this second. */
  records: count,
  bytes: count,
  /** Percent of one core, user and system together. */
  brokerCpuPercent: maybe,
  clientCpuPercent: maybe,
  brokerRssBytes: maybe,
  clientRssBytes: maybe,
});

const throughput = z.strictObject({
  recordsPerSecond: rate,
  megabytesPerSecond: rate,
  /** Standard deviation over mean of the measured seconds; null with fewer than three. */
  coefficientOfVariation: maybe,
  /** What was asked for; null in a closed loop. */
  offeredRecordsPerSecond: maybe,
});

const processCost = z.strictObject({
  userUsPerRecord: maybe,
  systemUsPerRecord: maybe,
  /** Of one core, over the measured time. */
  cpuPercent: maybe,
  rssMaxBytes: maybe,
});

/**
 * What the broker asked of the system over the measured time, from /proc and from its own counters: the quietest
 * numbers there are, and the first that a comparison looks at.
 */
const brokerCounts = z.strictObject({
  requests: maybe,
  fsyncs: maybe,
  /** Acknowledged produce requests for each fsync. */
  produceRequestsPerFsync: maybe,
  readCallsPerThousandRecords: maybe,
  writeCallsPerThousandRecords: maybe,
  fsyncsPerThousandRecords: maybe,
  /** Written to files, for each byte of records received. */
  bytesWrittenPerByteReceived: maybe,
  garbageCollections: maybe,
  garbageCollectionMs: maybe,
});

const machine = z.strictObject({
  /** Percent of one core that other processes used in the measured time. */
  othersCpuPercent: maybe,
  /** The same of the host of a virtual machine ("steal"). */
  stolenCpuPercent: maybe,
});

/**
 * disk and loopback: what the machine can do in the pattern of the workload. bare-pipeline and bare-read-send: the
 * least that any broker must do, as a process of its own under the same generator. null-broker: the generator
 * against a broker that answers and does nothing, which is the generator's own limit.
 */
export const limitNames = ['disk', 'loopback', 'bare-pipeline', 'bare-read-send', 'null-broker'] as const;

const limit = z.strictObject({
  of: z.enum(limitNames),
  /** What the probe did, in words and numbers. */
  pattern: z.string(),
  megabytesPerSecond: rate,
  operationsPerSecond: rate,
  /** The processor time of the probe's process for each record; null where it handles none. */
  cpuUsPerRecord: maybe,
});

const share = z.strictObject({
  /** The smallest limit. */
  binding: z.enum(limitNames),
  limitMegabytesPerSecond: rate,
  /** Measured throughput over that limit: 0 to 1, above 1 when the broker groups better than the probe. */
  share: rate,
});

const ledger = z.strictObject({
  intended: count,
  acknowledged: count,
  failed: count,
  unfinished: count,
  readBack: count,
  acknowledgedReadBack: count,
  /** Acknowledged and not there. */
  missing: count,
  /** There more than once. */
  duplicated: count,
  /** There with another value than was sent. */
  corrupt: count,
  /** There, but not where the acknowledgement said. */
  misplaced: count,
  /** Behind a later record of the same producer and partition, or read in the wrong order. */
  reordered: count,
  /** In the topic without having been sent. */
  foreign: count,
  /** Failed for certain, and there all the same. */
  refusedButThere: count,
  /** End offsets minus records read. */
  uncounted: z.int(),
  /**
   * What a consumer that followed the load was given; null where none did. Late is not lost: only
   * `deliveredAgain` is a gap.
   */
  delivery: z.strictObject({ delivered: count, undelivered: count, deliveredAgain: count }).nullable(),
  /** No gap of any kind: the run has a result. */
  sound: z.boolean(),
  examples: z.array(z.string()),
});

export const stampNames = [
  'VOID',
  'GENERATOR-BOUND',
  'HOST-CACHED-DISK',
  'NOISY',
  'SHARED-MACHINE',
  'UNFINISHED',
] as const;
const stamp = z.strictObject({ name: z.enum(stampNames), why: z.string() });

/** Who made the load. */
const generator = z.strictObject({
  name: z.enum(generatorNames),
  version: z.string(),
  processes: count,
});

/** A fault that was put on the broker while the load ran, and what came of it. */
const faultReport = z.strictObject({
  fault: z.enum(faultNames),
  /** What was done, in words and numbers. */
  what: z.string(),
  /** From the start of the load, as it really happened. */
  fromSecond: rate,
  untilSecond: rate,
  /** Until throughput was back at 90 % of what it was before, counted from the end of the fault; null: never. */
  recoveredAfterSeconds: maybe,
  /** Until the first record was acknowledged (or read) again, counted from the end of the fault; null: never. */
  answeredAfterSeconds: maybe,
  /** Until no more waited than usually before the fault, counted from its end; null: never, or nobody produces. */
  drainedAfterSeconds: maybe,
  /** Records meant to be sent and not acknowledged, at the worst. */
  backlogMaxRecords: maybe,
});

/** A backlog that consumers work off while producers go on. */
const drainReport = z.strictObject({
  backlogRecords: count,
  /** null: it was not worked off within the measured time. */
  drainedAfterSeconds: maybe,
  curve: z.array(z.strictObject({ second: rate, backlogRecords: count })),
});

const workloadRun = z.strictObject({
  name: z.string(),
  story: z.string(),
  workload: workloadSchema,
  durability: z.string(),
  /**
   * What the clients really used, defaults included, and the properties of topic and broker that were set.
   */
  settings: z.strictObject({
    producer: z.record(z.string(), z.unknown()).nullable(),
    consumer: z.record(z.string(), z.unknown()).nullable(),
    topic: z.record(z.string(), z.string()),
    broker: z.record(z.string(), z.string()),
  }),
  payloadGzipRatio: z.number(),
  generator,
  throughput,
  seconds: z.array(second),
  latencies: z.array(latency),
  /** null: not measurable here. */
  broker: processCost.nullable(),
  /** null: the broker is not ours, or this system does not tell. */
  brokerCounts: brokerCounts.nullable(),
  client: processCost,
  /** From the start of the broker's process to the first acknowledged record; null of a broker that ran already. */
  startToFirstAcknowledgedMs: maybe,
  faults: z.array(faultReport),
  drain: drainReport.nullable(),
  machine,
  limits: z.array(limit),
  /** Of the smallest limit. */
  share: share.nullable(),
  /** Of each limit, in the order of `limits`. */
  shares: z.array(share),
  ledger,
  stamps: z.array(stamp),
  /** Why something is null or was left out. */
  notes: z.array(z.string()),
});

// ---- more than one run

/** Two targets in interleaved rounds, a fresh process for each: the ratio is taken inside a round. */
const comparison = z.strictObject({
  /** What is asked, in words: "B against A in produce-...". */
  question: z.string(),
  workload: z.string(),
  a: z.string(),
  b: z.string(),
  /** A and B are the same: whoever finds a difference here has found one in the method. */
  same: z.boolean(),
  /** Of one interval: the 5 % that all looks together may err are shared out among them. */
  confidence: rate,
  /** Why no verdict of this comparison means anything; null: they do. */
  voidBecause: z.string().nullable(),
  /** What a reader must know: drift of the machine, an interrupt. */
  notes: z.array(z.string()),
  rounds: z.array(
    z.strictObject({
      order: z.enum(['AB', 'BA']),
      /** By the names of `metrics`; null where a run could not measure it. */
      a: z.record(z.string(), maybe),
      b: z.record(z.string(), maybe),
    }),
  ),
  metrics: z.array(
    z.strictObject({
      name: z.string(),
      unit: z.string(),
      better: z.enum(['higher', 'lower']),
      /** B over A in each round that has both. */
      ratios: z.array(z.number()),
      medianRatio: maybe,
      /** Interval of the median ratio at `confidence`: BCa bootstrap over rounds. */
      low: maybe,
      high: maybe,
      /** Wilcoxon's signed-rank test on the log ratios, two-sided. */
      signedRankP: maybe,
      /** Ratios between 1/(1+m) and 1+m are called equivalent. */
      margin: rate,
      verdict: z.enum(['different', 'equivalent', 'inconclusive']),
      /** The smallest difference that these rounds could have told, as a ratio minus 1. */
      smallestVisible: maybe,
    }),
  ),
});

/** The highest rate that meets a latency objective, and the curve around it. */
const knee = z.strictObject({
  workload: z.string(),
  objective: z.strictObject({ percentile: rate, latencyMs: rate }),
  /** The highest rate that met it; null: none did. */
  recordsPerSecond: maybe,
  /** The lowest rate that was tried and failed it; null: none did. */
  failedAtRecordsPerSecond: maybe,
  points: z.array(
    z.strictObject({
      offeredRecordsPerSecond: rate,
      achievedRecordsPerSecond: rate,
      p50Us: maybe,
      p99Us: maybe,
      p999Us: maybe,
      /** The percentile of the objective. */
      objectiveUs: maybe,
      met: z.boolean(),
      /** search: a step of the bisection. curve: a point at a share of the knee, measured afterwards. */
      of: z.enum(['search', 'curve']),
      stamps: z.array(stamp),
    }),
  ),
});

/** One workload with one or more of its settings changed from run to run. */
const sweep = z.strictObject({
  name: z.string(),
  /** Paths of the workload file, as "record.bytes". */
  over: z.array(z.string()),
  points: z.array(
    z.strictObject({
      /** By the paths of `over`. */
      at: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
      run: workloadRun,
    }),
  ),
});

export const benchResultSchema = z.strictObject({
  format: z.literal('odradek-bench/2'),
  /** Wall clock of the start, ISO 8601. */
  startedAt: z.string(),
  seed: z.string(),
  target: z.strictObject({
    /** ours: started for the run, in its own process, on a new data directory. */
    kind: z.enum(['ours', 'against']),
    address: z.string(),
  }),
  environment,
  /** The command that made this, without the paths of a machine. */
  command: z.string(),
  runs: z.array(workloadRun),
  comparisons: z.array(comparison),
  knees: z.array(knee),
  sweeps: z.array(sweep),
});

export type BenchResult = z.infer<typeof benchResultSchema>;
export type WorkloadRun = z.infer<typeof workloadRun>;
export type Environment = z.infer<typeof environment>;
export type HistogramReport = z.infer<typeof histogram>;
export type SecondLatency = z.infer<typeof secondLatency>;
export type LatencyReport = z.infer<typeof latency>;
export type SecondReport = z.infer<typeof second>;
export type ThroughputReport = z.infer<typeof throughput>;
export type ProcessCost = z.infer<typeof processCost>;
export type MachineReport = z.infer<typeof machine>;
export type Limit = z.infer<typeof limit>;
export type Share = z.infer<typeof share>;
export type LedgerReport = z.infer<typeof ledger>;
export type Stamp = z.infer<typeof stamp>;
export type BrokerCounts = z.infer<typeof brokerCounts>;
export type FaultReport = z.infer<typeof faultReport>;
export type DrainReport = z.infer<typeof drainReport>;
export type Comparison = z.infer<typeof comparison>;
export type Knee = z.infer<typeof knee>;
export type Sweep = z.infer<typeof sweep>;
