// The options of the clients: one row each, with default, bounds and meaning, under Kafka's names in camel
// case with the unit last (`linger.ms` is `lingerMs`, `batch.size` is `batchSizeBytes`). Defaults are those
// of the Java clients 4.x. Readers of these rows: the constructors of the clients, the scenario schema, the
// reference pages.
//
// Left out, because this client does not do them: security (SASL, TLS), interceptors, serializers (keys and
// values are bytes), metrics, transactions, quota throttling, idle connection closing, regular expressions as
// subscriptions.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Address } from '../ports.ts';

/** What one option is. `problem` says what is wrong with a value, or nothing. */
export interface OptionRow<T> {
  readonly default: T;
  readonly doc: string;
  readonly bounds: string;
  problem(value: unknown): string | undefined;
}

function whole(usual: number, first: number, last: number, doc: string): OptionRow<number> {
  const bounds = `${first}..${last}`;
  return {
    default: usual,
    doc,
    bounds,
    problem: (value) =>
      Number.isSafeInteger(value) && (value as number) >= first && (value as number) <= last
        ? undefined
        : `must be a whole number within ${bounds}`,
  };
}

function flag(usual: boolean, doc: string): OptionRow<boolean> {
  return {
    default: usual,
    doc,
    bounds: 'true, false',
    problem: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  };
}

function choice<const T extends string | number>(usual: T, values: readonly T[], doc: string): OptionRow<T> {
  const bounds = values.join(', ');
  return {
    default: usual,
    doc,
    bounds,
    problem: (value) => (values.includes(value as T) ? undefined : `must be one of ${bounds}`),
  };
}

function text(usual: string, doc: string): OptionRow<string> {
  return {
    default: usual,
    doc,
    bounds: 'text of at most 249 characters',
    problem: (value) =>
      typeof value === 'string' && value.length <= 249 ? undefined : 'must be text of at most 249 characters',
  };
}

const int32Max = 2147483647;
const dayMs = 86_400_000;

/** Options that every client has. */
export const commonOptions = {
  clientId: text('', 'name of the client in requests and in logs of the broker'),
  requestTimeoutMs: whole(
    30_000,
    1,
    dayMs,
    'how long a request may wait for its response; then the connection ends',
  ),
  retryBackoffMs: whole(
    100,
    0,
    dayMs,
    'first wait before a request is tried again; doubles with every failure',
  ),
  retryBackoffMaxMs: whole(1_000, 0, dayMs, 'longest wait before a request is tried again'),
  reconnectBackoffMs: whole(50, 0, dayMs, 'first wait before a broker is connected to again'),
  reconnectBackoffMaxMs: whole(1_000, 0, dayMs, 'longest wait before a broker is connected to again'),
  socketConnectionSetupTimeoutMs: whole(10_000, 1, dayMs, 'how long a connection may take to be made'),
  metadataMaxAgeMs: whole(
    300_000,
    10,
    dayMs,
    'age at which metadata is asked for again although nothing failed',
  ),
  receiveMessageMaxBytes: whole(100_000_000, 1_000, int32Max, 'largest response that is accepted'),
};

export const producerOptions = {
  ...commonOptions,
  acks: choice(
    -1,
    [-1, 0, 1],
    'who must have the records before the broker answers: all in sync, nobody, the leader',
  ),
  enableIdempotence: flag(true, 'number the batches so that a retry is written once and in order'),
  maxInFlightRequestsPerConnection: whole(5, 1, 1_000, 'Produce requests without response per broker'),
  lingerMs: whole(5, 0, dayMs, 'how long a batch that is not full waits for more records'),
  batchSizeBytes: whole(16_384, 1, int32Max, 'size at which a batch is full'),
  bufferMemoryBytes: whole(33_554_432, 1, int32Max, 'bytes of records that are held; sends beyond that wait'),
  maxBlockMs: whole(60_000, 0, dayMs, 'how long a send waits for metadata or for room in the buffer'),
  deliveryTimeoutMs: whole(120_000, 1, dayMs, 'time from send to its final outcome, all retries included'),
  retries: whole(
    int32Max,
    0,
    int32Max,
    'how often a batch is sent again; delivery.timeout.ms usually ends it first',
  ),
  compressionType: choice('none', ['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'how batches are compressed'),
  maxRequestSizeBytes: whole(1_048_576, 1, int32Max, 'largest record, and largest Produce request'),
  partitioner: choice(
    'default',
    ['default', 'round-robin'],
    'who picks the partition of a record without one',
  ),
  partitionerIgnoreKeys: flag(false, 'pick the partition as if no record had a key'),
};

export const consumerOptions = {
  ...commonOptions,
  groupId: text('', 'the group; empty for a consumer that neither subscribes nor commits'),
  groupInstanceId: text('', 'name of a static member; empty for a dynamic one'),
  clientRack: text('', 'rack of the client; brokers may then name a closer replica to read from'),
  autoOffsetReset: choice(
    'latest',
    ['earliest', 'latest', 'none'],
    'where to start without a committed offset',
  ),
  enableAutoCommit: flag(true, 'commit what earlier polls returned, from within poll'),
  autoCommitIntervalMs: whole(5_000, 0, dayMs, 'time between two such commits'),
  isolationLevel: choice(
    'read_uncommitted',
    ['read_uncommitted', 'read_committed'],
    'whether aborted records are read',
  ),
  fetchMinBytes: whole(1, 0, int32Max, 'a fetch waits until the broker has so many bytes'),
  fetchMaxBytes: whole(52_428_800, 0, int32Max, 'bytes of one fetch; a first batch may be larger'),
  fetchMaxWaitMs: whole(500, 0, dayMs, 'how long a fetch waits for fetch.min.bytes'),
  maxPartitionFetchBytes: whole(1_048_576, 0, int32Max, 'bytes of one partition in a fetch'),
  maxPollRecords: whole(500, 1, int32Max, 'records that one poll returns'),
  maxPollIntervalMs: whole(300_000, 1, int32Max, 'a member that does not poll for so long leaves its group'),
  sessionTimeoutMs: whole(45_000, 1, dayMs, 'a member not heard of for so long is removed from its group'),
  heartbeatIntervalMs: whole(3_000, 1, dayMs, 'time between two heartbeats'),
  defaultApiTimeoutMs: whole(60_000, 1, dayMs, 'how long calls like commit and position try'),
  checkCrcs: flag(true, 'check every batch against its checksum'),
  detectTruncation: flag(
    true,
    'check after a leader change that what was read is still there; ours, Kafka always does',
  ),
  allowAutoCreateTopics: flag(true, 'let brokers create the topics that are asked for'),
};

export const adminOptions = {
  ...commonOptions,
  defaultApiTimeoutMs: whole(60_000, 1, dayMs, 'how long a call tries'),
};

type Table = Readonly<
  Record<string, OptionRow<never> | OptionRow<number> | OptionRow<boolean> | OptionRow<string>>
>;
// biome-ignore lint/suspicious/noExplicitAny: only the row knows the type of its value
export type ConfigOf<T> = { readonly [K in keyof T]: T[K] extends OptionRow<infer V> ? V : any } & Servers;
export type OptionsOf<T> = Partial<Omit<ConfigOf<T>, keyof Servers>> & Servers;

export interface Servers {
  /** Brokers to ask first; at least one. */
  readonly bootstrapServers: readonly Address[];
}

export type CommonConfig = ConfigOf<typeof commonOptions>;
export type ProducerConfig = ConfigOf<typeof producerOptions>;
export type ConsumerConfig = ConfigOf<typeof consumerOptions>;
export type AdminConfig = ConfigOf<typeof adminOptions>;
export type ProducerOptions = OptionsOf<typeof producerOptions>;
export type ConsumerOptions = OptionsOf<typeof consumerOptions>;
export type AdminOptions = OptionsOf<typeof adminOptions>;

/** Defaults and what was given, checked; the error names every option that is wrong. */
function complete<C>(table: Table, given: Servers): Outcome<C, string> {
  const problems: string[] = [];
  if (given.bootstrapServers.length === 0) problems.push('bootstrapServers must name at least one broker');
  const config = new Map<string, unknown>([['bootstrapServers', given.bootstrapServers]]);
  const values = new Map<string, unknown>(Object.entries(given));
  for (const [name, row] of Object.entries(table)) {
    const value = values.get(name) ?? row.default;
    const problem = row.problem(value);
    if (problem !== undefined) problems.push(`${name} ${problem}, not ${String(value)}`);
    config.set(name, value);
  }
  for (const name of values.keys()) {
    if (name !== 'bootstrapServers' && !Object.hasOwn(table, name)) problems.push(`${name} is not an option`);
  }
  if (problems.length > 0) return failure(problems.join('; '));
  return success(Object.fromEntries(config) as C);
}

export function producerConfig(given: ProducerOptions): Outcome<ProducerConfig, string> {
  const config = complete<ProducerConfig>(producerOptions, given);
  if (!config.ok) return config;
  const { enableIdempotence, acks, retries, maxInFlightRequestsPerConnection: inFlight } = config.value;
  if (enableIdempotence && acks !== -1) return failure('enableIdempotence demands acks -1');
  if (enableIdempotence && retries === 0) return failure('enableIdempotence demands retries above 0');
  if (enableIdempotence && inFlight > 5) {
    return failure('enableIdempotence demands maxInFlightRequestsPerConnection of at most 5');
  }
  const { deliveryTimeoutMs, lingerMs, requestTimeoutMs } = config.value;
  if (deliveryTimeoutMs < lingerMs + requestTimeoutMs) {
    return failure('deliveryTimeoutMs must be at least lingerMs + requestTimeoutMs');
  }
  return config;
}

export function consumerConfig(given: ConsumerOptions): Outcome<ConsumerConfig, string> {
  const config = complete<ConsumerConfig>(consumerOptions, given);
  if (!config.ok) return config;
  const { heartbeatIntervalMs, sessionTimeoutMs, fetchMaxWaitMs, requestTimeoutMs } = config.value;
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    return failure('heartbeatIntervalMs must be less than sessionTimeoutMs');
  }
  if (fetchMaxWaitMs >= requestTimeoutMs) return failure('fetchMaxWaitMs must be less than requestTimeoutMs');
  return config;
}

/** What connections need to know, whoever uses them: clients, and nodes of a cluster among themselves. */
export type ConnectionsConfig = Omit<CommonConfig, keyof Servers | 'metadataMaxAgeMs'>;

/** For a node that talks to nodes whose addresses it knows. */
export function nodeConnections(clientId: string, requestTimeoutMs: number): ConnectionsConfig {
  const { retryBackoffMs, retryBackoffMaxMs, reconnectBackoffMs, reconnectBackoffMaxMs } = commonOptions;
  return {
    clientId,
    requestTimeoutMs,
    retryBackoffMs: retryBackoffMs.default,
    retryBackoffMaxMs: retryBackoffMaxMs.default,
    reconnectBackoffMs: reconnectBackoffMs.default,
    reconnectBackoffMaxMs: reconnectBackoffMaxMs.default,
    socketConnectionSetupTimeoutMs: commonOptions.socketConnectionSetupTimeoutMs.default,
    receiveMessageMaxBytes: commonOptions.receiveMessageMaxBytes.default,
  };
}

export function adminConfig(given: AdminOptions): Outcome<AdminConfig, string> {
  return complete<AdminConfig>(adminOptions, given);
}
