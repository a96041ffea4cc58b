import { describe, expect, test } from 'vitest';
import { zeroUuid } from '../../base/ids.ts';
import { ErrorCode } from '../../errors.ts';
import { fetch } from '../../protocol/apis/fetch.ts';
import { listOffsets } from '../../protocol/apis/list-offsets.ts';
import { produce } from '../../protocol/apis/produce.ts';
import { batchesOf } from '../../protocol/record-batch.ts';
import { buildBatch } from '../../protocol/record-batch-builder.ts';
import { BrokerFixture, type TestClient } from '../../testing/broker-fixture.ts';

type Traits = Omit<Parameters<typeof buildBatch>[0], 'records'>;

const key = new Uint8Array([1]);

function recordsAt(timestamp: number, count = 1, valueBytes = 10) {
  return Array.from({ length: count }, () => ({ timestamp, key: null, value: new Uint8Array(valueBytes) }));
}

function request(records: Uint8Array | null, { name = 't', index = 0, acks = -1 } = {}) {
  return {
    acks,
    timeoutMs: 1000,
    topicData: [{ name, topicId: zeroUuid, partitionData: [{ index, records }] }],
  };
}

/** A broker with topic `t`, and one client. */
class Desk {
  readonly fixture: BrokerFixture;
  readonly client: TestClient;
  readonly topicId: string;

  constructor(configs: Record<string, string> = {}) {
    this.fixture = new BrokerFixture();
    this.topicId = this.fixture.createTopic('t', 1, configs);
    this.client = this.fixture.client();
  }

  get node() {
    return this.fixture.node;
  }

  batch(traits: Traits = {}, count = 1, valueBytes = 10): Uint8Array {
    return buildBatch({ ...traits, records: recordsAt(this.node.nowMs, count, valueBytes) });
  }

  produce(records: Uint8Array | null, where: Parameters<typeof request>[1] = {}, version = 9) {
    const answer = this.client.ask(produce, version, request(records, where));
    const partition = answer.responses[0]?.partitionResponses[0];
    if (partition === undefined) throw new Error('no partition in the answer');
    return partition;
  }

  sequence(baseSequence: number, producerEpoch = 0, count = 1): Uint8Array {
    return this.batch({ producerId: 7, producerEpoch, baseSequence }, count);
  }
}

function damaged(batch: Uint8Array, at: number, value: number): Uint8Array {
  const copy = batch.slice();
  copy[at] = value;
  return copy;
}

describe('what a good batch gets', () => {
  test('its offsets, no append time, and the start of the log', () => {
    const desk = new Desk();
    const first = desk.produce(desk.batch({}, 3));
    const second = desk.produce(desk.batch(), { acks: 1 });
    expect(first).toMatchObject({ errorCode: 0, baseOffset: 0, logAppendTimeMs: -1, logStartOffset: 0 });
    expect(second).toMatchObject({ errorCode: 0, baseOffset: 3 });
  });

  test('the append time, where the topic has it', () => {
    const desk = new Desk({ 'message.timestamp.type': 'LogAppendTime' });
    const old = buildBatch({ records: recordsAt(5) });
    expect(desk.produce(old)).toMatchObject({ errorCode: 0, logAppendTimeMs: desk.node.nowMs });
  });

  test('one replica is enough, whatever min.insync.replicas says (KIP-966)', () => {
    const desk = new Desk({ 'min.insync.replicas': '2' });
    expect(desk.produce(desk.batch()).errorCode).toBe(0);
  });

  test('acks=0 gets no bytes, and the connection lives', () => {
    const desk = new Desk();
    desk.client.send(produce, 9, request(desk.batch(), { acks: 0 }));
    desk.node.settle();
    expect([desk.client.answered(), desk.client.pipe.closed]).toEqual([[], false]);
    expect(desk.produce(desk.batch()).baseOffset).toBe(1);
  });
});

describe('what a connection wrote', () => {
  test.each([0, 1, -1])('it finds, with acks=%i, though it did not wait for the answer', (acks) => {
    const desk = new Desk();
    desk.client.send(produce, 9, request(desk.batch(), { acks }));
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }];
    const end = desk.client.ask(listOffsets, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: 't', partitions }],
      timeoutMs: 0,
    });
    expect(end.topics[0]?.partitions[0]?.offset).toBe(1);
  });
});

describe('errors of a partition', () => {
  const bad = (traits: Traits) => (desk: Desk) => desk.batch(traits);
  const cases: [string, number, (desk: Desk) => Uint8Array | null, Record<string, string>?][] = [
    ['no batch', ErrorCode.INVALID_RECORD, () => null],
    ['an empty list', ErrorCode.INVALID_RECORD, () => new Uint8Array(0)],
    ['a cut batch', ErrorCode.INVALID_RECORD, (desk) => desk.batch().slice(0, -1)],
    ['two batches', ErrorCode.INVALID_RECORD, (desk) => new Uint8Array([...desk.batch(), ...desk.batch()])],
    ['an old format', ErrorCode.INVALID_RECORD, (desk) => damaged(desk.batch(), 16, 1)],
    ['a wrong checksum', ErrorCode.CORRUPT_MESSAGE, (desk) => damaged(desk.batch(), 20, 0xee)],
    ['a base offset', ErrorCode.INVALID_RECORD, bad({ baseOffset: 5 })],
    ['no key on a compacted topic', ErrorCode.INVALID_RECORD, bad({}), { 'cleanup.policy': 'compact' }],
    ['too large', ErrorCode.MESSAGE_TOO_LARGE, bad({}), { 'max.message.bytes': '70' }],
    [
      'larger than a segment',
      ErrorCode.RECORD_LIST_TOO_LARGE,
      (desk) => desk.batch({}, 1, 1_100_000),
      { 'segment.bytes': '1048576', 'max.message.bytes': '2000000' },
    ],
    [
      'a timestamp from far ahead',
      ErrorCode.INVALID_TIMESTAMP,
      (desk) => buildBatch({ records: recordsAt(desk.node.nowMs + 7_200_000) }),
    ],
    [
      'the timestamp type of the broker, where that is what the topic has',
      ErrorCode.INVALID_TIMESTAMP,
      bad({ timestampType: 'LogAppendTime', logAppendTimeMs: 5 }),
      { 'message.timestamp.type': 'LogAppendTime' },
    ],
    [
      'a control batch',
      ErrorCode.INVALID_RECORD,
      (desk) =>
        buildBatch({
          isControl: true,
          isTransactional: true,
          producerId: 7,
          producerEpoch: 0,
          records: [{ timestamp: desk.node.nowMs, key: new Uint8Array(4), value: new Uint8Array(6) }],
        }),
    ],
  ];

  test.each(cases)('%s: %i', (_what, errorCode, make, configs) => {
    const desk = new Desk(configs);
    const refused = desk.produce(make(desk));
    expect(refused).toMatchObject({ errorCode, baseOffset: -1, logAppendTimeMs: -1 });
    // Nothing was written: the next good batch is the first.
    const good = buildBatch({ records: [{ timestamp: desk.node.nowMs, key, value: null }] });
    if (configs?.['max.message.bytes'] !== '70') expect(desk.produce(good)).toMatchObject({ baseOffset: 0 });
  });

  test('where the log starts is told by what the log refused, and by nothing before it', () => {
    const desk = new Desk();
    desk.produce(desk.sequence(0));
    const told = (records: Uint8Array) => desk.produce(records).logStartOffset;
    expect([told(desk.batch({ baseOffset: 5 })), told(desk.sequence(7))]).toEqual([0, 0]);
    expect([told(damaged(desk.batch(), 20, 0xee)), told(damaged(desk.batch(), 16, 1))]).toEqual([-1, -1]);
  });

  test('a format that is yet to come is damage', () => {
    const desk = new Desk();
    expect(desk.produce(damaged(desk.batch(), 16, 3)).errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
  });

  test('append time where clients stamp becomes the time of the client', () => {
    const desk = new Desk();
    const stamped = desk.batch({ timestampType: 'LogAppendTime', logAppendTimeMs: 5 });
    expect(desk.produce(stamped)).toMatchObject({ errorCode: 0, baseOffset: 0, logAppendTimeMs: -1 });
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
    const read = desk.client.ask(fetch, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topic: 't', topicId: zeroUuid, partitions }],
      forgottenTopicsData: [],
    });
    const batches = batchesOf(read.responses[0]?.partitions[0]?.records ?? new Uint8Array(0));
    expect(batches.ok ? batches.value.map((of) => [of.timestampType, of.isCrcValid()]) : []).toEqual([
      ['CreateTime', true],
    ]);
  });

  test('a transaction that nobody began, and one without a name', () => {
    const desk = new Desk();
    const traits = { isTransactional: true, producerId: 7, producerEpoch: 0, baseSequence: 0 };
    const errorOf = (transactionalId: string | null) =>
      desk.client.ask(produce, 9, { ...request(desk.batch(traits)), transactionalId }).responses[0]
        ?.partitionResponses[0]?.errorCode;
    expect(errorOf('t')).toBe(ErrorCode.INVALID_TXN_STATE);
    expect(errorOf(null)).toBe(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  });

  test('zstd before version 7', () => {
    const desk = new Desk();
    const zstd = () => desk.batch({ compression: 'zstd' });
    expect(desk.produce(zstd(), {}, 6).errorCode).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    expect(desk.produce(zstd(), {}, 7).errorCode).toBe(0);
  });

  test('each bad record is named, and time weighs more than all else', () => {
    const desk = new Desk({ 'cleanup.policy': 'compact' });
    const now = desk.node.nowMs;
    const refused = desk.produce(
      buildBatch({
        records: [
          { timestamp: now, key, value: null },
          { timestamp: now, key: null, value: null },
          { timestamp: now + 7_200_000, key, value: null },
        ],
      }),
    );
    expect(refused.errorCode).toBe(ErrorCode.INVALID_TIMESTAMP);
    expect(refused.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 2]);
  });

  test('no such topic, partition or id; acks that do not exist; internal topics', () => {
    const desk = new Desk();
    const of = (where: Parameters<typeof request>[1]) => desk.produce(desk.batch(), where).errorCode;
    expect(of({ name: 'none' })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(of({ index: 1 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(of({ index: -1 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(of({ acks: 2 })).toBe(ErrorCode.INVALID_REQUIRED_ACKS);
    const byId = (topicId: string) =>
      desk.client.ask(produce, 13, {
        acks: 1,
        timeoutMs: 1,
        topicData: [{ name: '', topicId, partitionData: [{ index: 0, records: desk.batch() }] }],
      }).responses[0]?.partitionResponses[0]?.errorCode;
    expect(byId('AAAAAAAAAAAAAAAAAAAA_w')).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    expect(byId(desk.topicId)).toBe(0);
    desk.fixture.createTopic('__consumer_offsets');
    expect(of({ name: '__consumer_offsets' })).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
  });

  test('acks=0 and an error end the connection, after what came before is answered', () => {
    const desk = new Desk();
    const before = desk.client.send(produce, 9, request(desk.batch()));
    desk.client.send(produce, 9, request(desk.batch(), { acks: 0, name: 'none' }));
    const after = desk.client.send(produce, 9, request(desk.batch()));
    desk.node.settle();
    expect(before.answer()?.responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
    expect([desk.client.pipe.closed, after.answer()]).toEqual([true, undefined]);
    const { peer } = desk.client.pipe;
    const closed = desk.node.eventsOf('connection-closed').filter((event) => event.peer === peer);
    expect(closed).toEqual([expect.objectContaining({ reason: 'acks=0 and UNKNOWN_TOPIC_OR_PARTITION' })]);
  });

  test('one bad partition does not touch the others', () => {
    const desk = new Desk();
    const answer = desk.client.ask(produce, 9, {
      acks: -1,
      timeoutMs: 1,
      topicData: [
        {
          name: 't',
          topicId: zeroUuid,
          partitionData: [
            { index: 4, records: desk.batch() },
            { index: 0, records: desk.batch() },
          ],
        },
      ],
    });
    const codes = answer.responses[0]?.partitionResponses.map(({ errorCode }) => errorCode);
    expect(codes).toEqual([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 0]);
  });
});

describe('an idempotent producer', () => {
  test('is answered with the first offset when it repeats, within its last five batches', () => {
    const desk = new Desk();
    for (let sequence = 0; sequence < 6; sequence++) desk.produce(desk.sequence(sequence));
    expect(desk.produce(desk.sequence(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(desk.produce(desk.sequence(5))).toMatchObject({ errorCode: 0, baseOffset: 5 });
    expect(desk.produce(desk.sequence(0)).errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(desk.produce(desk.sequence(6))).toMatchObject({ errorCode: 0, baseOffset: 6 });
  });

  test.each([
    ['a gap', 2, 0, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER],
    ['an older epoch', 1, -1, ErrorCode.INVALID_PRODUCER_EPOCH],
    ['a new epoch that does not begin at 0', 1, 1, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER],
    ['a new epoch that does', 0, 1, 0],
  ])('%s', (_what, sequence, epochDelta, errorCode) => {
    const desk = new Desk();
    desk.produce(desk.sequence(0, 3));
    expect(desk.produce(desk.sequence(sequence, 3 + epochDelta)).errorCode).toBe(errorCode);
  });

  test('may begin anywhere where nothing is known of it', () => {
    const desk = new Desk();
    expect(desk.produce(desk.sequence(41)).errorCode).toBe(0);
  });

  test('waits with a repeat until the first one is written, and writes nothing', () => {
    const desk = new Desk();
    const first = desk.client.send(produce, 9, request(desk.sequence(0), { acks: 1 }));
    const other = desk.fixture.client('other');
    const repeat = other.send(produce, 9, request(desk.sequence(0), { acks: 1 }));
    while (desk.node.network.step());
    expect([first.answer(), repeat.answer()]).toEqual([undefined, undefined]);
    expect(desk.node.eventsOf('duplicate-answered')).toHaveLength(1);
    desk.node.settle();
    for (const asked of [first, repeat]) {
      expect(asked.answer()?.responses[0]?.partitionResponses[0]).toMatchObject({
        errorCode: 0,
        baseOffset: 0,
      });
    }
    expect(desk.produce(desk.batch()).baseOffset).toBe(1);
  });

  test('loses the repeat with the first one when the disk fails', () => {
    const desk = new Desk();
    const first = desk.client.send(produce, 9, request(desk.sequence(0)));
    desk.client.send(produce, 9, request(desk.sequence(0)));
    desk.node.disk.fault = (operation, path) =>
      operation === 'append' && path.startsWith('t-0') ? { kind: 'io', detail: 'broken' } : undefined;
    desk.node.settle();
    const answered = desk.node.eventsOf('produce-answered').map(({ error }) => error);
    expect(answered).toEqual([ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.KAFKA_STORAGE_ERROR]);
    // The broker halts: nobody is told, every connection ends.
    expect([first.answer(), desk.client.pipe.closed]).toEqual([undefined, true]);
    expect(desk.node.eventsOf('broker-halted')).toHaveLength(1);
  });

  test('is recognised after a clean restart', () => {
    const desk = new Desk();
    desk.produce(desk.sequence(0));
    const stopped = desk.node.run(desk.fixture.broker.stop());
    expect(stopped.ok).toBe(true);
    desk.node.crash();
    desk.fixture.start();
    const answer = desk.fixture.client().ask(produce, 9, request(desk.sequence(0)));
    expect(answer.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });
});
