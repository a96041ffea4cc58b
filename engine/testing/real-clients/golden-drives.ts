// What each client does while its requests are recorded: a bit of everything that the broker serves, always
// with the same names and records, which `protocol/golden/golden.test.ts` expects.

import {
  Admin,
  ConfigResourceTypes,
  Consumer,
  IncrementalAlterConfigOperationTypes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { compressions } from '../../protocol/compression.ts';
import { kafkajsCodes, newKafkajs } from './kafkajs-client.ts';
import { kcat } from './kcat-client.ts';
import { platformaticOptions } from './platformatic-client.ts';

const topic = 'golden';
const group = 'golden-readers';
const timestamp = 1_750_000_000_000;
const records = [0, 1, 2].map((number) => ({ key: `key-${number}`, value: `value ${number} `.repeat(40) }));

export async function driveKafkajs(address: string): Promise<void> {
  const kafka = newKafkajs(address, 'golden-kafkajs');
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'retention.ms', value: '60000000' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] });
  await admin.listTopics();
  await admin.describeCluster();
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic };
  await admin.describeConfigs({ resources: [resource], includeSynonyms: true });
  await admin.alterConfigs({ resources: [{ ...resource, configEntries }], validateOnly: false });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (const compression of compressions) {
    const messages = records.map((record) => ({
      ...record,
      partition: 0,
      timestamp: String(timestamp),
      headers: { origin: 'kafkajs' },
    }));
    await producer.send({ topic, messages, compression: kafkajsCodes[compression] });
  }
  await producer.disconnect();
  await admin.fetchTopicOffsets(topic);
  await admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
  await driveKafkajsGroup(kafka);
  await admin.listGroups();
  await admin.describeGroups([group]);
  await admin.fetchOffsets({ groupId: group, topics: [topic] });
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '2' }] });
  await admin.deleteGroups([group]);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] });
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
}

async function driveKafkajsGroup(kafka: kafkajs.Kafka): Promise<void> {
  const consumer = kafka.consumer({ groupId: group, heartbeatInterval: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((beating) => {
    consumer.on('consumer.heartbeat', () => beating());
    consumer.run({ eachMessage: async () => {}, autoCommit: false });
  });
  await consumer.commitOffsets([{ topic, partition: 0, offset: '3', metadata: 'said kafkajs' }]);
  await consumer.disconnect();
}

export async function drivePlatformatic(address: string): Promise<void> {
  const options = { ...platformaticOptions(address), clientId: 'golden-platformatic' };
  const admin = new Admin(options);
  const config = { name: 'retention.ms', value: '60000000' };
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1, configs: [config] });
  await admin.createPartitions({ topics: [{ name: topic, count: 2, assignments: null }] });
  await admin.listTopics();
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic };
  await admin.describeConfigs({ resources: [{ ...resource, configurationKeys: ['retention.ms'] }] });
  await admin.alterConfigs({ resources: [{ ...resource, configs: [config] }] });
  const change = { ...config, configOperation: IncrementalAlterConfigOperationTypes.SET };
  await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [change] }] });
  await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] });
  const producer = new Producer({ ...options, serializers: stringSerializers, idempotent: true, acks: -1 });
  for (const compression of compressions) {
    const messages = records.map((record) => ({
      ...record,
      topic,
      partition: 0,
      timestamp: BigInt(timestamp),
      headers: { origin: 'platformatic' },
    }));
    await producer.send({ messages, compression });
  }
  await producer.close();
  await admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }] });
  await drivePlatformaticGroup(options);
  await admin.listGroups();
  await admin.describeGroups({ groups: [group] });
  await admin.listConsumerGroupOffsets({ groups: [group] });
  const offsets = [{ name: topic, partitionOffsets: [{ partition: 0, offset: 2n }] }];
  await admin.alterConsumerGroupOffsets({ groupId: group, topics: offsets });
  await admin.deleteConsumerGroupOffsets({
    groupId: group,
    topics: [{ name: topic, partitionIndexes: [0] }],
  });
  await admin.deleteGroups({ groups: [group] });
  await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 1n }] }] });
  await admin.deleteTopics({ topics: [topic] });
  await admin.close();
}

async function drivePlatformaticGroup(options: ReturnType<typeof platformaticOptions>): Promise<void> {
  const consumer = new Consumer({ ...options, groupId: group, deserializers: stringDeserializers });
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.EARLIEST,
    autocommit: false,
    maxWaitTime: 100,
    heartbeatInterval: 100,
  });
  const beating = new Promise<void>((resolve) => consumer.once('consumer:heartbeat:end', () => resolve()));
  stream.on('data', () => {});
  await beating;
  await consumer.commit({ offsets: [{ topic, partition: 0, offset: 3n, leaderEpoch: 0 }] });
  await stream.close();
  await consumer.close(true);
}

export async function driveKcat(address: string): Promise<void> {
  const identity = ['-X', 'client.id=golden-kcat'];
  const run = async (parameters: readonly string[], input = ''): Promise<void> => {
    const { code, errors } = await kcat(address, [...identity, ...parameters], input);
    if (code !== 0) throw new Error(`kcat ${parameters.join(' ')}: ${errors}`);
  };
  const lines = records.map(({ key, value }) => `${key}\t${value}\n`).join('');
  for (const compression of compressions) {
    const parameters = ['-P', '-t', topic, '-p', '0', '-K', '\t', '-H', 'origin=kcat', '-z', compression];
    await run([...parameters, '-X', 'enable.idempotence=true', '-X', 'linger.ms=200'], lines);
  }
  await run(['-L']);
  await run(['-Q', '-t', `${topic}:0:${timestamp}`]);
  await run(['-C', '-t', topic, '-p', '0', '-o', 'beginning', '-e', '-q']);
  const eager = ['-X', 'heartbeat.interval.ms=100', '-X', 'auto.offset.reset=earliest'];
  // Not more than are there: it commits and leaves in an orderly way when it has counted them.
  await run(['-G', group, topic, '-c', '15', '-q', ...eager]);
}
