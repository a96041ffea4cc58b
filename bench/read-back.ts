// Reads a whole topic once and shows every record to the ledger. It walks the batches where they lie in the Fetch
// responses and makes an object of nothing: a checksum for each batch, the key for the number of the record, the value
// against the one that was sent under that number. Tens of millions of records are read in seconds.
//
// Each partition is read in the order in which the broker gives it, from its first offset to the end that the broker
// told before; what leads nowhere for a while ends it, and the ledger has the gap.

import {
  type Address,
  BatchWalk,
  BrokerConnection,
  type DecodedResponseOf,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  type RecordBatch,
  type Runtime,
  recordsOf,
  type Task,
  zeroUuid,
} from '../engine/index.ts';
import type { Ledger } from './ledger.ts';
import type { Payloads } from './payload.ts';

const settings = {
  clientId: 'bench-read-back',
  requestTimeoutMs: 30_000,
  socketConnectionSetupTimeoutMs: 10_000,
  receiveMessageMaxBytes: 256 << 20,
};
/** Later ones name topics by id. */
const fetchVersionMax = 12;
const listOffsetsVersionMax = 7;
const fetchWaitMs = 500;
const fetchBytesMax = 16 << 20;
const partitionBytesMax = 4 << 20;
/** A read-back without a single record for so long will not get any further. */
const standstillUs = 15e6;
const earliest = -2;
const latest = -1;

interface Partition {
  readonly index: number;
  offset: number;
  end: number;
}

interface Leader {
  readonly connection: BrokerConnection;
  readonly partitions: Partition[];
}

export interface ReadBackParts {
  readonly runtime: Runtime;
  readonly broker: Address;
  readonly topic: string;
  readonly payloads: Payloads;
  readonly ledger: Ledger;
  readonly progress: (records: number, of: number) => void;
}

/** How many records the offsets of the broker speak of; -1 when it would not tell. */
export function* readBack(parts: ReadBackParts): Task<number> {
  const leaders = yield* leadersOf(parts);
  if (leaders === undefined) return -1;
  try {
    let records = 0;
    for (const leader of leaders) {
      if (!(yield* askOffsets(leader, parts.topic))) return -1;
      for (const { offset, end } of leader.partitions) records += end - offset;
    }
    const reader = new TopicReader(parts, records);
    for (const leader of leaders) yield* reader.read(leader);
    return records;
  } finally {
    for (const { connection } of leaders) connection.close();
  }
}

class TopicReader {
  readonly #parts: ReadBackParts;
  readonly #of: number;
  #read = 0;

  constructor(parts: ReadBackParts, of: number) {
    this.#parts = parts;
    this.#of = of;
  }

  *read({ connection, partitions }: Leader): Task<void> {
    const { runtime, topic, progress } = this.#parts;
    let lastRecordUs = runtime.clock.monotonicUs();
    let open = partitions.filter(({ offset, end }) => offset < end);
    while (open.length > 0) {
      const body = fetchOf(topic, open);
      const answer = yield* connection.request(fetchApi, body, { maxVersion: fetchVersionMax });
      if (!answer.ok) return;
      const before = this.#read;
      for (const { partitions: answered } of answer.value.responses) {
        for (const each of answered) this.#takePartition(each, open);
      }
      const nowUs = runtime.clock.monotonicUs();
      if (this.#read > before) lastRecordUs = nowUs;
      else if (nowUs - lastRecordUs > standstillUs) return;
      progress(this.#read, this.#of);
      open = open.filter(({ offset, end }) => offset < end);
      // Brokers fill a response in the order of the request: the first of this one comes last in the next.
      open.push(...open.splice(0, 1));
    }
  }

  #takePartition({ partitionIndex, records }: FetchedPartition, open: readonly Partition[]): void {
    const partition = open.find(({ index }) => index === partitionIndex);
    if (partition === undefined || records === null) return;
    const walk = new BatchWalk(records);
    for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
      if (batch.lastOffset < partition.offset) continue;
      if (!this.#takeBatch(batch, partition)) return;
    }
    if (walk.stop?.kind === 'malformed') this.#unreadable(partition, walk.stop.message);
  }

  /** False when nothing behind it can be read. */
  #takeBatch(batch: RecordBatch, partition: Partition): boolean {
    if (!batch.isCrcValid()) return this.#unreadable(partition, 'the checksum of the batch is wrong');
    const opened = recordsOf(batch);
    if (!opened.ok) return this.#unreadable(partition, opened.error);
    const cursor = opened.value;
    const { ledger, payloads } = this.#parts;
    const { index } = partition;
    const { baseOffset, isControl } = batch;
    while (cursor.next()) {
      const offset = baseOffset + cursor.offsetDelta;
      if (offset < partition.offset || offset >= partition.end) continue;
      this.#read++;
      const { bytes, keyPosition, keyLength, valuePosition, valueLength } = cursor;
      const sequence = isControl ? undefined : payloads.sequenceAt(bytes, keyPosition, keyLength);
      const intact =
        sequence !== undefined && payloads.isValueAt(sequence, bytes, valuePosition, valueLength);
      ledger.readBack(index, offset, sequence, intact);
    }
    if (cursor.failure !== undefined) return this.#unreadable(partition, cursor.failure);
    partition.offset = batch.nextOffset;
    return true;
  }

  /** The rest of the partition counts as not there. */
  #unreadable(partition: Partition, detail: string): false {
    this.#parts.ledger.unreadable(partition.index, partition.offset, detail);
    partition.offset = partition.end;
    return false;
  }
}

type FetchedPartition = DecodedResponseOf<typeof fetchApi>['responses'][number]['partitions'][number];

function fetchOf(topic: string, partitions: readonly Partition[]) {
  return {
    maxWaitMs: fetchWaitMs,
    minBytes: 1,
    maxBytes: fetchBytesMax,
    topics: [
      {
        topic,
        topicId: zeroUuid,
        partitions: partitions.map(({ index, offset }) => ({
          partition: index,
          fetchOffset: offset,
          partitionMaxBytes: partitionBytesMax,
        })),
      },
    ],
    forgottenTopicsData: [],
  };
}

/** A connection to each broker that leads partitions of the topic; undefined when one cannot be had. */
function* leadersOf({ runtime, broker, topic }: ReadBackParts): Task<Leader[] | undefined> {
  const opened = yield* BrokerConnection.open(runtime, broker, settings);
  if (!opened.ok) return undefined;
  const bootstrap = opened.value;
  const ask = {
    topics: [{ name: topic, topicId: zeroUuid }],
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  };
  const answer = yield* bootstrap.request(metadataApi, ask);
  bootstrap.close();
  const [found] = answer.ok ? answer.value.topics : [];
  if (!answer.ok || found === undefined || found.errorCode !== 0) return undefined;
  const byLeader = new Map<number, Partition[]>();
  for (const { leaderId, partitionIndex } of found.partitions) {
    const partitions = byLeader.get(leaderId) ?? [];
    partitions.push({ index: partitionIndex, offset: 0, end: 0 });
    byLeader.set(leaderId, partitions);
  }
  const leaders: Leader[] = [];
  for (const [leaderId, partitions] of byLeader) {
    const address = answer.value.brokers.find(({ nodeId }) => nodeId === leaderId);
    const connected =
      address === undefined ? undefined : yield* BrokerConnection.open(runtime, address, settings);
    if (!connected?.ok) {
      for (const { connection } of leaders) connection.close();
      return undefined;
    }
    leaders.push({ connection: connected.value, partitions });
  }
  return leaders;
}

function* askOffsets({ connection, partitions }: Leader, topic: string): Task<boolean> {
  for (const timestamp of [earliest, latest]) {
    const asked = partitions.map(({ index }) => ({ partitionIndex: index, timestamp }));
    const body = {
      replicaId: -1,
      isolationLevel: 0,
      timeoutMs: settings.requestTimeoutMs,
      topics: [{ name: topic, partitions: asked }],
    };
    const answer = yield* connection.request(listOffsetsApi, body, { maxVersion: listOffsetsVersionMax });
    if (!answer.ok) return false;
    const told = new Map(
      answer.value.topics.flatMap((each) => each.partitions.map((of) => [of.partitionIndex, of] as const)),
    );
    for (const partition of partitions) {
      const of = told.get(partition.index);
      if (of === undefined || of.errorCode !== 0) return false;
      if (timestamp === earliest) partition.offset = of.offset;
      else partition.end = of.offset;
    }
  }
  return true;
}
