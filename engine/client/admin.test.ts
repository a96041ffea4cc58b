// The admin client where leaders and replicas are concerned: what it asks, of whom, and what it makes of the answers.

import { expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { Admin } from './admin.ts';
import { TestingCluster } from './testing-broker.ts';
import { TestingWorld } from './testing-world.ts';

function operator() {
  const world = new TestingWorld();
  const cluster = new TestingCluster(world, [1, 2, 3]);
  cluster.addTopic('orders', 2);
  const runtime = world.runtime();
  const admin = new Admin(runtime, { bootstrapServers: cluster.bootstrapServers, clientId: 'operator' });
  return { world, cluster, runtime, admin };
}

test('another order of replicas and an election of the first one move leadership', () => {
  const { world, cluster, runtime, admin } = operator();
  const wish = { topic: 'orders', partition: 0, replicas: [2, 3, 1] };
  const ordered = world.finish(runtime, admin.alterPartitionReassignments([wish]));
  expect(ordered).toEqual([{ topic: 'orders', partition: 0, error: null, message: null }]);
  expect(cluster.partition('orders', 0).leaderId).toBe(1);
  const both = [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 1 },
  ];
  const elected = world.finish(runtime, admin.electLeaders('preferred', both));
  expect(elected.map(({ partition, error }) => ({ partition, error }))).toEqual([
    { partition: 0, error: null },
    { partition: 1, error: null },
  ]);
  expect(cluster.partition('orders', 0).leaderId).toBe(2);
  const again = world.finish(runtime, admin.electLeaders('preferred', both));
  expect(again.map(({ error }) => error)).toEqual(['ELECTION_NOT_NEEDED', 'ELECTION_NOT_NEEDED']);
});

test('reassignments under way are told, and can be taken back', () => {
  const { world, cluster, runtime, admin } = operator();
  cluster.replicas.slow = true;
  const place = { topic: 'orders', partition: 1 };
  world.finish(runtime, admin.alterPartitionReassignments([{ ...place, replicas: [3, 2] }]));
  const told = world.finish(runtime, admin.listPartitionReassignments());
  const ongoing = { ...place, replicas: [3, 2, 1], addingReplicas: [], removingReplicas: [1] };
  expect(told).toEqual({ ok: true, value: [ongoing] });
  const back = admin.alterPartitionReassignments([{ ...place, replicas: null }]);
  expect(world.finish(runtime, back)).toMatchObject([{ error: null }]);
  expect(world.finish(runtime, admin.listPartitionReassignments([place]))).toEqual({ ok: true, value: [] });
  const twice = admin.alterPartitionReassignments([{ ...place, replicas: null }]);
  expect(world.finish(runtime, twice)).toMatchObject([{ error: 'NO_REASSIGNMENT_IN_PROGRESS' }]);
});

test('partitions of one topic travel together, and each gets its own answer', () => {
  const { world, cluster, runtime, admin } = operator();
  const wishes = [
    { topic: 'orders', partition: 0, replicas: [1] },
    { topic: 'strange', partition: 0, replicas: [1] },
    { topic: 'orders', partition: 1, replicas: [2] },
  ];
  const results = world.finish(runtime, admin.alterPartitionReassignments(wishes));
  expect(results.map(({ topic, partition, error }) => `${topic}-${partition} ${error}`)).toEqual([
    'orders-0 null',
    'orders-1 null',
    'strange-0 UNKNOWN_TOPIC_OR_PARTITION',
  ]);
  const asked = cluster.requests.filter(({ api }) => api === 'AlterPartitionReassignments');
  expect(asked.map(({ request }) => request.topics.length)).toEqual([2]);
});

test('what nobody answers is an error for each partition', () => {
  const { world, cluster, runtime, admin } = operator();
  cluster.script = (api) => (api === 'ElectLeaders' ? { kind: 'lose-request' } : undefined);
  const places = [0, 1].map((partition) => ({ topic: 'orders', partition }));
  const results = world.finish(runtime, admin.electLeaders('unclean', places));
  expect(results.length).toBe(2);
  // The request left: the election may have been held.
  for (const { error } of results) expect(error).toBe('NETWORK_EXCEPTION');
  expect(cluster.requests.filter(({ api }) => api === 'ElectLeaders').length).toBe(1);
});

test('offsets are asked for of whoever leads, also when that changes in between', () => {
  const { world, cluster, runtime, admin } = operator();
  const ask = () =>
    world.finish(runtime, admin.listOffsets([{ topic: 'orders', partition: 0, timestamp: -1 }]));
  expect(ask()).toMatchObject([{ offset: 0, error: null }]);
  cluster.lead('orders', 0, 3);
  cluster.requests.length = 0;
  expect(ask()).toMatchObject([{ offset: 0, error: null }]);
  const asked = cluster.requests.filter(({ api }) => api === 'ListOffsets');
  expect(asked.map(({ nodeId }) => nodeId)).toEqual([1, 3]);
});

test('a topic that is not there is not waited for', () => {
  const { world, runtime, admin } = operator();
  const asked = admin.listOffsets([{ topic: 'nowhere', partition: 0, timestamp: -1 }]);
  expect(world.finish(runtime, asked)[0]?.error).not.toBe(null);
  expect(world.nowMs).toBeLessThan(5_000);
});

test('the quorum is described by whoever is asked, again while it has no leader', () => {
  const { world, cluster, runtime, admin } = operator();
  let asked = 0;
  cluster.rewrite = (api, response) => {
    if (api !== 'DescribeQuorum' || asked++ > 0) return;
    Object.assign(response, { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, topics: [] });
  };
  const told = world.finish(runtime, admin.describeQuorum());
  expect(asked).toBe(2);
  expect(told.ok && told.value).toMatchObject({ leaderId: 1, leaderEpoch: 7, highWatermark: 20 });
  expect(told.ok && told.value.voters.map(({ id, logEndOffset }) => [id, logEndOffset])).toEqual([
    [1, 10],
    [2, 20],
    [3, 30],
  ]);
  cluster.rewrite = (api, response) => {
    if (api === 'DescribeQuorum')
      response.topics[0].partitions[0].errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
  expect(world.finish(runtime, admin.describeQuorum())).toEqual({
    ok: false,
    error: 'UNKNOWN_TOPIC_OR_PARTITION',
  });
});
