// Produce: the table of what is refused; and DeleteRecords.

import { deleteRecords } from '../../protocol/apis/delete-records.ts';
import { produce } from '../../protocol/apis/produce.ts';
import { batchOf, damaged, joined } from './batches.ts';
import { topicOf } from './topics.ts';
import type { Values, Witness } from './witness.ts';

const timeoutMs = 5000;
const dayMs = 86_400_000;
const strangeId = 'AAAAAAAAAAAAAAAAAAAABw';

/** A request with one batch. */
export function produceTo(
  topic: string,
  topicId: string,
  records: Uint8Array | null,
  more: Values = {},
): Values {
  const { index = 0, ...others } = more;
  return {
    acks: -1,
    timeoutMs,
    topicData: [{ name: topic, topicId, partitionData: [{ index, records }] }],
    ...others,
  };
}

/** Batches that are wrong in one way each. */
function batches(): readonly (readonly [question: string, records: Uint8Array])[] {
  const good = batchOf({ count: 3 });
  const emptied = (view: DataView) => {
    view.setInt32(57, 0);
    view.setInt32(23, -1);
  };
  return [
    ['good', good],
    ['no bytes', new Uint8Array(0)],
    ['5 bytes', new Uint8Array(5)],
    ['cut in the header', good.subarray(0, 40)],
    ['cut in a record', good.subarray(0, good.length - 3)],
    ['bytes behind', joined(good, new Uint8Array(5))],
    ['two batches', joined(good, good)],
    ['a bad checksum', damaged(good, (view) => view.setInt32(23, 1), 'left')],
    ['format 1', damaged(good, (view) => view.setInt8(16, 1))],
    ['format 0', damaged(good, (view) => view.setInt8(16, 0))],
    ['format 3', damaged(good, (view) => view.setInt8(16, 3))],
    ['base offset 7', batchOf({ count: 3, baseOffset: 7 })],
    ['leader epoch 99', batchOf({ count: 3, partitionLeaderEpoch: 99 })],
    ['a last offset too large', damaged(good, (view) => view.setInt32(23, 9))],
    ['a last offset too small', damaged(good, (view) => view.setInt32(23, 1))],
    ['a last offset below 0', damaged(good, (view) => view.setInt32(23, -1))],
    ['a count too large', damaged(good, (view) => view.setInt32(57, 4))],
    ['a count too small', damaged(good, (view) => view.setInt32(57, 2))],
    ['a count of 0', damaged(good, (view) => view.setInt32(57, 0))],
    ['a count of 0, last offset -1', damaged(good, emptied)],
    ['a negative count', damaged(good, (view) => view.setInt32(57, -2))],
    ['no records', batchOf({ count: 0, lastOffsetDelta: 0 })],
    ['codec 7', damaged(good, (view) => view.setInt16(21, 7))],
    ['codec gzip, not gzip', damaged(good, (view) => view.setInt16(21, 1))],
    ['codec lz4, not lz4', damaged(good, (view) => view.setInt16(21, 3))],
    ['log append time', batchOf({ count: 2, timestampType: 'LogAppendTime' })],
    ['log append time, gzip', batchOf({ count: 2, timestampType: 'LogAppendTime', compression: 'gzip' })],
    ['a wrong largest timestamp', damaged(good, (view) => view.setBigInt64(35, 5n))],
    ['an unknown attribute', damaged(good, (view) => view.setInt16(21, 0x80))],
    ['control', batchOf({ isControl: true })],
    ['transactional', batchOf({ isTransactional: true })],
    ['transactional with a producer', batchOf({ isTransactional: true, ...producer(7000, 0, 0) })],
    ['transactional, a good id in the request', batchOf()],
    ['timestamp -1', batchOf({ timestamp: -1 })],
    ['timestamp -2', batchOf({ timestamp: -2 })],
    ['timestamp 0', batchOf({ timestamp: 0 })],
    ['two hours ahead', batchOf({ timestamp: Date.now() + dayMs / 12 })],
    ['no key', batchOf({ key: null })],
    ['2,000 bytes', batchOf({ valueBytes: 2000 })],
    ['gzip', batchOf({ count: 5, compression: 'gzip' })],
    ['snappy', batchOf({ count: 5, compression: 'snappy' })],
    ['lz4', batchOf({ count: 5, compression: 'lz4' })],
    ['zstd', batchOf({ count: 5, compression: 'zstd' })],
    ['a producer without sequence', batchOf(producer(5, 0, -1))],
    ['a producer without epoch', batchOf(producer(5, -1, 0))],
    ['a sequence without producer', batchOf(producer(-1, -1, 0))],
    ['an epoch without producer', batchOf(producer(-1, 3, -1))],
    ['a producer below -1', batchOf(producer(-5, 0, 0))],
  ];
}

function producer(producerId: number, producerEpoch: number, baseSequence: number) {
  return { producerId, producerEpoch, baseSequence };
}

export async function tellProduce(of: Witness): Promise<void> {
  const kinds: readonly (readonly [kind: string, name: string, value: string])[] = [
    ['plain', 'retention.ms', '-1'],
    ['compacted', 'cleanup.policy', 'compact'],
    ['stamped', 'message.timestamp.type', 'LogAppendTime'],
    ['narrow', 'max.message.bytes', '1000'],
    ['punctual', 'message.timestamp.before.max.ms', '60000'],
    ['zipped', 'compression.type', 'gzip'],
    ['demanding', 'min.insync.replicas', '2'],
    ['small segments', 'internal.segment.bytes', '100'],
  ];
  for (const [kind, name, value] of kinds) {
    const topic = of.name(kind.replace(' ', '-'));
    const id = await topicOf(of, topic, { configs: [{ name, value }] });
    of.tellAside(`${kind}: null records`, produce, 9, produceTo(topic, id, null));
    for (const [question, records] of batches()) {
      await tellBatch(of, 9, `${kind}: ${question}`, produceTo(topic, id, records));
    }
  }
  const topic = of.name('plain');
  const id = await topicOf(of, topic);
  for (let version = 3; version <= 13; version++) {
    const tell = (question: string, records: Uint8Array | null, more: Values = {}) =>
      tellBatch(of, version, question, produceTo(topic, id, records, more));
    await tell('good', batchOf());
    await tell('zstd', batchOf({ compression: 'zstd' }));
    await tell(
      'bad checksum',
      damaged(batchOf(), (view) => view.setInt32(23, 1), 'left'),
    );
    await tell('two batches', joined(batchOf(), batchOf()));
    await tell('acks 1', batchOf(), { acks: 1 });
    await tell('acks 2', batchOf(), { acks: 2 });
    await tell('acks -2', batchOf(), { acks: -2 });
    await tell('partition 9', batchOf(), { index: 9 });
    await tell('partition -1', batchOf(), { index: -1 });
    await of.tell('unknown topic', produce, version, produceTo('nowhere', strangeId, batchOf()));
    await of.tell('bad topic name', produce, version, produceTo('a/b', strangeId, batchOf()));
    await of.tell('nothing', produce, version, { acks: -1, timeoutMs, topicData: [] });
    await of.tell('internal', produce, version, produceTo('__consumer_offsets', strangeId, batchOf()));
  }
}

/** The answer without its offset and its time: they hang on what was taken before. */
async function tellBatch(of: Witness, version: number, question: string, values: Values): Promise<void> {
  const answer = await of.ask(produce, version, values);
  if (typeof answer === 'string') return of.keep(`Produce v${version}: ${question}`, answer);
  const { responses } = answer as { responses: { partitionResponses: Values[] }[] };
  const [told] = responses[0]?.partitionResponses ?? [];
  if (told !== undefined && (told.logAppendTimeMs as number) > 0) told.logAppendTimeMs = 'a time';
  if (told !== undefined && (told.baseOffset as number) >= 0) told.baseOffset = 'an offset';
  of.keep(`Produce v${version}: ${question}`, answer);
}

export async function tellDeleteRecords(of: Witness): Promise<void> {
  const topic = of.name('shortened');
  const id = await topicOf(of, topic);
  for (let n = 0; n < 3; n++) await of.ask(produce, 9, produceTo(topic, id, batchOf({ count: 4 })));
  const compacted = of.name('uncut');
  await topicOf(of, compacted, { configs: [{ name: 'cleanup.policy', value: 'compact' }] });
  for (const version of [0, 1, 2]) {
    const tell = (question: string, offset: number, partitionIndex = 0, name = topic) =>
      of.tell(question, deleteRecords, version, {
        topics: [{ name, partitions: [{ partitionIndex, offset }] }],
        timeoutMs,
      });
    await tell('to 0', 0);
    await tell(`to ${version + 2}`, version + 2);
    await tell('back to 1', 1);
    await tell('beyond the end', 13);
    await tell('below 0', -2);
    await tell('partition 9', 0, 9);
    await tell('unknown topic', 0, 0, 'nowhere');
    await tell('bad topic name', 0, 0, 'a/b');
    await tell('a compacted topic', 0, 0, compacted);
    await tell('an internal topic', 0, 0, '__consumer_offsets');
    if (version === 2) await tell('to the end', -1);
  }
}
