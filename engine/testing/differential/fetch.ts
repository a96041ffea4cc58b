// Fetch with and without sessions, ListOffsets, OffsetForLeaderEpoch.

import { fetch } from '../../protocol/apis/fetch.ts';
import { listOffsets } from '../../protocol/apis/list-offsets.ts';
import { offsetForLeaderEpoch } from '../../protocol/apis/offset-for-leader-epoch.ts';
import { produce } from '../../protocol/apis/produce.ts';
import { batchOf } from './batches.ts';
import { produceTo } from './produce.ts';
import { topicOf } from './topics.ts';
import type { Values, Witness } from './witness.ts';

const strangeId = 'AAAAAAAAAAAAAAAAAAAABw';
const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';
const firstTimestamp = 1_700_000_000_000;

/** A topic whose partition 0 holds 3 batches of 4 records, a second apart, and has lost its first 2 records. */
async function filledTopic(of: Witness, name: string): Promise<string> {
  const id = await topicOf(of, name);
  for (let n = 0; n < 3; n++) {
    const records = batchOf({ count: 4, timestamp: firstTimestamp + n * 1000 });
    await of.ask(produce, 9, produceTo(name, id, records));
  }
  return id;
}

export async function tellFetch(of: Witness): Promise<void> {
  const topic = of.name('fetched');
  const topicId = await filledTopic(of, topic);
  const asked = (partition: Values, more: Values = {}): Values => ({
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    topics: [{ topic, topicId, partitions: [{ partition: 0, partitionMaxBytes: 1_000_000, ...partition }] }],
    ...more,
  });
  for (let version = 4; version <= 18; version++) {
    const tell = (question: string, partition: Values, more: Values = {}) =>
      of.tell(question, fetch, version, asked(partition, more));
    await tell('from the start', { fetchOffset: 0 });
    await tell('inside a batch', { fetchOffset: 6 });
    await tell('at the end', { fetchOffset: 12 });
    await tell('beyond the end', { fetchOffset: 13 });
    await tell('below 0', { fetchOffset: -1 });
    await tell('partition 9', { partition: 9, fetchOffset: 0 });
    await tell('an unknown topic', {}, other('nowhere', strangeId));
    await tell('a bad topic name', {}, other('a/b', zeroId));
    await tell('1 byte', { fetchOffset: 0 }, { maxBytes: 1 });
    await tell('1 byte of the partition', { fetchOffset: 0, partitionMaxBytes: 1 });
    await tell('0 bytes of the partition', { fetchOffset: 0, partitionMaxBytes: 0 });
    await tell('0 bytes', { fetchOffset: 0 }, { maxBytes: 0 });
    await tell('200 bytes', { fetchOffset: 0, partitionMaxBytes: 200 });
    await tell('committed only', { fetchOffset: 0 }, { isolationLevel: 1 });
    await tell('isolation 7', { fetchOffset: 0 }, { isolationLevel: 7 });
    await tell('committed only, beyond', { fetchOffset: 13 }, { isolationLevel: 1 });
    await tell('much of nothing', { fetchOffset: 12 }, { minBytes: 1000, maxWaitMs: 10 });
    if (version >= 9) {
      await tell('the leader epoch', { fetchOffset: 0, currentLeaderEpoch: 0 });
      await tell('a later leader epoch', { fetchOffset: 0, currentLeaderEpoch: 99 });
      await tell('a later leader epoch, beyond', { fetchOffset: 99, currentLeaderEpoch: 99 });
    }
    if (version >= 12) {
      await tell('last epoch 0', { fetchOffset: 4, lastFetchedEpoch: 0 });
      await tell('last epoch 5', { fetchOffset: 4, lastFetchedEpoch: 5 });
      await tell('last epoch 0, beyond', { fetchOffset: 20, lastFetchedEpoch: 0 });
      await tell('last epoch -2', { fetchOffset: 4, lastFetchedEpoch: -2 });
    }
  }
  await tellSessions(of, asked, topic, topicId);
}

function other(topic: string, topicId: string): Values {
  return { topics: [{ topic, topicId, partitions: [{ partition: 0, partitionMaxBytes: 1000 }] }] };
}

async function tellSessions(
  of: Witness,
  asked: (partition: Values, more?: Values) => Values,
  topic: string,
  topicId: string,
): Promise<void> {
  for (const version of [7, 12, 13, 17]) {
    const tell = async (question: string, values: Values) => {
      const answer = await of.tell(`session: ${question}`, fetch, version, values);
      return (answer as { sessionId?: number }).sessionId ?? 0;
    };
    await tell('unknown id', asked({ fetchOffset: 0 }, { sessionId: 7, sessionEpoch: 1 }));
    await tell('no id, epoch 1', asked({ fetchOffset: 0 }, { sessionId: 0, sessionEpoch: 1 }));
    await tell('an id, epoch 0', asked({ fetchOffset: 0 }, { sessionId: 7, sessionEpoch: 0 }));
    await tell('an id, epoch -1', asked({ fetchOffset: 0 }, { sessionId: 7, sessionEpoch: -1 }));
    await tell('epoch -5', asked({ fetchOffset: 0 }, { sessionId: 7, sessionEpoch: -5 }));
    const sessionId = await tell('new', asked({ fetchOffset: 0 }, { sessionEpoch: 0 }));
    of.keep(`Fetch v${version}: session: has an id`, String(sessionId !== 0));
    const next = (sessionEpoch: number, more: Values = {}) => ({
      ...asked({}, { sessionId, sessionEpoch, topics: [], ...more }),
    });
    await tell('nothing more', next(1));
    await tell('a wrong epoch', next(9));
    await tell('moved to the end', next(2, { topics: asked({ fetchOffset: 12 }).topics }));
    await tell('quiet', next(3));
    await tell('one more partition', next(4, { topics: asked({ partition: 1, fetchOffset: 0 }).topics }));
    await tell('an unknown partition', next(5, { topics: asked({ partition: 9, fetchOffset: 0 }).topics }));
    await tell('an unknown topic', next(6, other('nowhere', strangeId)));
    await tell('quiet but for the unknown', next(7));
    const forgotten = { forgottenTopicsData: [{ topic, topicId, partitions: [9] }] };
    await tell('forget the unknown', next(8, forgotten));
    await tell('beyond the end', next(9, { topics: asked({ fetchOffset: 99 }).topics }));
    await tell('still beyond', next(10));
    await tell('close', next(-1));
    await tell('closed', next(11));
    const emptied = await tell('nothing at all', asked({}, { topics: [], sessionEpoch: 0 }));
    of.keep(`Fetch v${version}: session: of nothing has an id`, String(emptied !== 0));
  }
}

export async function tellListOffsets(of: Witness): Promise<void> {
  const topic = of.name('listed');
  await filledTopic(of, topic);
  const empty = 1;
  for (let version = 1; version <= 11; version++) {
    const tell = (question: string, timestamp: number, partition: Values = {}, more: Values = {}) =>
      of.tell(question, listOffsets, version, {
        replicaId: -1,
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, ...partition }] }],
        ...more,
      });
    for (const timestamp of [-1, -2, -3, -4, -5, -6, -7, 0]) {
      await tell(`${timestamp}`, timestamp);
      await tell(`${timestamp}, empty`, timestamp, { partitionIndex: empty });
    }
    await tell('the first batch', firstTimestamp);
    await tell('after the first batch', firstTimestamp + 1);
    await tell('the last batch', firstTimestamp + 2000);
    await tell('after the last batch', firstTimestamp + 2001);
    await tell('partition 9', -1, { partitionIndex: 9 });
    const at = (name: string) => ({ topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }] });
    await tell('an unknown topic', -1, {}, at('nowhere'));
    await tell('a bad topic name', -1, {}, at('a/b'));
    const twice = [0, 0].map((partitionIndex) => ({ partitionIndex, timestamp: -1 }));
    await tell('one partition twice', -1, {}, { topics: [{ name: topic, partitions: twice }] });
    if (version >= 2) {
      await tell('committed only', -1, {}, { isolationLevel: 1 });
      await tell('isolation 7', -1, {}, { isolationLevel: 7 });
    }
    if (version < 4) continue;
    for (const timestamp of [-1, -2, firstTimestamp]) {
      await tell(`${timestamp}, leader epoch`, timestamp, { currentLeaderEpoch: 0 });
      await tell(`${timestamp}, a later leader epoch`, timestamp, { currentLeaderEpoch: 99 });
    }
    await tell('a replica asks', -1, {}, { replicaId: 5 });
    await tell('a debugger asks', -1, {}, { replicaId: -2 });
  }
}

export async function tellOffsetForLeaderEpoch(of: Witness): Promise<void> {
  const topic = of.name('epochs');
  await filledTopic(of, topic);
  for (const version of [2, 3, 4]) {
    const tell = (question: string, leaderEpoch: number, more: Values = {}, name = topic) =>
      of.tell(question, offsetForLeaderEpoch, version, {
        replicaId: -1,
        topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch, ...more }] }],
      });
    await tell('epoch 0', 0);
    await tell('epoch 1', 1);
    await tell('epoch -1', -1);
    await tell('epoch -2', -2);
    await tell('epoch 0, empty', 0, { partition: 1 });
    await tell('current 0', 0, { currentLeaderEpoch: 0 });
    await tell('current 99', 0, { currentLeaderEpoch: 99 });
    await tell('partition 9', 0, { partition: 9 });
    await tell('unknown topic', 0, {}, 'nowhere');
    await tell('bad topic name', 0, {}, 'a/b');
  }
}
