// @platformatic/kafka's admin client against the broker in a process. It speaks newer versions than kafkajs
// (topic ids, compact lengths, batched questions) and knows more APIs.

import {
  Admin,
  ConfigResourceTypes,
  Consumer,
  IncrementalAlterConfigOperationTypes,
  ListOffsetTimestamps,
  Producer,
  stringSerializers,
} from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrokerProcess } from './broker-process.ts';
import { platformaticOptions } from './platformatic-client.ts';

// Not long ago: what is older than retention.ms may go at any time.
const timestamp = Date.now() - 60_000;
let broker: BrokerProcess;
let options: ReturnType<typeof platformaticOptions>;
let admin: Admin;

beforeAll(async () => {
  broker = await BrokerProcess.start();
  options = { ...platformaticOptions(broker.address), retries: 0 };
  admin = new Admin(options);
});
afterAll(async () => {
  await admin.close();
  await broker.discard();
});

async function topicWith(topic: string, records: number, partitions = 1): Promise<string> {
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  const producer = new Producer({ ...options, serializers: stringSerializers });
  const messages = Array.from({ length: records }, (_, number) => ({
    topic,
    key: `${number}`,
    value: `value ${number}`,
    partition: number % partitions,
    timestamp: BigInt(timestamp + number * 1000),
  }));
  if (records > 0) await producer.send({ messages, acks: -1 });
  await producer.close();
  return topic;
}

/** The protocol errors somewhere in what was thrown, by Kafka's names. */
async function errorsOf(work: Promise<unknown>): Promise<string[]> {
  const found: string[] = [];
  const look = (error: { apiId?: string; errors?: never[] }): void => {
    if (error.apiId !== undefined) found.push(error.apiId);
    for (const nested of error.errors ?? []) look(nested);
  };
  await work.then(() => found.push('none'), look);
  return found;
}

describe('topics', () => {
  test('are created with what the broker says about them', async () => {
    const configs = [{ name: 'retention.ms', value: '1234' }];
    const [created] = await admin.createTopics({ topics: ['made'], partitions: 2, replicas: 1, configs });
    expect(created).toMatchObject({ name: 'made', partitions: 2, replicas: 1 });
    expect(created?.configuration).toMatchObject({ 'retention.ms': '1234', 'cleanup.policy': 'delete' });
    expect(created?.id).toMatch(/^[0-9a-f-]{36}$/);
    const { topics } = await admin.metadata({ topics: ['made'] });
    expect(topics.get('made')).toMatchObject({ id: created?.id, partitionsCount: 2 });
    expect(await errorsOf(admin.createTopics({ topics: ['made'] }))).toEqual(['TOPIC_ALREADY_EXISTS']);
  });

  test('get the defaults of the broker when nothing is said', async () => {
    const [created] = await admin.createTopics({ topics: ['plain'], partitions: -1, replicas: -1 });
    expect(created).toMatchObject({ partitions: 1, replicas: 1 });
  });

  test('where one is refused, the others are still made', async () => {
    const wanted = ['good', 'good', 'also good', 'better'];
    expect(await errorsOf(admin.createTopics({ topics: ['better', 'also good'] }))).toEqual([
      'INVALID_TOPIC_EXCEPTION',
    ]);
    expect(await admin.listTopics()).toContain('better');
    // The same name twice is a fault of the whole name: neither of the two is made.
    expect(await errorsOf(admin.createTopics({ topics: wanted.slice(0, 2) }))).toContain('INVALID_REQUEST');
    expect(await admin.listTopics()).not.toContain('good');
  });

  test('collide when they differ by a dot only', async () => {
    await admin.createTopics({ topics: ['a.b'] });
    expect(await errorsOf(admin.createTopics({ topics: ['a_b'] }))).toEqual(['INVALID_TOPIC_EXCEPTION']);
  });

  test('gain partitions', async () => {
    await admin.createTopics({ topics: ['growing'], partitions: 1 });
    await admin.createPartitions({ topics: [{ name: 'growing', count: 3, assignments: null }] });
    await expect
      .poll(async () => (await admin.metadata({ topics: ['growing'], forceUpdate: true })).topics)
      .toMatchObject(new Map([['growing', { partitionsCount: 3 }]]));
    const none = [{ name: 'growing', count: 5, assignments: [] }];
    expect(await errorsOf(admin.createPartitions({ topics: none }))).toEqual(['INVALID_REPLICA_ASSIGNMENT']);
  });

  test('go, and what is not there cannot go', async () => {
    await admin.createTopics({ topics: ['short'] });
    await admin.deleteTopics({ topics: ['short'] });
    expect(await admin.listTopics()).not.toContain('short');
    expect(await errorsOf(admin.deleteTopics({ topics: ['short'] }))).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
  });

  test('take their room on the disk', async () => {
    await topicWith('heavy', 100);
    const [dirs] = await admin.describeLogDirs({ topics: [{ name: 'heavy', partitions: [0] }] });
    const [dir] = dirs?.results ?? [];
    expect(dir?.topics).toMatchObject([
      { name: 'heavy', partitions: [{ partitionIndex: 0, offsetLag: 0n }] },
    ]);
    expect(Number(dir?.topics[0]?.partitions[0]?.partitionSize)).toBeGreaterThan(1000);
  });
});

describe('configurations', () => {
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: 'tuned' };
  const { SET, DELETE, APPEND, SUBTRACT } = IncrementalAlterConfigOperationTypes;

  async function change(name: string, value: string, configOperation: 0 | 2 | 3): Promise<void> {
    const configs = [{ name, value, configOperation }];
    await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs }] });
  }

  async function reset(name: string): Promise<void> {
    const configs = [{ name, configOperation: DELETE }];
    await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs }] });
  }

  async function described(name: string) {
    const resources = [{ ...resource, configurationKeys: [name] }];
    const found = await admin.describeConfigs({
      resources,
      includeSynonyms: true,
      includeDocumentation: true,
    });
    expect(found[0]?.configs).toHaveLength(1);
    return found[0]?.configs[0];
  }

  test('change one by one', async () => {
    await admin.createTopics({ topics: ['tuned'] });
    await change('retention.ms', '5000', SET);
    await change('max.message.bytes', '2000', SET);
    expect(await described('retention.ms')).toMatchObject({
      value: '5000',
      configSource: 1,
      configType: 5,
      documentation: expect.stringMatching(/\w+ \w+/),
      synonyms: [
        { name: 'retention.ms', value: '5000', source: 1 },
        { name: 'log.retention.hours', value: '168', source: 5 },
      ],
    });
    await reset('retention.ms');
    expect(await described('retention.ms')).toMatchObject({ value: '604800000', configSource: 5 });
    expect(await described('max.message.bytes')).toMatchObject({ value: '2000', configSource: 1 });
  });

  test('that are lists grow and shrink', async () => {
    await change('cleanup.policy', 'compact', APPEND);
    expect((await described('cleanup.policy'))?.value).toBe('delete,compact');
    await change('cleanup.policy', 'delete', SUBTRACT);
    expect((await described('cleanup.policy'))?.value).toBe('compact');
    expect(await errorsOf(change('retention.ms', '1', APPEND))).toEqual(['INVALID_CONFIG']);
  });

  test('of nonsense are refused and change nothing', async () => {
    expect(await errorsOf(change('max.message.bytes', '-7', SET))).toEqual(['INVALID_CONFIG']);
    expect(await errorsOf(change('no.such', '1', SET))).toEqual(['INVALID_CONFIG']);
    expect(await described('max.message.bytes')).toMatchObject({ value: '2000' });
  });

  test('outlive the broker, as topics, ids and offsets do', async () => {
    const groupId = 'outlive';
    await topicWith('outlives', 3);
    const before = (await admin.metadata({ topics: ['outlives'], forceUpdate: true })).topics.get('outlives');
    const topics = [{ name: 'outlives', partitionOffsets: [{ partition: 0, offset: 2n }] }];
    await admin.alterConsumerGroupOffsets({ groupId, topics });
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await broker.endAndStart(signal);
      await admin.close();
      admin = new Admin(options);
      expect(await described('max.message.bytes')).toMatchObject({ value: '2000' });
      const after = (await admin.metadata({ topics: ['outlives'] })).topics.get('outlives');
      expect(after?.id).toBe(before?.id);
      const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
      expect(group?.topics).toMatchObject([
        { name: 'outlives', partitions: [{ partitionIndex: 0, committedOffset: 2n }] },
      ]);
    }
  });
});

describe('offsets', () => {
  async function offsetOf(name: string, wanted: bigint) {
    const partitions = [{ partitionIndex: 0, timestamp: wanted }];
    const [topic] = await admin.listOffsets({ topics: [{ name, partitions }] });
    return topic?.partitions[0];
  }

  test('by every kind of timestamp', async () => {
    await topicWith('timed', 10);
    const { LATEST, EARLIEST, MAX, EARLIEST_LOCAL, LATEST_TIERED } = ListOffsetTimestamps;
    const last = BigInt(timestamp + 9000);
    expect(await offsetOf('timed', LATEST)).toMatchObject({ offset: 10n, timestamp: -1n, leaderEpoch: 0 });
    expect(await offsetOf('timed', EARLIEST)).toMatchObject({ offset: 0n, timestamp: -1n });
    expect(await offsetOf('timed', MAX)).toMatchObject({ offset: 9n, timestamp: last });
    expect(await offsetOf('timed', EARLIEST_LOCAL)).toMatchObject({ offset: 0n });
    expect(await offsetOf('timed', LATEST_TIERED)).toMatchObject({ offset: -1n, timestamp: -1n });
    expect(await offsetOf('timed', last - 500n)).toMatchObject({ offset: 9n, timestamp: last });
    expect(await offsetOf('timed', last + 1n)).toMatchObject({ offset: -1n, timestamp: -1n });
    expect(await errorsOf(offsetOf('timed', -99n))).toEqual(['UNSUPPORTED_VERSION']);
  });

  test('move with deleted records', async () => {
    await topicWith('cut', 10);
    const upTo = (offset: bigint) =>
      admin.deleteRecords({ topics: [{ name: 'cut', partitions: [{ partition: 0, offset }] }] });
    expect(await upTo(3n)).toEqual([{ name: 'cut', partitions: [{ partition: 0, lowWatermark: 3n }] }]);
    expect(await offsetOf('cut', ListOffsetTimestamps.EARLIEST)).toMatchObject({ offset: 3n });
    expect(await errorsOf(upTo(11n))).toEqual(['OFFSET_OUT_OF_RANGE']);
    expect(await upTo(-1n)).toEqual([{ name: 'cut', partitions: [{ partition: 0, lowWatermark: 10n }] }]);
    expect(await offsetOf('cut', ListOffsetTimestamps.EARLIEST)).toMatchObject({ offset: 10n });
    expect(await offsetOf('cut', BigInt(timestamp))).toMatchObject({ offset: -1n });
  });

  test('of a group are altered, listed and deleted', async () => {
    await topicWith('altered', 4, 2);
    const groupId = 'alterers';
    const partitionOffsets = [0, 1].map((partition) => ({ partition, offset: BigInt(partition + 1) }));
    await admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: 'altered', partitionOffsets }] });
    const listed = async () => {
      const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
      return group?.topics.flatMap(({ partitions }) => partitions.map((of) => of.committedOffset));
    };
    expect(await listed()).toEqual([1n, 2n]);
    await admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: 'altered', partitionIndexes: [0] }] });
    expect(await listed()).toEqual([2n]);
    await admin.deleteGroups({ groups: [groupId] });
    expect(await listed()).toEqual([]);
    expect(await errorsOf(admin.deleteGroups({ groups: [groupId] }))).toEqual(['GROUP_ID_NOT_FOUND']);
  });
});

describe('groups', () => {
  test('are listed by state, described with their members, and emptied', async () => {
    await topicWith('grouped', 1, 2);
    const groupId = 'crowd';
    const consumer = new Consumer({ ...options, groupId, groupInstanceId: 'first-chair' });
    const stream = await consumer.consume({ topics: ['grouped'], maxWaitTime: 100, autocommit: false });
    const listed = async (state: 'STABLE' | 'EMPTY') =>
      (await admin.listGroups({ states: [state] })).has(groupId);
    expect(await listed('STABLE')).toBe(true);
    expect(await listed('EMPTY')).toBe(false);
    const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
    expect(group).toMatchObject({ state: 'Stable', protocolType: 'consumer', protocol: 'roundrobin' });
    const [member] = [...(group?.members.values() ?? [])];
    expect(member).toMatchObject({ clientId: 'platformatic', groupInstanceId: 'first-chair' });
    expect(member?.assignments?.get('grouped')).toMatchObject({ topic: 'grouped', partitions: [0, 1] });
    expect(await errorsOf(admin.deleteGroups({ groups: [groupId] }))).toEqual(['NON_EMPTY_GROUP']);
    const memberId = member?.id as string;
    await stream.close();
    await admin.removeMembersFromConsumerGroup({ groupId, members: [{ memberId }] });
    expect(await listed('EMPTY')).toBe(true);
    await consumer.close(true).catch(() => {});
  });
});

test('the broker had nothing to complain about', () => {
  expect(broker.errors).toBe('');
});
