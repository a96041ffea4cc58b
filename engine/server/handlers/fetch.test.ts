import { describe, expect, test } from 'vitest';
import { zeroUuid } from '../../base/ids.ts';
import { ErrorCode } from '../../errors.ts';
import { deleteRecords } from '../../protocol/apis/delete-records.ts';
import { deleteTopics } from '../../protocol/apis/delete-topics.ts';
import { fetch } from '../../protocol/apis/fetch.ts';
import { produce } from '../../protocol/apis/produce.ts';
import { wholeBatchesOf } from '../../protocol/record-batch.ts';
import { buildBatch } from '../../protocol/record-batch-builder.ts';
import type { DecodedResponseOf } from '../../protocol/schema.ts';
import { BrokerFixture, type TestClient } from '../../testing/broker-fixture.ts';

interface Wanted {
  topic?: string;
  topicId?: string;
  partition?: number;
  fetchOffset?: number;
  partitionMaxBytes?: number;
  currentLeaderEpoch?: number;
  lastFetchedEpoch?: number;
}

interface Options {
  maxWaitMs?: number;
  minBytes?: number;
  maxBytes?: number;
  sessionId?: number;
  sessionEpoch?: number;
  isolationLevel?: number;
  forgotten?: { topic: string; partitions: number[] }[];
}

function request(wanted: readonly Wanted[], options: Options = {}) {
  const { maxWaitMs = 0, minBytes = 1, forgotten = [], ...more } = options;
  return {
    maxWaitMs,
    minBytes,
    ...more,
    topics: wanted.map(({ topic = 't', topicId = zeroUuid, partition = 0, ...of }) => ({
      topic,
      topicId,
      partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000, ...of }],
    })),
    forgottenTopicsData: forgotten.map((of) => ({ ...of, topicId: zeroUuid })),
    rackId: '',
  };
}

/** What an answer has for each partition: error, high watermark, base offsets of the batches. */
function shown(answer: DecodedResponseOf<typeof fetch> | undefined) {
  return answer?.responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode, highWatermark, records }) => ({
      partitionIndex,
      errorCode,
      highWatermark,
      offsets: wholeBatchesOf(records ?? new Uint8Array(0)).batches.map(({ baseOffset }) => baseOffset),
    })),
  );
}

class Desk {
  readonly fixture: BrokerFixture;
  readonly client: TestClient;
  readonly producer: TestClient;
  readonly topicId: string;

  constructor(partitions = 2, configs: Record<string, string> = {}) {
    this.fixture = new BrokerFixture();
    this.topicId = this.fixture.createTopic('t', partitions, configs);
    this.client = this.fixture.client();
    this.producer = this.fixture.client();
  }

  get node() {
    return this.fixture.node;
  }

  batch(valueBytes = 10): Uint8Array {
    const value = new Uint8Array(valueBytes);
    return buildBatch({ records: [{ timestamp: this.node.nowMs, key: null, value }] });
  }

  /** Hands the batch over, and lets nothing happen yet. */
  begin(index = 0, valueBytes = 10): void {
    const partitionData = [{ index, records: this.batch(valueBytes) }];
    this.producer.send(produce, 9, {
      acks: 1,
      timeoutMs: 1,
      topicData: [{ name: 't', topicId: zeroUuid, partitionData }],
    });
  }

  append(count = 1, index = 0, valueBytes = 10): void {
    for (let i = 0; i < count; i++) this.begin(index, valueBytes);
    this.node.settle();
  }

  ask(wanted: readonly Wanted[], options: Options = {}, version = 12) {
    return this.client.ask(fetch, version, request(wanted, options));
  }

  park(wanted: readonly Wanted[], options: Options = {}) {
    const parked = this.client.send(fetch, 12, request(wanted, { maxWaitMs: 500, ...options }));
    this.node.settle();
    return parked;
  }
}

const ok = { partitionIndex: 0, errorCode: 0 };

describe('what a fetch gives', () => {
  const size = new Desk(1).batch().length;

  test('whole batches from the one that holds the offset, and where the log stands', () => {
    const desk = new Desk();
    desk.append(3);
    const [topic] = desk.ask([{ fetchOffset: 1 }]).responses;
    expect(topic?.partitions[0]).toMatchObject({
      highWatermark: 3,
      lastStableOffset: 3,
      logStartOffset: 0,
      abortedTransactions: null,
    });
    expect(shown(desk.ask([{ fetchOffset: 1 }]))).toEqual([{ ...ok, highWatermark: 3, offsets: [1, 2] }]);
    expect(shown(desk.ask([{ fetchOffset: 3 }]))).toEqual([{ ...ok, highWatermark: 3, offsets: [] }]);
    const committed = desk.ask([{}], { isolationLevel: 1 }).responses[0]?.partitions[0];
    expect(committed?.abortedTransactions).toEqual([]);
  });

  test.each([
    ['as many as fit into the partition', { partitionMaxBytes: 2 * size + 1 }, {}, [0, 1]],
    ['as many as fit into the answer', {}, { maxBytes: 2 * size }, [0, 1]],
    ['the first one always, though it is too large', { partitionMaxBytes: 1 }, { maxBytes: 0 }, [0]],
  ])('%s', (_what, of: Wanted, options: Options, offsets) => {
    const desk = new Desk();
    desk.append(3);
    expect(shown(desk.ask([of], options))?.[0]?.offsets).toEqual(offsets);
  });

  test('one whole batch from the first partition that has any, and from later ones what still fits', () => {
    const desk = new Desk(3);
    desk.append(1, 1, 500);
    desk.append(2, 2);
    const all = [0, 1, 2].map((partition) => ({ partition }));
    const offsets = (options: Options) => shown(desk.ask(all, options))?.map((of) => of.offsets);
    expect(offsets({ maxBytes: 1 })).toEqual([[], [0], []]);
    expect(offsets({ maxBytes: desk.batch(500).length + size })).toEqual([[], [0], [0]]);
    expect(offsets({ maxBytes: 10_000 })).toEqual([[], [0], [0, 1]]);
  });
});

describe('errors answer at once', () => {
  test.each([
    ['an offset above the end', { fetchOffset: 2 }, ErrorCode.OFFSET_OUT_OF_RANGE],
    ['a negative offset', { fetchOffset: -1 }, ErrorCode.OFFSET_OUT_OF_RANGE],
    ['no such topic', { topic: 'none' }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['no such partition', { partition: 7 }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['an epoch of the future', { currentLeaderEpoch: 9 }, ErrorCode.UNKNOWN_LEADER_EPOCH],
    [
      'a last epoch that nobody knows',
      { lastFetchedEpoch: 9, fetchOffset: 1 },
      ErrorCode.OFFSET_OUT_OF_RANGE,
    ],
  ])('%s', (_what, of: Wanted, errorCode) => {
    const desk = new Desk();
    desk.append();
    const answer = desk.ask([of, { partition: 1 }], { maxWaitMs: 1000, minBytes: 1000 });
    expect(shown(answer)?.[0]).toMatchObject({ errorCode, highWatermark: -1, offsets: [] });
    expect(answer.responses[0]?.partitions[0]?.records).toHaveLength(0);
  });

  test('whoever is ahead of us on an epoch of ours learns where to cut', () => {
    const desk = new Desk();
    desk.append();
    const answer = desk.ask([{ lastFetchedEpoch: 0, fetchOffset: 5 }], { maxWaitMs: 1000 });
    const [told] = answer.responses[0]?.partitions ?? [];
    expect(told).toMatchObject({
      errorCode: 0,
      highWatermark: 1,
      divergingEpoch: { epoch: 0, endOffset: 1 },
    });
    expect(told?.records).toHaveLength(0);
  });

  test('a topic id that is unknown', () => {
    const desk = new Desk();
    desk.append();
    const unknown = desk.ask([{ topicId: 'AAAAAAAAAAAAAAAAAAAA_w' }], {}, 13);
    expect(shown(unknown)?.[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    expect(shown(desk.ask([{ topicId: desk.topicId }], {}, 13))?.[0]?.offsets).toEqual([0]);
  });
});

describe('a parked fetch', () => {
  test('is answered by the records that it waited for', () => {
    const desk = new Desk();
    const parked = desk.park([{}]);
    expect(parked.answer()).toBeUndefined();
    desk.append();
    expect(shown(parked.answer())).toEqual([{ ...ok, highWatermark: 1, offsets: [0] }]);
  });

  test('waits for all the bytes that it wants', () => {
    const desk = new Desk();
    const parked = desk.park([{}, { partition: 1 }], { minBytes: 2 * desk.batch().length });
    desk.append();
    expect(parked.answer()).toBeUndefined();
    desk.append(1, 1);
    expect(shown(parked.answer())?.map(({ offsets }) => offsets)).toEqual([[0], [0]]);
  });

  test('is answered with nothing when its time is over, and not before', () => {
    const desk = new Desk();
    const parked = desk.park([{}]);
    desk.node.advance(499);
    expect(parked.answer()).toBeUndefined();
    desk.node.advance(1);
    expect(shown(parked.answer())).toEqual([{ ...ok, highWatermark: 0, offsets: [] }]);
  });

  test('is answered with the little that came when its time is over', () => {
    const desk = new Desk();
    const parked = desk.park([{}], { minBytes: 1000 });
    desk.append();
    expect(parked.answer()).toBeUndefined();
    desk.node.advance(500);
    expect(shown(parked.answer())).toEqual([{ ...ok, highWatermark: 1, offsets: [0] }]);
  });

  test('notices what came to one partition while another was read', () => {
    const desk = new Desk();
    desk.append(1, 0);
    desk.append(1, 1);
    const minBytes = 2 * desk.batch().length;
    // The write is asked for before the read, so it ends while the read is under way.
    desk.begin();
    const wanted = [{ fetchOffset: 1 }, { partition: 1 }];
    const parked = desk.client.send(fetch, 12, request(wanted, { maxWaitMs: 500, minBytes }));
    desk.node.settle();
    expect(shown(parked.answer())?.map(({ offsets }) => offsets)).toEqual([[1], [0]]);
  });

  test('hears that its topic was deleted', () => {
    const desk = new Desk();
    const parked = desk.park([{}]);
    desk.fixture.client().ask(deleteTopics, 5, { topics: [], topicNames: ['t'], timeoutMs: 1000 });
    expect(shown(parked.answer())?.[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('hears that its offset was deleted', () => {
    const desk = new Desk();
    desk.append(2);
    const parked = desk.park([{ fetchOffset: 1 }], { minBytes: 1000 });
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2 }] }];
    const deleted = desk.producer.ask(deleteRecords, 2, { topics, timeoutMs: 1000 });
    expect(deleted.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    expect(shown(parked.answer())?.[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  test('leaves nothing behind when its connection is gone and its time is over', () => {
    const desk = new Desk();
    desk.park([{}]);
    desk.client.pipe.hangUp();
    desk.node.settle();
    desk.node.advance(500);
    const waiting = desk.node.runtime.tasks.pending().filter(({ task }) => task.startsWith('Fetch'));
    expect(waiting).toEqual([]);
  });

  test('ends with the connection when the broker stops, and the stop is clean', () => {
    const desk = new Desk();
    const parked = desk.park([{}]);
    expect(desk.node.run(desk.fixture.broker.stop()).ok).toBe(true);
    expect([parked.answer(), desk.client.pipe.closed]).toEqual([undefined, true]);
    expect(desk.node.disk.peek('.kafka_cleanshutdown')).toBeDefined();
    const opened = desk.node.eventsOf('connection-opened').map(({ peer }) => peer);
    expect(desk.node.eventsOf('connection-closed').map(({ peer }) => peer)).toEqual(opened);
  });
});

describe('a read that runs into a deletion', () => {
  /** Two batches in segments of their own, the first of them cold: its file is not open. */
  function cold(): Desk {
    const desk = new Desk(1, { 'segment.bytes': '1048576', 'file.delete.delay.ms': '0' });
    desk.append(1, 0, 600_000);
    desk.append(1, 0, 600_000);
    return desk;
  }

  test('of its segment: the offset is out of range', () => {
    const desk = cold();
    const reading = desk.client.send(fetch, 12, request([{}], { maxWaitMs: 500 }));
    while (desk.node.network.step());
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2 }] }];
    desk.producer.send(deleteRecords, 2, { topics, timeoutMs: 1000 });
    desk.node.settle();
    desk.node.advance(0);
    expect(shown(reading.answer())?.[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  test('of its topic: the topic is unknown, and the broker is well', () => {
    const desk = cold();
    desk.fixture.client().ask(deleteTopics, 5, { topics: [], topicNames: ['t'], timeoutMs: 1000 });
    expect(shown(desk.ask([{}]))?.[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(desk.node.eventsOf('broker-halted')).toEqual([]);
  });
});

describe('a session over the wire (KIP-227)', () => {
  test('is made by a full fetch, and then tells only what is new', () => {
    const desk = new Desk();
    desk.append();
    const made = desk.ask([{}, { partition: 1 }], { sessionEpoch: 0 });
    const { sessionId } = made;
    expect(sessionId).toBeGreaterThan(0);
    expect(shown(made)?.map(({ offsets }) => offsets)).toEqual([[0], []]);

    const moved = desk.ask([{ fetchOffset: 1 }], { sessionId, sessionEpoch: 1 });
    expect([moved.sessionId, shown(moved)]).toEqual([sessionId, []]);

    desk.append(1, 1);
    const news = desk.ask([], { sessionId, sessionEpoch: 2 });
    expect(shown(news)).toEqual([{ partitionIndex: 1, errorCode: 0, highWatermark: 1, offsets: [0] }]);
  });

  test('parks until one of its partitions has news', () => {
    const desk = new Desk();
    const { sessionId } = desk.ask([{}, { partition: 1 }], { sessionEpoch: 0 });
    const parked = desk.park([], { sessionId, sessionEpoch: 1 });
    expect(parked.answer()).toBeUndefined();
    desk.append(1, 1);
    expect(shown(parked.answer())).toMatchObject([{ partitionIndex: 1, offsets: [0] }]);
  });

  test.each([
    ['an id that is unknown', 12345, 1, ErrorCode.FETCH_SESSION_ID_NOT_FOUND],
    ['an epoch out of order', undefined, 2, ErrorCode.INVALID_FETCH_SESSION_EPOCH],
  ])('%s', (_what, sessionId, sessionEpoch, errorCode) => {
    const desk = new Desk();
    const made = desk.ask([{}], { sessionEpoch: 0 });
    const refused = desk.ask([], { sessionId: sessionId ?? made.sessionId, sessionEpoch });
    expect(refused).toMatchObject({ errorCode, sessionId: 0, responses: [] });
  });

  test('topic ids where it began with names', () => {
    const desk = new Desk();
    const { sessionId } = desk.ask([{}], { sessionEpoch: 0 });
    const refused = desk.ask([], { sessionId, sessionEpoch: 1 }, 13);
    expect(refused.errorCode).toBe(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
  });

  test('ends with its last partition, and when it is asked to', () => {
    const desk = new Desk();
    const { sessionId } = desk.ask([{}], { sessionEpoch: 0 });
    const forgotten = [{ topic: 't', partitions: [0] }];
    expect(desk.ask([], { sessionId, sessionEpoch: 1, forgotten }).sessionId).toBe(0);
    expect(desk.ask([], { sessionId, sessionEpoch: 2 }).errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    const other = desk.ask([{}], { sessionEpoch: 0 }).sessionId;
    expect(desk.ask([{}], { sessionId: other, sessionEpoch: -1 }).sessionId).toBe(0);
    const gone = desk.ask([], { sessionId: other, sessionEpoch: 1 });
    expect(gone.errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  });
});
