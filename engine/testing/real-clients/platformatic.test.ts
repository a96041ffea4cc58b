// @platformatic/kafka against the broker in a process: records with every codec, idempotence, groups,
// timestamps, and the fetch sessions that this client, unlike the other two, really opens.

import {
  Admin,
  type ConsumeOptions,
  Consumer,
  type ConsumerOptions,
  type Message,
  MessagesStreamModes,
  type MessageToProduce,
  Producer,
  type SendOptions,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compressions } from '../../protocol/compression.ts';
import { BrokerProcess } from './broker-process.ts';
import { until } from './mass-client.ts';
import { platformaticOptions } from './platformatic-client.ts';

type Text = Message<string, string, string, string>;
type TextConsumer = Consumer<string, string, string, string>;
type Sent = MessageToProduce<string, string, string, string>;

const now = Date.now();
let broker: BrokerProcess;
let admin: Admin;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  broker = await BrokerProcess.start();
  admin = new Admin(platformaticOptions(broker.address));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await admin.close();
  await broker.discard();
});

async function newTopic(topic: string, partitions = 1): Promise<string> {
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  return topic;
}

function newProducer(): Producer<string, string, string, string> {
  const producer = new Producer({ ...platformaticOptions(broker.address), serializers: stringSerializers });
  closers.push(() => producer.close());
  return producer;
}

async function send(messages: Sent[], options: Partial<SendOptions<string, string, string, string>> = {}) {
  return await newProducer().send({ messages, acks: -1, ...options });
}

function numbered(topic: string, from: number, to: number, partitions = 1): Sent[] {
  return Array.from({ length: to - from }, (_, at) => ({
    topic,
    key: `k${from + at}`,
    value: `${from + at}`,
    partition: (from + at) % partitions,
    timestamp: BigInt(now + from + at),
  }));
}

function newConsumer(
  groupId: string,
  options: Partial<ConsumerOptions<string, string, string, string>> = {},
): TextConsumer {
  const own = { groupId, deserializers: stringDeserializers, sessionTimeout: 10_000, heartbeatInterval: 100 };
  const all = { ...platformaticOptions(broker.address), ...own, ...options };
  return new Consumer(all as ConsumerOptions<string, string, string, string>);
}

/** Follows the topics and keeps what it hears; commits by hand unless `options` say otherwise. */
async function follow(
  consumer: TextConsumer,
  topics: string[],
  options: Partial<ConsumeOptions<string, string, string, string>> = {},
) {
  const heard: Text[] = [];
  const mode = MessagesStreamModes.EARLIEST;
  const stream = await consumer.consume({ topics, mode, autocommit: false, maxWaitTime: 100, ...options });
  stream.on('data', (message) => heard.push(message));
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await stream.close();
    await consumer.close(true);
  };
  closers.unshift(close);
  return { heard, stream, close };
}

function assigned(consumer: TextConsumer): number[] {
  return consumer.assignments?.flatMap(({ partitions }) => partitions) ?? [];
}

describe('records come back as they went', () => {
  test.each(compressions)('%s', async (compression) => {
    const topic = await newTopic(`story-${compression}`);
    const story: Sent[] = [
      { topic, key: 'k', value: 'v', headers: { one: '1', two: '2' }, timestamp: BigInt(now) },
      {
        topic,
        key: 'ключ',
        value: 'значение '.repeat(3000),
        headers: { empty: '' },
        timestamp: BigInt(now - 5),
      },
      { topic, key: '', value: '', timestamp: BigInt(now + 70_000) },
    ];
    const { offsets } = await send(
      story.map((one) => ({ ...one, partition: 0 })),
      { compression },
    );
    expect(offsets).toEqual([{ topic, partition: 0, offset: 0n }]);
    const { heard } = await follow(newConsumer(`${topic}-all`), [topic]);
    await until('the story', () => heard.length === story.length);
    const told = heard.map((of) => ({ ...of, headers: Object.fromEntries(of.headers) }));
    expect(told).toMatchObject(
      story.map(({ key, value, timestamp, headers = {} }, at) => ({
        ...{ topic, partition: 0, offset: BigInt(at), key, value, timestamp, headers },
      })),
    );
  });

  test('once, when an idempotent producer sends much at once', async () => {
    const topic = await newTopic('idempotent', 3);
    const producer = newProducer();
    const sends = Array.from({ length: 20 }, (_, at) =>
      producer.send({ messages: numbered(topic, at * 30, at * 30 + 30, 3), idempotent: true, acks: -1 }),
    );
    await Promise.all(sends);
    expect(producer.producerEpoch).toBe(0);
    const { heard } = await follow(newConsumer('idempotent-all'), [topic]);
    await until('600 records', () => heard.length >= 600);
    expect(new Set(heard.map(({ value }) => value)).size).toBe(600);
    const first = heard.filter(({ partition }) => partition === 0).map(({ value }) => Number(value));
    expect(first).toEqual(first.toSorted((a, b) => a - b));
  });
});

describe('where reading starts', () => {
  test('at the end, and only what comes then', async () => {
    const topic = await newTopic('ends');
    await send(numbered(topic, 0, 5));
    const { heard } = await follow(newConsumer('latest'), [topic], { mode: MessagesStreamModes.LATEST });
    await send(numbered(topic, 5, 8));
    await until('three', () => heard.length === 3);
    expect(heard.map(({ value }) => value)).toEqual(['5', '6', '7']);
  });

  test('at a timestamp, by assignment of offsets', async () => {
    const topic = await newTopic('times', 2);
    await send(numbered(topic, 0, 40, 2));
    const consumer = newConsumer('timers');
    const found = (
      await consumer.listOffsetsWithTimestamps({ topics: [topic], timestamp: BigInt(now + 31) })
    ).get(topic);
    expect(found?.get(0)).toEqual({ offset: 16n, timestamp: BigInt(now + 32) });
    expect(found?.get(1)).toEqual({ offset: 15n, timestamp: BigInt(now + 31) });
    const offsets = [...(found ?? [])].map(([partition, { offset }]) => ({ topic, partition, offset }));
    const { heard } = await follow(consumer, [topic], { mode: MessagesStreamModes.MANUAL, offsets });
    await until('nine', () => heard.length === 9);
    expect(heard.map(({ value }) => Number(value)).sort()).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39]);
  });

  test('at what was committed', async () => {
    const topic = await newTopic('resumed');
    await send(numbered(topic, 0, 10));
    const first = newConsumer('resumers');
    const one = await follow(first, [topic]);
    await until('ten', () => one.heard.length === 10);
    await one.heard[6]?.commit();
    expect(await first.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] })).toEqual(
      new Map([[topic, [7n]]]),
    );
    await one.close();
    const mode = MessagesStreamModes.COMMITTED;
    const two = await follow(newConsumer('resumers'), [topic], { mode });
    await until('three', () => two.heard.length === 3);
    expect(two.heard.map(({ value }) => value)).toEqual(['7', '8', '9']);
  });
});

describe('groups', () => {
  test('share partitions, and forget them in their fetch sessions', async () => {
    const topic = await newTopic('shared', 4);
    const one = newConsumer('sharers');
    const first = await follow(one, [topic]);
    await send(numbered(topic, 0, 8, 4));
    await until('all for one', () => first.heard.length === 8 && assigned(one).length === 4);
    const two = newConsumer('sharers');
    const second = await follow(two, [topic]);
    await until('half for each', () => assigned(one).length === 2 && assigned(two).length === 2);
    expect([...assigned(one), ...assigned(two)].sort()).toEqual([0, 1, 2, 3]);
    const from = (value: number, { heard }: { readonly heard: Text[] }) =>
      heard.filter((of) => Number(of.value) >= value);
    // A fetch that was on its way may still bring what is another's now; the next records show how it
    // settled.
    await send(numbered(topic, 8, 12, 4));
    await until('the first', () => from(8, first).length + from(8, second).length >= 4);
    await send(numbered(topic, 12, 52, 4));
    await until('all heard', () => from(12, first).length + from(12, second).length >= 40);
    for (const [consumer, heard] of [
      [one, from(12, first)],
      [two, from(12, second)],
    ] as const) {
      expect(heard).toHaveLength(20);
      expect(new Set(heard.map(({ partition }) => partition))).toEqual(new Set(assigned(consumer)));
    }
    await second.close();
    await until('all for one again', () => assigned(one).length === 4);
  });

  test('give the seat of a static member to who comes with its name, without a rebalance', async () => {
    const topic = await newTopic('seats');
    // It must not notice before the end of the test: it would take its seat back.
    const before = newConsumer('seated', { groupInstanceId: 'seat', heartbeatInterval: 8000 });
    const first = await follow(before, [topic]);
    await first.stream.close();
    const { generationId, memberId } = before;
    const after = newConsumer('seated', { groupInstanceId: 'seat' });
    const { heard } = await follow(after, [topic]);
    expect(after.generationId).toBe(generationId);
    expect(after.memberId).not.toBe(memberId);
    const members = async () => {
      const group = (await admin.describeGroups({ groups: ['seated'] })).get('seated');
      return [...(group?.members.keys() ?? [])];
    };
    expect(await members()).toEqual([after.memberId]);
    // It is fenced: it cannot leave on the other's behalf.
    await before.leaveGroup(true);
    expect(await members()).toEqual([after.memberId]);
    await before.close(true).catch(() => {});
    await send(numbered(topic, 0, 3));
    await until('three', () => heard.length === 3);
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('go on through %s, sessions and all', async (signal) => {
    const topic = await newTopic(`survived-${signal}`, 3);
    const { heard } = await follow(newConsumer(`survivors-${signal}`), [topic]);
    const producer = newProducer();
    for (let round = 0; round < 5; round++) {
      const messages = numbered(topic, round * 30, round * 30 + 30, 3);
      await producer.send({ messages, acks: -1, idempotent: true });
      await until('the round', () => heard.length >= round * 30 + 30);
      if (round === 2) await broker.endAndStart(signal);
    }
    expect(new Set(heard.map(({ value }) => value)).size).toBe(150);
    for (const partition of [0, 1, 2]) {
      const offsets = heard.filter((of) => of.partition === partition).map(({ offset }) => Number(offset));
      expect(offsets).toEqual(Array.from({ length: 50 }, (_, at) => at));
    }
  });
});

test('the broker had nothing to complain about', () => {
  expect(broker.errors).toBe('');
});
