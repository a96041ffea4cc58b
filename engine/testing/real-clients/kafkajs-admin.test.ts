// kafkajs's admin client against the broker in a process: topics, partitions, configurations, offsets,
// groups, and the errors that Kafka gives to what it does not do.

import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrokerProcess } from './broker-process.ts';
import { newKafkajs } from './kafkajs-client.ts';

// Not long ago: what is older than retention.ms may go at any time.
const timestamp = Date.now() - 60_000;
let broker: BrokerProcess;
let kafka: kafkajs.Kafka;
let admin: kafkajs.Admin;

beforeAll(async () => {
  broker = await BrokerProcess.start();
  kafka = newKafkajs(broker.address, 'admin', 0);
  admin = kafka.admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await broker.discard();
});

async function topicWith(topic: string, records: number, partitions = 1): Promise<void> {
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: records }, (_, number) => ({
    key: `${number}`,
    value: `value ${number}`,
    partition: number % partitions,
    timestamp: `${timestamp + number * 1000}`,
  }));
  if (records > 0) await producer.send({ topic, messages });
  await producer.disconnect();
}

interface Thrown {
  readonly type?: string;
  readonly message: string;
  readonly cause?: Thrown;
  readonly errors?: readonly Thrown[];
  readonly groups?: readonly { readonly error: Thrown }[];
  readonly partitions?: readonly { readonly error: Thrown }[];
}

/** The protocol errors in what kafkajs threw, by Kafka's names: it wraps them in three ways. */
async function errorsOf(work: Promise<unknown>): Promise<string[]> {
  return namesIn(
    await work.then(
      () => ({ message: 'none' }),
      (thrown) => thrown,
    ),
  );
}

function namesIn(thrown: Thrown): string[] {
  if (thrown.cause !== undefined) return namesIn(thrown.cause);
  const nested = thrown.errors ?? (thrown.groups ?? thrown.partitions)?.map(({ error }) => error);
  return nested === undefined ? [thrown.type ?? thrown.message] : nested.flatMap(namesIn);
}

describe('topics', () => {
  test('are created once, described, and deleted', async () => {
    const wanted = { topic: 'once', numPartitions: 3, replicationFactor: 1 };
    expect(await admin.createTopics({ topics: [wanted] })).toBe(true);
    expect(await admin.createTopics({ topics: [wanted] })).toBe(false);
    expect(await admin.listTopics()).toContain('once');
    const { topics } = await admin.fetchTopicMetadata({ topics: ['once'] });
    expect(topics[0]?.partitions.map((of) => of.partitionId).sort()).toEqual([0, 1, 2]);
    for (const { leader, replicas, isr } of topics[0]?.partitions ?? []) {
      expect([replicas, isr]).toEqual([[leader], [leader]]);
    }
    await admin.deleteTopics({ topics: ['once'] });
    expect(await admin.listTopics()).not.toContain('once');
    expect(await errorsOf(admin.fetchTopicMetadata({ topics: ['once'] }))).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
  });

  test('with their own name come back empty', async () => {
    await topicWith('again', 3);
    await admin.deleteTopics({ topics: ['again'] });
    await admin.createTopics({ topics: [{ topic: 'again' }] });
    expect(await admin.fetchTopicOffsets('again')).toEqual([
      { partition: 0, offset: '0', high: '0', low: '0' },
    ]);
  });

  test.each([
    ['a bad name', { topic: 'no/such' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name too long', { topic: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
    ['no partition', { topic: 'zero', numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['more replicas than brokers', { topic: 'two', replicationFactor: 2 }, 'INVALID_REPLICATION_FACTOR'],
    ['no replica', { topic: 'none', replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    [
      'a bad value',
      { topic: 'bad', configEntries: [{ name: 'retention.ms', value: 'soon' }] },
      'INVALID_CONFIG',
    ],
    ['a bad property', { topic: 'bad', configEntries: [{ name: 'no.such', value: '1' }] }, 'INVALID_CONFIG'],
    [
      'a replica on nobody',
      {
        topic: 'bad',
        numPartitions: -1,
        replicationFactor: -1,
        replicaAssignment: [{ partition: 0, replicas: [77] }],
      },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
  ])('%s is refused', async (_name, wanted, error) => {
    expect(await errorsOf(admin.createTopics({ topics: [wanted] }))).toEqual([error]);
    expect(await admin.listTopics()).not.toContain(wanted.topic);
  });

  test('that are only validated do not come into being', async () => {
    expect(
      await admin.createTopics({ topics: [{ topic: 'thought' }], validateOnly: true, waitForLeaders: false }),
    ).toBe(true);
    expect(await admin.listTopics()).not.toContain('thought');
  });

  test('that are not there cannot be deleted', async () => {
    expect(await errorsOf(admin.deleteTopics({ topics: ['nobody'] }))).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
  });

  test('gain partitions, and never lose one', async () => {
    await admin.createTopics({ topics: [{ topic: 'growing', numPartitions: 2 }] });
    await admin.createPartitions({ topicPartitions: [{ topic: 'growing', count: 4 }] });
    expect(await admin.fetchTopicOffsets('growing')).toHaveLength(4);
    for (const count of [4, 3]) {
      const less = admin.createPartitions({ topicPartitions: [{ topic: 'growing', count }] });
      expect(await errorsOf(less)).toEqual(['INVALID_PARTITIONS']);
    }
  });
});

describe('configurations', () => {
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: 'configured' };

  async function described(name: string) {
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: true });
    return resources[0]?.configEntries.find((entry) => entry.configName === name);
  }

  test('come from the default, from the topic, and go back', async () => {
    await admin.createTopics({ topics: [{ topic: 'configured' }] });
    expect(await described('retention.ms')).toMatchObject({
      configValue: '604800000',
      configSource: kafkajs.ConfigSource.DEFAULT_CONFIG,
      isSensitive: false,
      readOnly: false,
    });
    const configEntries = [{ name: 'retention.ms', value: '123456' }];
    await admin.alterConfigs({ resources: [{ ...resource, configEntries }], validateOnly: false });
    const topicConfig = (kafkajs.ConfigSource as unknown as Record<string, number>)['TOPIC_CONFIG'];
    expect(topicConfig).toBe(1);
    expect(await described('retention.ms')).toMatchObject({
      configValue: '123456',
      configSource: topicConfig,
    });
    await admin.alterConfigs({ resources: [{ ...resource, configEntries: [] }], validateOnly: false });
    expect(await described('retention.ms')).toMatchObject({ configValue: '604800000' });
  });

  test('of nonsense are refused, and of nobody', async () => {
    const configEntries = [{ name: 'retention.ms', value: 'never' }];
    const nonsense = admin.alterConfigs({ resources: [{ ...resource, configEntries }], validateOnly: false });
    expect(await errorsOf(nonsense)).toEqual(['INVALID_CONFIG']);
    const nobody = { ...resource, name: 'nobody' };
    expect(await errorsOf(admin.describeConfigs({ resources: [nobody], includeSynonyms: false }))).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
  });

  test('of the broker are told', async () => {
    const { brokers, controller } = await admin.describeCluster();
    expect(brokers).toEqual([{ nodeId: controller, host: broker.host, port: broker.port }]);
    const { resources } = await admin.describeConfigs({
      resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: `${controller}` }],
      includeSynonyms: true,
    });
    const entry = resources[0]?.configEntries.find(
      (one) => one.configName === 'offsets.topic.num.partitions',
    );
    expect(entry).toMatchObject({
      configValue: '3',
      configSource: kafkajs.ConfigSource.STATIC_BROKER_CONFIG,
      readOnly: true,
    });
  });
});

describe('offsets', () => {
  test('of a topic: ends, and by timestamp', async () => {
    await topicWith('timed', 10, 2);
    expect((await admin.fetchTopicOffsets('timed')).sort((a, b) => a.partition - b.partition)).toEqual([
      { partition: 0, offset: '5', high: '5', low: '0' },
      { partition: 1, offset: '5', high: '5', low: '0' },
    ]);
    const at = async (after: number) => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp('timed', timestamp + after);
      return offsets.sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
    };
    expect(await at(-1)).toEqual(['0', '0']);
    expect(await at(4000)).toEqual(['2', '2']);
    expect(await at(4001)).toEqual(['3', '2']);
    // kafkajs itself gives the end where the broker says that there is none.
    expect(await at(60_000)).toEqual(['5', '5']);
  });

  test('of a group that never committed are -1, without an error', async () => {
    await topicWith('uncommitted', 0, 2);
    expect(await admin.fetchOffsets({ groupId: 'nobody', topics: ['uncommitted'] })).toEqual([
      {
        topic: 'uncommitted',
        partitions: [
          { partition: 0, offset: '-1', metadata: null },
          { partition: 1, offset: '-1', metadata: null },
        ],
      },
    ]);
  });

  test('start later after records were deleted', async () => {
    await topicWith('cut', 10);
    const upTo = (offset: string) =>
      admin.deleteTopicRecords({ topic: 'cut', partitions: [{ partition: 0, offset }] });
    // kafkajs looks for the leader before it knows the topic: this question makes it known.
    await admin.fetchTopicOffsets('cut');
    await upTo('4');
    expect(await admin.fetchTopicOffsets('cut')).toEqual([
      { partition: 0, offset: '10', high: '10', low: '4' },
    ]);
    expect(await errorsOf(upTo('11'))).toEqual(['OFFSET_OUT_OF_RANGE']);
    // Up to the high watermark, and a second time a lower one, which changes nothing.
    await upTo('-1');
    await upTo('3');
    expect(await admin.fetchTopicOffsets('cut')).toEqual([
      { partition: 0, offset: '10', high: '10', low: '10' },
    ]);
  });
});

describe('groups', () => {
  test('are listed, described, and deleted when nobody is in them', async () => {
    await topicWith('grouped', 1);
    const groupId = 'members';
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic: 'grouped', fromBeginning: true });
    await new Promise<void>((joined) => {
      consumer.on('consumer.group_join', () => joined());
      consumer.run({ eachMessage: async () => {} });
    });
    expect((await admin.listGroups()).groups).toContainEqual({ groupId, protocolType: 'consumer' });
    const { groups } = await admin.describeGroups([groupId]);
    expect(groups).toMatchObject([
      {
        errorCode: 0,
        groupId,
        state: 'Stable',
        protocolType: 'consumer',
        protocol: 'RoundRobinAssigner',
        members: [
          { clientId: 'admin', clientHost: '/127.0.0.1', memberId: expect.stringMatching(/^admin-/) },
        ],
      },
    ]);
    const member = groups[0]?.members[0];
    const assigned = kafkajs.AssignerProtocol.MemberAssignment.decode(member?.memberAssignment as Buffer);
    expect(assigned?.assignment).toEqual({ grouped: [0] });
    expect(await errorsOf(admin.deleteGroups([groupId]))).toEqual(['NON_EMPTY_GROUP']);
    await consumer.disconnect();
    expect((await admin.describeGroups([groupId])).groups).toMatchObject([{ state: 'Empty', members: [] }]);
    await admin.deleteGroups([groupId]);
    expect((await admin.listGroups()).groups).not.toContainEqual(expect.objectContaining({ groupId }));
  });

  test('that are not there are dead, and cannot be deleted', async () => {
    expect((await admin.describeGroups(['ghosts'])).groups).toMatchObject([{ errorCode: 0, state: 'Dead' }]);
    expect(await errorsOf(admin.deleteGroups(['ghosts']))).toEqual(['GROUP_ID_NOT_FOUND']);
  });
});

test('the broker had nothing to complain about', () => {
  expect(broker.errors).toBe('');
});
