// Idempotent producers: who gets an id, and which batches a leader takes from whom. Above all from a producer that it
// does not know, as after a change of leader, when the records were deleted, or when the topic was made anew.

import { deleteRecords } from '../../protocol/apis/delete-records.ts';
import { incrementalAlterConfigs } from '../../protocol/apis/incremental-alter-configs.ts';
import { initProducerId } from '../../protocol/apis/init-producer-id.ts';
import { listOffsets } from '../../protocol/apis/list-offsets.ts';
import { produce } from '../../protocol/apis/produce.ts';
import { batchOf } from './batches.ts';
import { produceTo } from './produce.ts';
import { removedTopic, topicOf } from './topics.ts';
import { type Values, type Witness, within } from './witness.ts';

const timeoutMs = 5000;
const [oldest, compact, newest] = [3, 9, 13];
const sequenceMax = 2_147_483_647;
const [topicType, brokerType] = [2, 4];
const earliest = -2;

interface Sent {
  readonly sequence: number;
  readonly epoch?: number;
  /** 1 record unless said otherwise. */
  readonly count?: number;
}

type Row = readonly [question: string, sent: Sent];

const threeBatches: readonly Row[] = [0, 2, 4].map((sequence) => [`${sequence}`, { sequence, count: 2 }]);

export async function tellIdempotence(of: Witness): Promise<void> {
  await tellIds(of);
  for (const version of [oldest, compact, newest]) {
    await tellSequences(of, version);
    await tellStrangers(of, version);
  }
  await tellDeleted(of);
  await tellExpired(of);
  await tellMadeAnew(of);
}

async function tellIds(of: Witness): Promise<void> {
  // A Kafka that has just started fetches its first block of producer ids now.
  for (let tries = 0; tries < 50; tries++) {
    const answer = await of.ask(initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 });
    if ((answer as { errorCode: number }).errorCode === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (let version = 0; version <= 5; version++) {
    const tell = (question: string, values: Values) =>
      of.tell(question, initProducerId, version, { transactionTimeoutMs: 1000, ...values });
    await tell('idempotent', { transactionalId: null });
    await tell('no timeout', { transactionalId: null, transactionTimeoutMs: 0 });
    await tell('an empty transactional id', { transactionalId: '' });
    if (version < 3) continue;
    await tell('a producer of before', { transactionalId: null, producerId: 1, producerEpoch: 0 });
    await tell('an epoch alone', { transactionalId: null, producerEpoch: 3 });
    await tell('a producer alone', { transactionalId: null, producerId: 3 });
  }
  await of.tell('a transactional id', initProducerId, 5, {
    transactionalId: 't',
    transactionTimeoutMs: 1000,
  });
}

/** One producer in one partition: each batch is a question. */
class Producer {
  readonly #of: Witness;
  readonly #topic: string;
  readonly #topicId: string;
  readonly #producerId: number;

  constructor(of: Witness, topic: string, topicId: string, producerId: number) {
    this.#of = of;
    this.#topic = topic;
    this.#topicId = topicId;
    this.#producerId = producerId;
  }

  async tell(question: string, version: number, { sequence, epoch = 0, count = 1 }: Sent): Promise<void> {
    const answer = await this.#send(version, sequence, epoch, count);
    // When it was first appended: a time of each broker's own.
    this.#of.keep(`Produce v${version}: ${question}`, JSON.parse(JSON.stringify(answer, withoutTime)));
  }

  /** Sends as `tell` does, and keeps nothing. */
  async isTaken(version: number, { sequence, epoch = 0, count = 1 }: Sent): Promise<boolean> {
    return JSON.stringify(await this.#send(version, sequence, epoch, count)).includes('"errorCode":0');
  }

  async tellAll(about: string, version: number, rows: readonly Row[]): Promise<void> {
    for (const [question, sent] of rows) await this.tell(`${about}: ${question}`, version, sent);
  }

  #send(version: number, baseSequence: number, producerEpoch: number, count: number): Promise<unknown> {
    const records = batchOf({ count, producerId: this.#producerId, producerEpoch, baseSequence });
    return this.#of.ask(produce, version, produceTo(this.#topic, this.#topicId, records));
  }
}

function withoutTime(name: string, value: unknown): unknown {
  return name === 'logAppendTimeMs' && (value as number) > 0 ? 'a time' : value;
}

async function drawnId(of: Witness): Promise<number> {
  const drawn = await of.ask(initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 });
  return (drawn as { producerId: number }).producerId;
}

async function tellSequences(of: Witness, version: number): Promise<void> {
  const topic = of.name(`sequences${version}`);
  const known = new Producer(of, topic, await topicOf(of, topic), await drawnId(of));
  await known.tellAll('sequences', version, [
    ['first', { sequence: 0, count: 2 }],
    ['again', { sequence: 0, count: 2 }],
    ['again, but longer', { sequence: 0, count: 3 }],
    ['a gap', { sequence: 5 }],
    ['the next', { sequence: 2 }],
    ...[3, 5, 7, 9, 11].map((sequence): Row => [`on to ${sequence}`, { sequence, count: 2 }]),
    ...[11, 9, 7, 5, 3].map((sequence): Row => [`${sequence} again`, { sequence, count: 2 }]),
    ['the sixth last again', { sequence: 2 }],
    ['the first again', { sequence: 0, count: 2 }],
    ['the head of one of the five', { sequence: 7 }],
    ['the tail of one of the five', { sequence: 8 }],
    ['two of the five in one', { sequence: 7, count: 4 }],
    ['a longer one over the end', { sequence: 11, count: 3 }],
    ['a gap of one', { sequence: 14 }],
    ['a new epoch, sequence 13', { epoch: 1, sequence: 13 }],
    ['a new epoch, sequence 0', { epoch: 1, sequence: 0 }],
    ['the old epoch goes on', { sequence: 13 }],
    ['the last of the old epoch again', { sequence: 11, count: 2 }],
    ['the new epoch goes on', { epoch: 1, sequence: 1 }],
    ['the epoch after next, sequence 2', { epoch: 3, sequence: 2 }],
    ['the epoch after next', { epoch: 3, sequence: 0 }],
  ]);
}

/** A leader that knows nothing of the producer, because somebody else led before, takes what comes first. */
async function tellStrangers(of: Witness, version: number): Promise<void> {
  const topic = of.name(`strangers${version}`);
  const id = await topicOf(of, topic);
  const about = (name: string, producerId: number, rows: readonly Row[]) =>
    new Producer(of, topic, id, producerId).tellAll(`a stranger ${name}`, version, rows);
  await about('in an empty partition', 900_001, [
    ['the third of five in flight', { sequence: 2 }],
    ['the first of them', { sequence: 0 }],
    ['the second of them', { sequence: 1 }],
    ['the fourth of them', { sequence: 3 }],
    ['the fifth of them', { sequence: 4 }],
    ['the third again', { sequence: 2 }],
    ['the first again', { sequence: 0 }],
    ['a gap', { sequence: 6 }],
    ['the next', { sequence: 5 }],
  ]);
  await about('among others', 900_002, [
    ['far away', { sequence: 77_000, count: 3 }],
    ['before that', { sequence: 76_999 }],
    ['from the start', { sequence: 0 }],
    ['a new epoch, not from 0', { epoch: 1, sequence: 77_003 }],
    ['the next', { sequence: 77_003 }],
  ]);
  await about('of epoch 5', 900_003, [
    ['from the middle', { epoch: 5, sequence: 3 }],
    ['an epoch before', { epoch: 4, sequence: 0 }],
    ['the next', { epoch: 5, sequence: 4 }],
  ]);
  await about('at the largest sequence', 900_004, [
    ['from the middle', { sequence: sequenceMax - 1, count: 2 }],
    ['over it', { sequence: 0 }],
    ['far away', { sequence: 77 }],
    ['the next', { sequence: 1 }],
  ]);
  await about('over the largest sequence', 900_005, [
    ['in one batch', { sequence: sequenceMax - 1, count: 4 }],
    ['again', { sequence: sequenceMax - 1, count: 4 }],
    ['a gap', { sequence: 3 }],
    ['the next', { sequence: 2 }],
  ]);
}

/** What a producer sent is gone, what is known of it is not. */
async function tellDeleted(of: Witness): Promise<void> {
  const ways: readonly (readonly [way: string, remove: (of: Witness, topic: string) => Promise<unknown>])[] =
    [
      ['by DeleteRecords', deleteAllRecords],
      ['by retention', deleteByRetention],
    ];
  for (const [way, remove] of ways) {
    const topic = of.name(`deleted-${way.replace(' ', '-')}`);
    const known = new Producer(of, topic, await topicOf(of, topic), await drawnId(of));
    await known.tellAll(`deleted ${way}`, newest, threeBatches);
    await remove(of, topic);
    of.keep(`Produce: deleted ${way}: log start`, String(await logStart(of, topic)));
    await known.tellAll(`deleted ${way}`, newest, [
      ['the last again', { sequence: 4, count: 2 }],
      ['the first again', { sequence: 0, count: 2 }],
      ['a gap', { sequence: 8 }],
      ['from the start', { sequence: 0 }],
      ['a new epoch, not from 0', { epoch: 1, sequence: 6 }],
      ['the next', { sequence: 6 }],
    ]);
  }
}

async function deleteAllRecords(of: Witness, name: string): Promise<void> {
  await of.ask(deleteRecords, 2, {
    topics: [{ name, partitions: [{ partitionIndex: 0, offset: -1 }] }],
    timeoutMs,
  });
}

/** Whole segments, as soon as the broker looks. */
async function deleteByRetention(of: Witness, topic: string): Promise<void> {
  await setConfig(of, topicType, topic, 'retention.ms', '1');
  await within(async () => (await logStart(of, topic)) > 0);
  await setConfig(of, topicType, topic, 'retention.ms', '-1');
}

async function logStart(of: Witness, name: string): Promise<number> {
  const partitions = [{ partitionIndex: 0, timestamp: earliest }];
  const answer = await of.ask(listOffsets, 4, { replicaId: -1, topics: [{ name, partitions }] });
  const { topics } = answer as { topics: { partitions: { offset: number }[] }[] };
  return topics[0]?.partitions[0]?.offset ?? -1;
}

/** A producer that was silent for too long is a stranger again: then a gap is none. */
async function tellExpired(of: Witness): Promise<void> {
  const topic = of.name('expired');
  const id = await topicOf(of, topic);
  const silent = new Producer(of, topic, id, await drawnId(of));
  await silent.tellAll('expired', newest, threeBatches);
  await silent.tell('expired: a gap, before', newest, { sequence: 9 });
  // Whoever was silent even longer has been forgotten with the one that shows it.
  const shown = new Producer(of, topic, id, await drawnId(of));
  await shown.tell('expired: another', newest, { sequence: 0 });
  await setConfig(of, brokerType, '', 'producer.id.expiration.ms', '500');
  await within(async () => shown.isTaken(newest, { sequence: 9 }));
  await setConfig(of, brokerType, '', 'producer.id.expiration.ms', null);
  await silent.tellAll('expired', newest, [
    ['a gap', { sequence: 9 }],
    ['the last before', { sequence: 4, count: 2 }],
    ['another gap', { sequence: 20 }],
    ['the next', { sequence: 10 }],
  ]);
}

async function tellMadeAnew(of: Witness): Promise<void> {
  const topic = of.name('made-anew');
  const producerId = await drawnId(of);
  const before = new Producer(of, topic, await topicOf(of, topic), producerId);
  await before.tellAll('made anew', newest, threeBatches);
  await removedTopic(of, topic);
  await before.tell('made anew: to the former topic', newest, { sequence: 6 });
  await new Producer(of, topic, await topicOf(of, topic), producerId).tellAll('made anew', newest, [
    ['goes on', { sequence: 8 }],
    ['from the start', { sequence: 0 }],
    ['the next', { sequence: 9 }],
  ]);
}

async function setConfig(
  of: Witness,
  type: number,
  name: string,
  key: string,
  value: string | null,
): Promise<void> {
  const [set, remove] = [0, 1];
  const configs = [{ name: key, configOperation: value === null ? remove : set, value }];
  await of.ask(incrementalAlterConfigs, 1, {
    resources: [{ resourceType: type, resourceName: name, configs }],
  });
}
