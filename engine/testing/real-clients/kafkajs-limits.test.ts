// What Kafka refuses and what it bounds, met by kafkajs: sizes, timestamps, sessions, the number of members,
// and fetches that are smaller than what they must bring.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newKafkajs } from './kafkajs-client.ts';
import { KafkajsWorld, numbered } from './kafkajs-world.ts';
import { inTime, until } from './mass-client.ts';

const waitMs = 60_000;
let world: KafkajsWorld;

beforeAll(async () => {
  world = await KafkajsWorld.start(['group.max.size=2', 'offset.metadata.max.bytes=100']);
});
afterEach(() => world.endConsumers());
afterAll(() => world.end());

describe('what Kafka refuses', () => {
  test('too large a record', async () => {
    const topic = await world.newTopic('small', 1, { 'max.message.bytes': '1000' });
    expect(await world.refused(topic, { value: 'x'.repeat(2000) })).toBe('MESSAGE_TOO_LARGE');
    expect(await world.refused(topic, { value: 'x'.repeat(500) })).toBeUndefined();
  });

  test('a record without a key in a compacted topic', async () => {
    const topic = await world.newTopic('compacted', 1, { 'cleanup.policy': 'compact' });
    expect(await world.refused(topic, { value: 'x' })).toBe('INVALID_RECORD');
    expect(await world.refused(topic, { key: 'k', value: 'x' })).toBeUndefined();
  });

  test('a timestamp far ahead', async () => {
    const topic = await world.newTopic('ahead');
    expect(await world.refused(topic, { value: 'x', timestamp: `${Date.now() + 7_200_000}` })).toBe(
      'INVALID_TIMESTAMP',
    );
  });

  test('writing into an internal topic', async () => {
    await world.readAll(await world.newTopic('any'), 0);
    expect(await world.refused('__consumer_offsets', { value: 'x', partition: 0 })).toBe(
      'INVALID_TOPIC_EXCEPTION',
    );
  });

  test('other acks than three', async () => {
    expect(await world.refused(await world.newTopic('acks'), { value: 'x' }, 2)).toBe(
      'INVALID_REQUIRED_ACKS',
    );
  });
});

describe('what a group refuses', () => {
  /** The error that ends a consumer who wants in. */
  async function crash(topic: string, groupId: string, config: { readonly sessionTimeout?: number } = {}) {
    const kafka = newKafkajs(world.broker.address, 'unwanted', 0);
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, ...config });
    const crashed = new Promise<Error & { type?: string }>((resolve) =>
      consumer.on('consumer.crash', ({ payload }) => resolve(payload.error)),
    );
    await consumer.connect();
    await consumer.subscribe({ topic });
    consumer.run({ eachMessage: async () => {} }).catch(() => {});
    const error = await inTime('the crash', waitMs, crashed);
    await consumer.disconnect();
    const { cause } = error as { cause?: { type?: string } };
    return error.type ?? cause?.type ?? error.message;
  }

  test('a session shorter than it allows, or longer', async () => {
    const topic = await world.newTopic('sessions');
    expect(await crash(topic, 'impatient', { sessionTimeout: 5000 })).toBe('INVALID_SESSION_TIMEOUT');
    expect(await crash(topic, 'patient', { sessionTimeout: 2_000_000 })).toBe('INVALID_SESSION_TIMEOUT');
  });

  test('more members than group.max.size', async () => {
    const topic = await world.newTopic('crowded', 3);
    await world.join(topic, 'crowd');
    await world.join(topic, 'crowd');
    expect(await crash(topic, 'crowd')).toBe('GROUP_MAX_SIZE_REACHED');
  });

  test('metadata of a commit that is too long, and counts characters', async () => {
    const topic = await world.newTopic('wordy');
    const { consumer, assignment } = await world.join(topic, 'wordy');
    await until('the assignment', () => assignment().length === 1);
    const commit = (metadata: string) =>
      consumer.commitOffsets([{ topic, partition: 0, offset: '1', metadata }]).then(
        () => 'committed',
        (error) => error.type ?? error.cause?.type,
      );
    expect(await commit('ж'.repeat(100))).toBe('committed');
    expect(await commit('x'.repeat(101))).toBe('OFFSET_METADATA_TOO_LARGE');
  });
});

describe('a fetch brings', () => {
  test('a batch that is larger than it allows, for else nobody could go on', async () => {
    const topic = await world.newTopic('heavy', 2);
    const messages = [0, 1, 2, 3].map((number) => ({
      value: `${number}`.repeat(500_000),
      partition: number % 2,
    }));
    for (const message of messages) await world.send({ topic, messages: [message] });
    const heard = await world.readAll(topic, 4, { maxBytes: 1000, maxBytesPerPartition: 1000 });
    expect(heard.map(({ value }) => value?.length)).toEqual([500_000, 500_000, 500_000, 500_000]);
    expect(new Set(heard.map(({ value }) => value?.[0]))).toEqual(new Set(['0', '1', '2', '3']));
  });

  test('something of each of fifty partitions, a little at a time', async () => {
    const topic = await world.newTopic('wide', 50);
    await world.send({ topic, messages: numbered(0, 1000, 50) });
    const heard = await world.readAll(topic, 1000, { maxBytes: 2000, maxBytesPerPartition: 500 });
    expect(new Set(heard.map(({ value }) => value)).size).toBe(1000);
    for (let partition = 0; partition < 50; partition++) {
      const mine = heard.filter((of) => of.partition === partition).map(({ offset }) => Number(offset));
      expect(mine).toEqual(Array.from({ length: 20 }, (_, offset) => offset));
    }
  });
});

test('the broker had nothing to complain about', () => {
  expect(world.broker.errors).toBe('');
});
