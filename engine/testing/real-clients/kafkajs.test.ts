// kafkajs against the broker in a process: what producers send comes back to consumers, with every codec,
// through commits, rebalances and the death of the broker. Its admin client has a file of its own, and limits
// have one.

import type kafkajs from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compressions } from '../../protocol/compression.ts';
import { kafkajsCodes } from './kafkajs-client.ts';
import { KafkajsWorld, numbered } from './kafkajs-world.ts';
import { until } from './mass-client.ts';

let world: KafkajsWorld;

beforeAll(async () => {
  world = await KafkajsWorld.start();
});
afterEach(() => world.endConsumers());
afterAll(() => world.end());

describe('records come back as they went', () => {
  const now = Date.now();
  const story: kafkajs.Message[] = [
    { key: 'k', value: 'v', headers: { one: '1', two: ['a', 'b'] }, timestamp: `${now}` },
    { key: 'gone', value: null, timestamp: `${now + 1}` },
    { key: null, value: '', timestamp: `${now - 5000}` },
    { key: 'ключ', value: 'значение '.repeat(3000), headers: { empty: '' }, timestamp: `${now}` },
  ];

  test.each(compressions)('%s', async (compression) => {
    const topic = await world.newTopic(`story-${compression}`);
    const [sent] = await world.send({ topic, messages: story, compression: kafkajsCodes[compression] });
    expect(sent).toMatchObject({ errorCode: 0, baseOffset: '0', logAppendTime: '-1', logStartOffset: '0' });
    const heard = await world.readAll(topic, story.length);
    expect(heard).toEqual(
      story.map(({ key = null, value, timestamp, headers = {} }, offset) => ({
        partition: 0,
        offset: `${offset}`,
        timestamp,
        key,
        value,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, of]) => [
            name,
            Array.isArray(of) ? of.map((one) => Buffer.from(one)) : Buffer.from(of as string),
          ]),
        ),
      })),
    );
  });

  test('with the time of the broker when the topic wants that', async () => {
    const topic = await world.newTopic('broker-time', 1, { 'message.timestamp.type': 'LogAppendTime' });
    const from = Date.now();
    const [sent] = await world.send({ topic, messages: [{ value: 'x', timestamp: '1000' }] });
    const at = Number(sent?.logAppendTime);
    expect(at).toBeGreaterThanOrEqual(from);
    expect(at).toBeLessThanOrEqual(Date.now());
    expect((await world.readAll(topic, 1))[0]?.timestamp).toBe(`${at}`);
  });

  test.each([0, 1, -1])('acks=%i', async (acks) => {
    const topic = await world.newTopic(`acks${acks}`);
    await world.send({ topic, messages: numbered(0, 10), acks });
    expect((await world.readAll(topic, 10)).map(({ value }) => value)).toEqual(
      numbered(0, 10).map((of) => of.value),
    );
  });

  test('into a topic that nobody made', async () => {
    await world.send({ topic: 'unmade', messages: [{ value: 'x' }] }, { allowAutoTopicCreation: true });
    expect(await world.readAll('unmade', 1)).toHaveLength(1);
  });
});

describe('groups', () => {
  test('go on where they committed', async () => {
    const topic = await world.newTopic('resumed', 2);
    await world.send({ topic, messages: numbered(0, 20, 2) });
    const first = await world.join(topic, 'resumers');
    await until('twenty', () => first.heard.length === 20);
    const commits = [
      { topic, partition: 0, offset: '10', metadata: 'все' },
      { topic, partition: 1, offset: '4' },
    ];
    await first.consumer.commitOffsets(commits);
    await first.consumer.disconnect();
    const fetched = await world.admin.fetchOffsets({ groupId: 'resumers', topics: [topic] });
    expect(fetched[0]?.partitions).toEqual([
      { partition: 0, offset: '10', metadata: 'все' },
      { partition: 1, offset: '4', metadata: null },
    ]);
    await world.send({ topic, messages: numbered(20, 22, 2) });
    const second = await world.join(topic, 'resumers');
    await until('the rest', () => second.heard.length >= 8);
    expect(second.heard.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual([
      9, 11, 13, 15, 17, 19, 20, 21,
    ]);
  });

  test('share a topic, and take over from who leaves', async () => {
    const topic = await world.newTopic('shared', 4);
    const one = await world.join(topic, 'sharers');
    await until('all for one', () => one.assignment().length === 4);
    const two = await world.join(topic, 'sharers');
    await until('half for each', () => one.assignment().length === 2 && two.assignment().length === 2);
    expect([...one.assignment(), ...two.assignment()].sort()).toEqual([0, 1, 2, 3]);
    await world.send({ topic, messages: numbered(0, 40, 4) });
    await until('all heard', () => one.heard.length + two.heard.length === 40);
    for (const { heard, assignment } of [one, two]) {
      expect(new Set(heard.map(({ partition }) => partition))).toEqual(new Set(assignment()));
    }
    await two.consumer.disconnect();
    await until('all for one again', () => one.assignment().length === 4);
    const before = one.heard.length;
    await world.send({ topic, messages: numbered(40, 80, 4) });
    await until('all heard by one', () => one.heard.filter((of) => Number(of.value) >= 40).length === 40);
    expect(one.heard.length).toBeGreaterThanOrEqual(before + 40);
  });

  test('seek back', async () => {
    const topic = await world.newTopic('sought');
    await world.send({ topic, messages: numbered(0, 10) });
    const { consumer, heard } = await world.join(topic, 'seekers');
    await until('ten', () => heard.length === 10);
    consumer.seek({ topic, partition: 0, offset: '7' });
    await until('three again', () => heard.length === 13);
    expect(heard.slice(10).map(({ value }) => value)).toEqual(['7', '8', '9']);
  });

  test('start at the first record that is left when theirs was deleted', async () => {
    const topic = await world.newTopic('deleted');
    await world.send({ topic, messages: numbered(0, 10) });
    await world.admin.fetchTopicOffsets(topic);
    await world.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });
    const { consumer, heard } = await world.join(topic, 'left');
    await until('four', () => heard.length === 4);
    // Below the start: OFFSET_OUT_OF_RANGE, and the client goes to the beginning that there is.
    consumer.seek({ topic, partition: 0, offset: '2' });
    await until('four again', () => heard.length === 8);
    expect(heard.map(({ value }) => value)).toEqual(['6', '7', '8', '9', '6', '7', '8', '9']);
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('go on through %s', async (signal) => {
    const topic = await world.newTopic(`survived-${signal}`, 2);
    await world.send({ topic, messages: numbered(0, 100, 2) });
    const { heard } = await world.join(topic, `survivors-${signal}`, { autoCommit: true });
    await until('a hundred', () => heard.length === 100);
    await world.broker.endAndStart(signal);
    await world.send({ topic, messages: numbered(100, 200, 2) });
    const all = () => new Set(heard.map(({ value }) => value)).size === 200;
    await until('two hundred', all);
    const groupId = `survivors-${signal}`;
    const ends = async () => (await world.admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions;
    await expect.poll(ends).toMatchObject([{ offset: '100' }, { offset: '100' }]);
  });
});

test('the broker had nothing to complain about', () => {
  expect(world.broker.errors).toBe('');
});
