// The final scan: every partition, from its log start to its end. What it finds is the truth that the checkers compare
// everything with, so it asks the broker itself and trusts nothing in between: not our consumer, not a batch whose
// checksum is wrong. Damage is written down and walked around, offset by offset. Who leads is read from; in a cluster
// the same may be read once more through every other replica, when it leads (replica-scan.ts).
//
// A partition ends where its leader's log ends. A reader is shown less while the followers are still fetching what was
// acknowledged with acks=1, so the scan waits until they have: the rest is not lost, only not yet readable.

import {
  BatchWalk,
  type BrokerConnection,
  decodeRecords,
  errorName,
  fetchApi,
  listOffsetsApi,
  type Task,
  zeroUuid,
} from '../../engine/index.ts';
import type { ScannedRecord } from '../record/history.ts';
import type { Session } from '../workload.ts';
import { connected, connectedTo, connectedToLeader } from './direct.ts';
import { described } from './reading.ts';

/** Answers without progress after which a partition counts as not readable to its end. */
const fruitlessMax = 20;
/** Damaged offsets of one partition that the scan walks around. */
const corruptOffsetsMax = 10_000;
const fetchBytes = 1_000_000;
/** Later versions name topics by id. */
const fetchByNameVersion = 12;
/** Answers that say that these bytes cannot be read, now or later. */
const damageErrors: ReadonlySet<string> = new Set([
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_SERVER_ERROR',
]);
const latest = -1;
const earliest = -2;
const consumer = -1;
/** Asks as one who debugs: told of the end of the log, whatever is committed of it. */
const whoDebugs = -2;

export function* finalScan(session: Session): Task<void> {
  const isCluster = session.bootstrap.length > 1;
  let connection = yield* connected(session);
  for (const [topic, { partitions }] of Object.entries(session.topics)) {
    for (let partition = 0; partition < partitions; partition++) {
      if (isCluster) {
        connection.close();
        connection = yield* connectedToLeader(session, topic, partition);
      } else if (!connection.open) connection = yield* connected(session);
      const scan = new PartitionScan(session, connection, topic, partition, null);
      yield* scan.run();
    }
  }
  connection.close();
}

/** Scans one partition through one of its replicas, which leads at the moment. */
export function* scanThrough(
  session: Session,
  topic: string,
  partition: number,
  brokerId: number,
): Task<void> {
  const connection = yield* connectedTo(session, brokerId);
  const scan = new PartitionScan(session, connection, topic, partition, brokerId);
  yield* scan.run();
  scan.close();
}

class PartitionScan {
  readonly #session: Session;
  readonly #topic: string;
  readonly #partition: number;
  /** The broker to read from, whoever leads; null: whoever leads. */
  readonly #through: number | null;
  #connection: BrokerConnection;
  readonly #records: ScannedRecord[] = [];
  readonly #corruptAt: number[] = [];
  #next = 0;

  constructor(
    session: Session,
    connection: BrokerConnection,
    topic: string,
    partition: number,
    through: number | null,
  ) {
    this.#through = through;
    this.#session = session;
    this.#connection = connection;
    this.#topic = topic;
    this.#partition = partition;
  }

  *run(): Task<void> {
    const start = yield* this.#edge(earliest, consumer);
    const end = yield* this.#settledEnd();
    this.#next = Math.max(0, start);
    for (let fruitless = 0; this.#next < end && fruitless < fruitlessMax; ) {
      const before = this.#next;
      yield* this.#fetch();
      if (this.#next > before) fruitless = 0;
      else fruitless++;
    }
    this.#session.history.scan({
      topic: this.#topic,
      partition: this.#partition,
      complete: start >= 0 && end >= 0 && this.#next >= end,
      logStartOffset: start,
      logEndOffset: end,
      records: this.#records,
      corruptAt: this.#corruptAt,
      ...(this.#through === null ? {} : { through: this.#through }),
    });
  }

  close(): void {
    this.#connection.close();
  }

  /** The end of the log, once all of it is readable; -1 when it does not become so, asked often enough. */
  *#settledEnd(): Task<number> {
    for (let attempt = 0; attempt < fruitlessMax; attempt++) {
      const logEnd = yield* this.#edge(latest, whoDebugs);
      const readable = yield* this.#edge(latest, consumer);
      if (readable >= logEnd) return readable;
      yield* this.#again();
    }
    return -1;
  }

  /** -1 when the broker does not say, asked often enough. */
  *#edge(timestamp: number, replicaId: number): Task<number> {
    for (let attempt = 0; attempt < fruitlessMax; attempt++) {
      const partitions = [{ partitionIndex: this.#partition, timestamp }];
      const topics = [{ name: this.#topic, partitions }];
      const request = { replicaId, isolationLevel: 0, topics, timeoutMs: 5_000 };
      const answer = yield* this.#connection.request(listOffsetsApi, request);
      const told = answer.ok ? answer.value.topics[0]?.partitions[0] : undefined;
      if (told !== undefined && told.errorCode === 0) return told.offset;
      yield* this.#again();
    }
    return -1;
  }

  *#fetch(): Task<void> {
    const answer = yield* this.#connection.request(
      fetchApi,
      {
        maxWaitMs: 100,
        minBytes: 1,
        maxBytes: fetchBytes,
        topics: [
          {
            topic: this.#topic,
            topicId: zeroUuid,
            partitions: [
              { partition: this.#partition, fetchOffset: this.#next, partitionMaxBytes: fetchBytes },
            ],
          },
        ],
        forgottenTopicsData: [],
      },
      { maxVersion: fetchByNameVersion },
    );
    const told = answer.ok ? answer.value.responses[0]?.partitions[0] : undefined;
    if (told === undefined) yield* this.#again();
    else if (told.errorCode === 0) this.#take(told.records ?? new Uint8Array(0));
    else if (!damageErrors.has(errorName(told.errorCode)) || !this.#skip()) yield* this.#again();
  }

  #take(bytes: Uint8Array): void {
    const walk = new BatchWalk(bytes);
    for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
      if (batch.isCrcValid() && batch.lastOffset < this.#next) continue;
      const decoded = batch.isCrcValid() ? decodeRecords(batch) : undefined;
      if (decoded === undefined || !decoded.ok) {
        this.#skip();
        return;
      }
      for (const { offset, value } of batch.isControl ? [] : decoded.value) {
        if (offset < this.#next) continue;
        const record = { topic: this.#topic, partition: this.#partition, offset, value };
        this.#records.push({ offset, ...described(record) });
      }
      this.#next = batch.nextOffset;
    }
  }

  /** Writes the present offset down as damaged and goes behind it; false when there is too much of it. */
  #skip(): boolean {
    if (this.#corruptAt.length >= corruptOffsetsMax) return false;
    this.#corruptAt.push(this.#next);
    this.#next++;
    return true;
  }

  *#again(): Task<void> {
    yield* this.#session.runtime.sleep(200, `the scan of ${this.#topic}-${this.#partition} tries again`);
    // In a cluster it may lead no more: it is asked for again.
    if (this.#session.bootstrap.length > 1) this.#connection.close();
    if (!this.#connection.open) this.#connection = yield* this.#connect();
  }

  #connect(): Task<BrokerConnection> {
    if (this.#through !== null) return connectedTo(this.#session, this.#through);
    return connectedToLeader(this.#session, this.#topic, this.#partition);
  }
}
