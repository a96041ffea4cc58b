import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../errors.ts';
import { deleteRecords } from '../../protocol/apis/delete-records.ts';
import { produce } from '../../protocol/apis/produce.ts';
import { buildBatch } from '../../protocol/record-batch-builder.ts';
import { BrokerFixture, type TestClient } from '../../testing/broker-fixture.ts';

/** A broker with one partition of so many records. */
class Desk {
  readonly fixture = new BrokerFixture();
  readonly client: TestClient;

  constructor(records: number, configs: Record<string, string> = {}) {
    const topicId = this.fixture.createTopic('t', 1, configs);
    this.client = this.fixture.client();
    for (let n = 0; n < records; n++) {
      const batch = buildBatch({
        records: [{ timestamp: n, key: new Uint8Array(1), value: new Uint8Array(1) }],
      });
      this.client.send(produce, 9, {
        acks: 1,
        timeoutMs: 1,
        topicData: [{ name: 't', topicId, partitionData: [{ index: 0, records: batch }] }],
      });
    }
    this.fixture.node.settle();
  }

  ask(offset: number, partitionIndex = 0, name = 't') {
    const topics = [{ name, partitions: [{ partitionIndex, offset }] }];
    const { topics: told } = this.client.ask(deleteRecords, 2, { topics, timeoutMs: 1000 });
    const { errorCode, lowWatermark } = told[0]?.partitions[0] ?? {};
    return { errorCode, lowWatermark };
  }

  get told() {
    return this.fixture.node
      .eventsOf('delete-records-answered')
      .map(({ error, offset, lowWatermark }) => ({ error, offset, lowWatermark }));
  }
}

describe('DeleteRecords', () => {
  test('deletes up to an offset, or up to the high watermark, and never back', () => {
    const desk = new Desk(5);
    expect(desk.ask(2)).toEqual({ errorCode: 0, lowWatermark: 2 });
    expect(desk.ask(1)).toEqual({ errorCode: 0, lowWatermark: 2 });
    expect(desk.ask(-1)).toEqual({ errorCode: 0, lowWatermark: 5 });
    expect(desk.told).toEqual([
      { error: 0, offset: 2, lowWatermark: 2 },
      { error: 0, offset: 1, lowWatermark: 2 },
      { error: 0, offset: 5, lowWatermark: 5 },
    ]);
  });

  test('refuses what is beyond the high watermark, and topics that are only compacted; and tells so', () => {
    const desk = new Desk(5);
    const outOfRange = { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, lowWatermark: -1 };
    expect([desk.ask(6), desk.ask(-2)]).toEqual([outOfRange, outOfRange]);
    const { OFFSET_OUT_OF_RANGE: error } = ErrorCode;
    expect(desk.told).toEqual([
      { error, offset: 6, lowWatermark: -1 },
      { error, offset: -2, lowWatermark: -1 },
    ]);
    const compacted = new Desk(2, { 'cleanup.policy': 'compact' });
    expect(compacted.ask(1)).toEqual({ errorCode: ErrorCode.POLICY_VIOLATION, lowWatermark: -1 });
    expect(compacted.told).toEqual([{ error: ErrorCode.POLICY_VIOLATION, offset: 1, lowWatermark: -1 }]);
  });

  test('knows no partition that is not there, and has nothing to tell of it', () => {
    const desk = new Desk(1);
    const { UNKNOWN_TOPIC_OR_PARTITION: errorCode } = ErrorCode;
    expect(desk.ask(1, 7)).toEqual({ errorCode, lowWatermark: -1 });
    expect(desk.ask(1, 0, 'nowhere')).toEqual({ errorCode, lowWatermark: -1 });
    expect(desk.told).toEqual([]);
  });
});
