// What a client believes of a cluster whose brokers do not all know the same, move, and go.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { utf8 } from '../protocol/bytes.ts';
import { Producer } from './producer.ts';
import { TestingCluster } from './testing-broker.ts';
import { TestingWorld } from './testing-world.ts';

function setUp(nodeIds: readonly number[] = [1, 2, 3], bootstrap: readonly number[] = nodeIds) {
  const world = new TestingWorld();
  const cluster = new TestingCluster(world, nodeIds);
  cluster.addTopic('orders', 1);
  const runtime = world.runtime();
  const bootstrapServers = bootstrap.map((nodeId) => ({ host: 'broker', port: 9000 + nodeId }));
  const producer = new Producer(runtime, { bootstrapServers, metadataMaxAgeMs: 200, lingerMs: 0 });
  const { metadata } = producer;
  const send = (value: string) =>
    world.finish(runtime, producer.send({ topic: 'orders', partition: 0, value: utf8(value) }).wait());
  const leader = () => metadata.currentLeader('orders', 0);
  return { world, cluster, runtime, metadata, send, leader };
}

/** Every broker tells of this partition what the test says. */
function tell(cluster: TestingCluster, told: Record<string, unknown>, ofTopic: object = {}) {
  cluster.rewrite = (api, response) => {
    if (api !== 'Metadata') return;
    Object.assign(response.topics[0], ofTopic);
    if (response.topics[0].partitions.length > 0) Object.assign(response.topics[0].partitions[0], told);
  };
}

describe('leader epochs', () => {
  test('never go back, whoever tells', () => {
    const { world, cluster, send, leader } = setUp();
    cluster.lead('orders', 0, 2);
    send('a');
    expect(leader()).toMatchObject({ leaderId: 2, leaderEpoch: 1 });
    tell(cluster, { leaderId: 1, leaderEpoch: 0 });
    world.advance(2_000);
    expect(leader()).toMatchObject({ leaderId: 2, leaderEpoch: 1 });
    tell(cluster, { leaderId: 3, leaderEpoch: 1 });
    world.advance(2_000);
    expect(leader()).toMatchObject({ leaderId: 3, leaderEpoch: 1 });
  });

  test('are remembered while a broker does not know the topic', () => {
    const { world, cluster, send, leader } = setUp();
    cluster.lead('orders', 0, 2);
    send('a');
    tell(
      cluster,
      {},
      {
        errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        partitions: [],
      },
    );
    world.advance(1_000);
    expect(leader().leaderId).toBe(-1);
    tell(cluster, { leaderId: 1, leaderEpoch: 0 });
    world.advance(1_000);
    expect(leader()).toEqual({ leaderId: -1, leaderEpoch: 1 });
    tell(cluster, {});
    world.advance(1_000);
    expect(leader()).toMatchObject({ leaderId: 2, leaderEpoch: 1 });
  });

  test('begin anew with another topic of the same name', () => {
    const { world, cluster, send, leader } = setUp();
    cluster.lead('orders', 0, 2);
    send('a');
    tell(cluster, { leaderId: 1, leaderEpoch: 0 }, { topicId: 'another-topic-id-aaaaA' });
    world.advance(1_000);
    expect(leader()).toMatchObject({ leaderId: 1, leaderEpoch: 0 });
  });

  test('of brokers before Metadata v9 are not believed', () => {
    const { world, cluster, send, leader } = setUp();
    cluster.maxVersions.set(3, 8);
    cluster.lead('orders', 0, 2);
    send('a');
    expect(leader()).toMatchObject({ leaderId: 2, leaderEpoch: -1 });
    tell(cluster, { leaderId: 3, leaderEpoch: 0 });
    world.advance(1_000);
    expect(leader()).toMatchObject({ leaderId: 3, leaderEpoch: -1 });
  });

  test('that are newer than the metadata mean that the leader is not known, and metadata are asked for', () => {
    const { world, cluster, metadata, send, leader } = setUp();
    send('a');
    cluster.lead('orders', 0, 2);
    metadata.sawEpoch('orders', 0, 1);
    expect(leader()).toEqual({ leaderId: -1, leaderEpoch: 1 });
    world.advance(150);
    expect(leader()).toMatchObject({ leaderId: 2, leaderEpoch: 1 });
  });
});

describe('brokers', () => {
  test('that come back elsewhere are followed there, although the old connection still stands', () => {
    const { cluster, world, metadata, send } = setUp([1, 2]);
    send('a');
    const old = metadata.standingConnection(1);
    cluster.startNode(1, { host: 'elsewhere', port: 1 });
    world.advance(1_000);
    expect(old?.open).toBe(true);
    expect(metadata.standingConnection(1)).toBe(undefined);
    expect(send('b')).toMatchObject({ kind: 'ok', offset: 1 });
    expect(metadata.standingConnection(1)?.peer).toBe('elsewhere:1');
    expect(old?.open).toBe(false);
  });

  test('are all gone: the bootstrap servers are asked again', () => {
    const { cluster, world, send } = setUp([1, 2, 3], [1]);
    cluster.rewrite = (api, response) => {
      // Broker 1 is but a door: it is told of by nobody.
      if (api === 'Metadata')
        response.brokers = response.brokers.filter(({ nodeId }: { nodeId: number }) => nodeId !== 1);
    };
    cluster.lead('orders', 0, 2);
    expect(send('a')).toMatchObject({ kind: 'ok' });
    for (const nodeId of [1, 2, 3]) cluster.stopNode(nodeId);
    world.advance(20_000);
    cluster.startNode(1);
    for (const nodeId of [2, 3]) cluster.startNode(nodeId, { host: 'elsewhere', port: nodeId });
    expect(send('b')).toMatchObject({ kind: 'ok', offset: 1 });
  });

  test('that ask for it are forgotten', () => {
    const { cluster, world, metadata, send } = setUp([1, 2], [1]);
    send('a');
    const known: number[] = [];
    cluster.rewrite = (api, response) => {
      if (api !== 'Metadata') return;
      known.push(metadata.brokers().length);
      if (known.length === 1) response.errorCode = ErrorCode.REBOOTSTRAP_REQUIRED;
    };
    world.advance(2_000);
    expect(known.slice(0, 3)).toEqual([2, 0, 2]);
    expect(metadata.brokers().map(({ id }) => id)).toEqual([1, 2]);
  });
});
