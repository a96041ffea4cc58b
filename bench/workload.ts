// A workload: what is sent, how, for how long, and how durable an acknowledgement is. The schema below is the
// only description; a file that says anything else is refused with line and column.
//
// Not offered: acks 0 (nothing is acknowledged, so there is nothing to account for) and transactions (the
// client has none).

import { z } from 'zod';
import {
  type Address,
  type ConsumerOptions,
  consumerConfig,
  type ProducerOptions,
  producerConfig,
} from '../engine/index.ts';
import { type Complaint, openingComment, parseJsonc } from '../sim/index.ts';
import { refusalsOf } from './generators/refusals.ts';

const whole = (first: number, last: number) => z.int().min(first).max(last);

/**
 * Closed: a send waits for an acknowledgement when `outstandingRecords` have none. Latency is then service
 * time only.
 */
const closedLoad = z.strictObject({
  loop: z.literal('closed'),
  outstandingRecords: whole(1, 1_000_000),
  /**
   * The load ends after so many records, `durationSeconds` is then the longest that it may take: two runs have done
   * the same work, and their counts can be compared. Everything is measured, from the first record on, so that there
   * is no warm-up.
   */
  recordsMax: whole(1, 100_000_000).optional(),
});

/** Open: sends have their times, whatever the broker does. Latency counts from these times. */
const openLoad = z.strictObject({
  loop: z.literal('open'),
  recordsPerSecond: z.number().min(1).max(10_000_000),
  arrivals: z.enum(['poisson', 'uniform']).default('poisson'),
});

const topic = z.strictObject({
  partitions: whole(1, 10_000).default(1),
  /** Kafka's topic properties; `fsync` sets those that have to do with it. */
  configs: z.record(z.string(), z.string()).default({}),
});

const record = z.strictObject({
  /** Key and value together; the key is the 12 bytes by which the ledger knows the record. */
  bytes: whole(16, 1_000_000).default(1024),
  /** Random bytes do not compress; with a ratio r, one byte of r is random and the rest says nothing. */
  payload: z
    .union([z.literal('random'), z.strictObject({ ratio: z.number().min(1).max(100) })])
    .default('random'),
});

const producer = z.strictObject({
  lingerMs: whole(0, 60_000).optional(),
  batchSizeBytes: whole(1, 100_000_000).optional(),
  bufferMemoryBytes: whole(1, 2_147_483_647).optional(),
  compressionType: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).optional(),
  maxInFlightRequestsPerConnection: whole(1, 1000).optional(),
  maxRequestSizeBytes: whole(1, 100_000_000).optional(),
  enableIdempotence: z.boolean().optional(),
  requestTimeoutMs: whole(1, 600_000).optional(),
  deliveryTimeoutMs: whole(1, 600_000).optional(),
});

const consumer = z.strictObject({
  fetchMinBytes: whole(0, 100_000_000).optional(),
  fetchMaxBytes: whole(1, 100_000_000).optional(),
  fetchMaxWaitMs: whole(0, 60_000).optional(),
  maxPartitionFetchBytes: whole(1, 100_000_000).optional(),
  maxPollRecords: whole(1, 1_000_000).optional(),
  checkCrcs: z.boolean().optional(),
});

/** Who can make the load; what each of them cannot do is said by `generators/`. */
export const generatorNames = [
  'odradek',
  'kafkajs',
  'platformatic',
  'librdkafka',
  'kcat',
  'kafka-perf-test',
] as const;
export type GeneratorName = (typeof generatorNames)[number];

/**
 * kill: SIGKILL, and a new process on the same data directory and port after `forSeconds`. pause: SIGSTOP, then
 * SIGCONT. slow-disk: another process writes and syncs beside the broker on the same file system.
 */
export const faultNames = ['kill', 'pause', 'slow-disk'] as const;

/** What is looked at in thousandths of a second has an end. */
const watchedSecondsMax = 3600;
/** Kafka's default. */
const requestTimeoutMsDefault = 30_000;

const fault = z.strictObject({
  fault: z.enum(faultNames),
  /** From the start of the measured time. */
  atSeconds: z.number().min(0).max(86_400),
  forSeconds: z.number().min(0).max(3600),
});

const common = {
  generator: z.enum(generatorNames).default('odradek'),
  /** Processes among which `producers` are shared out. */
  generatorProcesses: whole(1, 16).default(1),
  /** Put on our own broker while the load runs. */
  faults: z.array(fault).max(16).default([]),
  topic: topic.prefault({}),
  record: record.prefault({}),
  /** When a write is made durable: never by the broker, before its acknowledgement, or every so often. */
  fsync: z
    .union([z.enum(['none', 'before-ack']), z.strictObject({ everyMs: whole(1, 3_600_000) })])
    .default('none'),
  acks: z.union([z.literal('all'), z.literal(1)]).default('all'),
  producers: whole(1, 64).default(1),
  /**
   * Who picks partitions: each record the next one, the client's own sticky partitioner, or the hash of the
   * key, which is another one for every record.
   */
  partitioning: z.enum(['round-robin', 'sticky', 'keyed']).default('sticky'),
  producer: producer.prefault({}),
  /** Properties of our own broker; not used against another one. */
  broker: z.record(z.string(), z.string()).default({}),
  warmupSeconds: whole(0, 3600).default(1),
  durationSeconds: whole(1, 86_400).default(5),
  /** How long what is under way at the end may take before it counts as unfinished. */
  drainSeconds: whole(0, 3600).default(10),
};

export const workloadSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('produce'),
    ...common,
    load: z.discriminatedUnion('loop', [closedLoad, openLoad]),
  }),
  z.strictObject({
    kind: z.literal('end-to-end'),
    ...common,
    load: openLoad,
    /** Written before the clock starts, for the consumer to work off while producers go on. */
    backlogRecords: whole(0, 100_000_000).default(0),
    consumer: consumer.prefault({}),
  }),
  z.strictObject({
    kind: z.literal('consume'),
    ...common,
    /** Written before the clock starts, then read over and over. */
    preloadRecords: whole(1, 100_000_000).default(200_000),
    consumer: consumer.prefault({}),
  }),
]);

export type Workload = z.infer<typeof workloadSchema>;
export type Load = Extract<Workload, { load: unknown }>['load'];
export type OpenLoad = z.infer<typeof openLoad>;

export interface WorkloadFile {
  readonly name: string;
  /** The comment on top: what it measures, and what it does not show. */
  readonly story: string;
  readonly workload: Workload;
}

export type ReadWorkload =
  | { readonly ok: true; readonly value: WorkloadFile }
  | { readonly ok: false; readonly complaints: readonly string[] };

/**
 * `path` is for the complaints, and its last part is the name of the experiment. `generator` stands above the one
 * that the file names.
 */
export function readWorkload(path: string, text: string, generator?: GeneratorName): ReadWorkload {
  const parsed = parseJsonc(text);
  const checked =
    parsed.complaints.length > 0
      ? parsed.complaints
      : checkedWorkload(overridden(parsed.value, generator), parsed.place);
  if (!('kind' in checked)) return { ok: false, complaints: checked.map((each) => inFile(path, each)) };
  return { ok: true, value: { name: nameOf(path), story: openingComment(text), workload: checked } };
}

function overridden(value: unknown, generator: GeneratorName | undefined): unknown {
  if (generator === undefined || typeof value !== 'object' || value === null) return value;
  return { ...value, generator };
}

export type PlaceOf = ReturnType<typeof parseJsonc>['place'];

/** The workload that a parsed value means, or everything that is wrong with it. */
export function checkedWorkload(value: unknown, place: PlaceOf): Workload | readonly Complaint[] {
  const checked = workloadSchema.safeParse(value);
  if (!checked.success) return checked.error.issues.flatMap((issue) => inPlace(issue, place));
  const complaints = contradictions(checked.data, place);
  return complaints.length > 0 ? complaints : asked(checked.data);
}

/** The last part of the path, which is the name of the experiment. */
export function nameOf(path: string): string {
  return (path.split(/[/\\]/).at(-1) ?? path).replace(/\.jsonc?$/, '');
}

export function inFile(path: string, { line, column, message }: Complaint): string {
  return `${path}:${line}:${column}: ${message}`;
}

function inPlace(issue: z.core.$ZodIssue, place: PlaceOf): Complaint[] {
  if (issue.code === 'unrecognized_keys') {
    const where = issue.path.length === 0 ? 'a workload' : `"${issue.path.join('.')}"`;
    return issue.keys.map((key) => ({
      ...place(issue.path, key),
      message: `${where} has no property "${key}"`,
    }));
  }
  const name = issue.path.join('.');
  return [{ ...place(issue.path), message: name === '' ? issue.message : `${name}: ${issue.message}` }];
}

/** What each part says well and the whole cannot mean. */
function contradictions(workload: Workload, place: PlaceOf): Complaint[] {
  const found: Complaint[] = [];
  const flushProperties = ['flush.messages', 'flush.ms'];
  for (const key of Object.keys(workload.topic.configs)) {
    if (!flushProperties.includes(key)) continue;
    found.push({ ...place(['topic', 'configs'], key), message: `${key} is what "fsync" is for` });
  }
  for (const { path, message } of refusalsOf(workload)) found.push({ ...place([...path]), message });
  for (const { path, message } of impossible(workload)) found.push({ ...place(path), message });
  if (recordsMaxOf(workload) !== undefined && workload.warmupSeconds > 0) {
    const message = 'recordsMax counts from the first record on: it wants "warmupSeconds": 0';
    found.push({ ...place(['load', 'recordsMax']), message });
  }
  const producer = producerConfig(producerOptionsOf(workload, nowhere));
  if (!producer.ok) found.push({ ...place(['producer']), message: producer.error });
  if (workload.kind !== 'produce') {
    const consumer = consumerConfig(consumerOptionsOf(workload, nowhere));
    if (!consumer.ok) found.push({ ...place(['consumer']), message: consumer.error });
  }
  return found;
}

/** Of faults and of a backlog: what cannot be driven, or would measure nothing. */
function impossible(workload: Workload): { path: PropertyKey[]; message: string }[] {
  const found: { path: PropertyKey[]; message: string }[] = [];
  const complain = (path: PropertyKey[], message: string): number => found.push({ path, message });
  const { faults, durationSeconds, warmupSeconds } = workload;
  const backlog = workload.kind === 'end-to-end' && workload.backlogRecords > 0;
  if ((faults.length > 0 || backlog) && warmupSeconds + durationSeconds > watchedSecondsMax)
    complain(
      ['durationSeconds'],
      `with faults or a backlog, at most ${watchedSecondsMax} s with the warm-up`,
    );
  let freeFrom = 0;
  for (const [at, { fault, atSeconds, forSeconds }] of faults.entries()) {
    if (atSeconds < freeFrom)
      complain(['faults', at, 'atSeconds'], 'a fault begins when the one before is over');
    freeFrom = atSeconds + forSeconds;
    if (freeFrom > durationSeconds) complain(['faults', at], 'a fault is over when the measured time is');
    if (writesAgain(workload, fault, forSeconds))
      complain(
        ['faults', at],
        'without idempotence what is sent again after this is there twice, as it must be',
      );
  }
  if (backlog && warmupSeconds > 0)
    complain(['warmupSeconds'], 'a backlog is worked off from the first moment on: 0 is wanted');
  return found;
}

/** Whether producers send again what may have been written, and cannot tell the broker so: no ledger is sound then. */
function writesAgain(
  workload: Workload,
  fault: Workload['faults'][number]['fault'],
  forSeconds: number,
): boolean {
  if (workload.kind === 'consume' || fault === 'slow-disk') return false;
  const { enableIdempotence = workload.acks === 'all', requestTimeoutMs = requestTimeoutMsDefault } =
    workload.producer;
  return !enableIdempotence && (fault === 'kill' || forSeconds * 1000 >= requestTimeoutMs);
}

/** After how many records the load ends, where it does not end by time. */
export function recordsMaxOf(workload: Workload): number | undefined {
  if (workload.kind === 'consume' || workload.load.loop !== 'closed') return undefined;
  return workload.load.recordsMax;
}

/** Options are checked before there is a broker. */
const nowhere: readonly Address[] = [{ host: 'localhost', port: 1 }];

/** The options of the producer that a workload means. */
export function producerOptionsOf(workload: Workload, bootstrapServers: readonly Address[]): ProducerOptions {
  const acks = workload.acks === 'all' ? -1 : 1;
  // What is not written in the file is left to the client's default, except that idempotence cannot be had
  // with acks 1.
  const chosen = given({ enableIdempotence: acks === -1, ...workload.producer });
  const partitionerIgnoreKeys = workload.partitioning !== 'keyed';
  return { bootstrapServers, clientId: 'bench', acks, partitionerIgnoreKeys, ...chosen };
}

/** The options of the consumer that a workload means. */
export function consumerOptionsOf(workload: Workload, bootstrapServers: readonly Address[]): ConsumerOptions {
  const chosen = workload.kind === 'produce' ? {} : given(workload.consumer);
  // A reader that makes topics would bring one back that was just taken away.
  const fixed = { clientId: 'bench', autoOffsetReset: 'earliest', allowAutoCreateTopics: false } as const;
  return { bootstrapServers, ...fixed, ...chosen };
}

/** Only what was written: an option that is left out has the client's default. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const written = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(written) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The topic properties of a workload, `fsync` among them. */
export function topicConfigs(workload: Workload): Record<string, string> {
  const { fsync } = workload;
  if (fsync === 'none') return workload.topic.configs;
  if (fsync === 'before-ack') return { ...workload.topic.configs, 'flush.messages': '1' };
  return { ...workload.topic.configs, 'flush.ms': String(fsync.everyMs) };
}

/**
 * A broker looks at `flush.ms` only as often as `log.flush.scheduler.interval.ms` says, which by Kafka's default is
 * never: without it an fsync every so often would be none at all. What the file says of it itself goes first.
 */
function asked(workload: Workload): Workload {
  const { fsync, broker } = workload;
  if (typeof fsync === 'string') return workload;
  return { ...workload, broker: { 'log.flush.scheduler.interval.ms': String(fsync.everyMs), ...broker } };
}

/** The axis along which results may not be compared: when an acknowledgement is durable. */
export function durabilityOf(workload: Workload): string {
  const { fsync } = workload;
  if (fsync === 'none') return 'page cache';
  return fsync === 'before-ack' ? 'fsync before acknowledgement' : `fsync every ${fsync.everyMs} ms`;
}
