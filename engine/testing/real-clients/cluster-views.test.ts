// What clients are told of a cluster of three brokers in processes, as a Kafka cluster tells it: who the
// brokers are, who is the controller, who leads what and which replicas are in sync.

import { Admin } from '@platformatic/kafka';
import type kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClusterProcess } from './cluster-process.ts';
import { newKafkajs } from './kafkajs-client.ts';
import { kcat, kcatVersion } from './kcat-client.ts';
import { eventually } from './mass-client.ts';
import { platformaticOptions } from './platformatic-client.ts';

const topic = 'spread';
const partitions = 6;
let cluster: ClusterProcess;
let admin: kafkajs.Admin;

beforeAll(async () => {
  cluster = await ClusterProcess.start({ brokers: 3, parameters: ['--racks', 'a,b,c'] });
  admin = newKafkajs(cluster.bootstrapServers).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 3 }] });
  await eventually('every replica is in sync', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.every(({ isr }) => isr.length === 3) ?? false;
  });
});
afterAll(async () => {
  await admin?.disconnect();
  await cluster?.discard();
});

/** Each broker leads its share, and every partition is everywhere. */
function expectSpread(
  told: readonly { leader: number; replicas: readonly number[]; isr: readonly number[] }[],
) {
  expect(told).toHaveLength(partitions);
  const share = partitions / 3;
  for (const id of [1, 2, 3]) expect(told.filter(({ leader }) => leader === id)).toHaveLength(share);
  for (const { leader, replicas, isr } of told) {
    expect([...replicas].sort()).toEqual([1, 2, 3]);
    expect([...isr].sort()).toEqual([1, 2, 3]);
    expect(replicas[0]).toBe(leader);
  }
}

describe('a cluster of three is shown to', () => {
  test('kafkajs', async () => {
    const { brokers, controller, clusterId } = await admin.describeCluster();
    const expected = cluster.nodes.map(({ id, host, port }) => ({ nodeId: id, host, port }));
    expect([...brokers].sort((a, b) => a.nodeId - b.nodeId)).toEqual(expected);
    expect([1, 2, 3]).toContain(controller);
    expect(clusterId).toBe(cluster.clusterId);
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    expectSpread(topics[0]?.partitions ?? []);
  });

  test('@platformatic/kafka', async () => {
    const platformatic = new Admin(platformaticOptions(cluster.bootstrapServers));
    const told = await platformatic.metadata({ topics: [topic] });
    await platformatic.close();
    expect([...told.brokers.keys()].sort()).toEqual([1, 2, 3]);
    expect([...told.brokers].sort(([a], [b]) => a - b).map(([, { port }]) => port)).toEqual(
      cluster.nodes.map(({ port }) => port),
    );
    expect(told.id).toBe(cluster.clusterId);
    expectSpread(told.topics.get(topic)?.partitions ?? []);
  });

  test('kcat', async (context) => {
    if (kcatVersion === undefined) return context.skip('kcat is not installed');
    const { output } = await kcat(cluster.bootstrapServers, ['-L', '-J', '-t', topic]);
    const told = JSON.parse(output);
    const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id;
    expect(told.brokers.sort(byId)).toEqual(
      cluster.nodes.map(({ id, host, port }) => ({ id, name: `${host}:${port}` })),
    );
    expect([1, 2, 3]).toContain(told.controllerid);
    type Told = { leader: number; replicas: { id: number }[]; isrs: { id: number }[] };
    const spread = told.topics[0].partitions.map(({ leader, replicas, isrs }: Told) => ({
      leader,
      replicas: replicas.map(({ id }) => id),
      isr: isrs.map(({ id }) => id),
    }));
    expectSpread(spread);
  });

  test('nobody, once it has been asked to end', async () => {
    expect(await cluster.stop()).toEqual([0]);
    expect(cluster.errors).not.toMatch(/a bug in|killed/);
  });
});
