import { describe, expect, test } from 'vitest';
import { errorName } from '../errors.ts';
import { ControllerWorld, directoryOf } from '../testing/controller-world.ts';
import { planAlterPartition } from './alter-partition.ts';
import { planAssignDirectories } from './assign-directories.ts';
import { planElectLeaders, planPreferredElections, planUncleanElections } from './elect-leaders.ts';
import { planAlterPartitionReassignments } from './reassignments.ts';

function worldOf(brokers: number, properties: Readonly<Record<string, string>> = {}): ControllerWorld {
  const world = new ControllerWorld(properties);
  world.join(...Array.from({ length: brokers }, (_, at) => at + 1));
  return world;
}

describe('registration', () => {
  const features = (level: [number, number], elr: [number, number] | undefined) => [
    { name: 'metadata.version', minSupportedVersion: level[0], maxSupportedVersion: level[1] },
    ...(elr === undefined
      ? []
      : [
          {
            name: 'eligible.leader.replicas.version',
            minSupportedVersion: elr[0],
            maxSupportedVersion: elr[1],
          },
        ]),
  ];

  test.each([
    ['every finalized level', features([7, 30], [0, 1]), 'NONE'],
    ['more', features([7, 40], [0, 5]), 'NONE'],
    ['an older metadata.version only', features([7, 29], [0, 1]), 'UNSUPPORTED_VERSION'],
    ['a newer one only', features([31, 40], [0, 1]), 'UNSUPPORTED_VERSION'],
    ['nothing of a feature that is on', features([7, 30], undefined), 'UNSUPPORTED_VERSION'],
    ['no level of it', features([7, 30], [0, 0]), 'UNSUPPORTED_VERSION'],
    ['nothing of metadata.version', features([7, 30], [0, 1]).slice(1), 'INVALID_REGISTRATION'],
  ])('of a broker that supports %s: %s', (_, supported, error) => {
    expect(worldOf(0).register(1, { features: supported })).toBe(error);
  });

  test('of a broker that comes from ZooKeeper is refused', () => {
    expect(worldOf(0).register(1, { isMigratingZkBroker: true })).toBe('BROKER_ID_NOT_REGISTERED');
  });

  test('writes down what the broker says of itself', () => {
    const world = worldOf(0);
    world.register(4, { rack: 'r', logDirs: [directoryOf(4), directoryOf(5)] });
    expect(world.image.brokers.get(4)).toMatchObject({
      rack: 'r',
      logDirs: [directoryOf(4), directoryOf(5)],
      endPoints: [{ name: 'PLAINTEXT', host: 'broker-4', port: 9092 }],
      fenced: true,
    });
  });

  test('in a directory other than that of its replicas: it leads none of them', () => {
    const world = worldOf(2, { 'min.insync.replicas': '2' });
    world.createTopic('a', [[1, 2]]);
    world.nowMs += 9000;
    world.register(1, { logDirs: [directoryOf(9)], previousBrokerEpoch: world.epochOf(1) });
    world.fence(2);
    world.heartbeat(1);
    expect(world.partition('a')).toMatchObject({ leader: -1, eligibleLeaderReplicas: [1, 2] });
    world.heartbeat(2);
    expect(world.partition('a').leader).toBe(2);
  });
});

describe('AssignReplicasToDirs', () => {
  const newDisk = directoryOf(9);

  function assign(world: ControllerWorld, brokerId: number, directory: string, partitions = [0]): string[] {
    const topics = [{ topicId: world.image.topic('a')?.topicId ?? '', partitions }];
    const command = {
      brokerId,
      brokerEpoch: world.epochOf(brokerId),
      directories: [{ id: directory, topics }],
    };
    const { directories } = world.run((context) => planAssignDirectories(context, command));
    return directories.flatMap((one) =>
      one.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorName(errorCode))),
    );
  }

  /** Broker 1 has a new disk, and is back; what it held is as its registration left it. */
  function withNewDisk(assignments: number[][], brokers = 1, configs: Record<string, string> = {}) {
    const world = worldOf(brokers, { 'odradek.format.eligible.leader.replicas.version': '0' });
    world.createTopic('a', assignments, configs);
    world.fence(1);
    world.nowMs += 9000;
    world.register(1, { logDirs: [newDisk] });
    world.heartbeat(1);
    return world;
  }

  test('a partition that only waits for the broker with the new disk gets its leader', () => {
    const world = withNewDisk([[1], [1]]);
    expect(world.partition('a')).toMatchObject({ leader: -1, isr: [1] });
    const { leaderEpoch } = world.partition('a');
    expect(assign(world, 1, newDisk, [0, 1])).toEqual(['NONE', 'NONE']);
    expect(world.partition('a')).toMatchObject({ leader: 1, isr: [1], directories: [newDisk] });
    expect(world.partition('a', 1).leader).toBe(1);
    expect(world.partition('a').leaderEpoch).toBe(leaderEpoch + 1);
    assign(world, 1, newDisk);
    expect(world.records).toEqual([]);
  });

  test('a follower with a new disk may be elected from then on, the leader stays', () => {
    const world = withNewDisk([[2, 1]], 2);
    expect(assign(world, 1, newDisk)).toEqual(['NONE']);
    expect(world.partition('a')).toMatchObject({ leader: 2, leaderEpoch: 0, isr: [2] });
    expect(world.partition('a').directories).toEqual([directoryOf(2), newDisk]);
  });

  test('a directory that is not online takes the replica out of the ISR', () => {
    const world = worldOf(2);
    world.createTopic('a', [[1, 2]]);
    expect(assign(world, 1, newDisk)).toEqual(['NONE']);
    expect(world.partition('a')).toMatchObject({ leader: 2, isr: [2] });
    expect(world.partition('a').directories).toEqual([newDisk, directoryOf(2)]);
  });

  test('of a replica that is not there is refused, of a former life altogether', () => {
    const world = worldOf(2);
    world.createTopic('a', [[2]]);
    expect(assign(world, 1, directoryOf(1), [0, 1])).toEqual([
      'NOT_LEADER_OR_FOLLOWER',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    const former = { brokerId: 1, brokerEpoch: world.epochOf(1) - 1, directories: [] };
    const { errorCode } = world.run((context) => planAssignDirectories(context, former));
    expect(errorName(errorCode)).toBe('STALE_BROKER_EPOCH');
  });
});

describe('AlterPartition', () => {
  test('an empty ISR is none', () => {
    const world = worldOf(2);
    world.createTopic('a', [[1, 2]]);
    const partition = {
      partitionIndex: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      leaderRecoveryState: 0,
      newIsr: [],
    };
    const topics = [{ topicId: world.image.topic('a')?.topicId ?? '', partitions: [partition] }];
    const answer = world.run((context) =>
      planAlterPartition(context, { brokerId: 1, brokerEpoch: world.epochOf(1), topics }),
    );
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: 42, isr: [] });
    expect(world.records).toEqual([]);
  });
});

describe('many at once', () => {
  const manyPartitions = (count: number, replicas: readonly number[]) =>
    Array.from({ length: count }, () => [...replicas]);

  /** More partitions than one command may create. */
  function crowded(properties: Readonly<Record<string, string>> = {}): ControllerWorld {
    const world = worldOf(2, properties);
    world.createTopic('a', manyPartitions(6000, [1, 2]));
    world.createTopic('b', manyPartitions(6000, [1, 2]));
    return world;
  }

  const everyPartition = (world: ControllerWorld) =>
    [...world.image.topics()].map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => ({ partitionIndex: index, replicas: [2, 1] })),
    }));

  test('reassignments beyond ten thousand are refused one by one', () => {
    const world = crowded();
    const command = { allowReplicationFactorChange: true, topics: everyPartition(world) };
    const answered = world.run((context) => planAlterPartitionReassignments(context, command));
    const errors = answered.flatMap(({ partitions }) => partitions.map((one) => errorName(one.errorCode)));
    expect(errors.filter((error) => error === 'NONE')).toHaveLength(10_000);
    expect(errors.slice(10_000)).toEqual(errors.slice(10_000).map(() => 'POLICY_VIOLATION'));
    expect(world.records).toHaveLength(10_000);
  });

  test('an election of all beyond ten thousand is refused as a whole', () => {
    const world = crowded();
    // Everything that broker 1 led goes to broker 2, and could come back.
    world.replay(
      [...world.image.topics()].flatMap(({ topicId, partitions }) =>
        partitions.map(({ index }) => ({
          kind: 'partition-change' as const,
          body: {
            partitionId: index,
            topicId,
            isr: null,
            leader: 2,
            replicas: null,
            removingReplicas: null,
            addingReplicas: null,
            leaderRecoveryState: -1,
            directories: null,
            eligibleLeaderReplicas: null,
            lastKnownElr: null,
          },
        })),
      ),
    );
    const command = { electionType: 0, topicPartitions: null };
    const answer = world.run((context) => planElectLeaders(context, command));
    expect(answer).toEqual({ errorCode: 44, topics: [] });
    expect(world.records).toEqual([]);
    // The controller's own rounds are a thousand each, and say that there is more.
    expect(world.run(planPreferredElections)).toBe(true);
    expect(world.records).toHaveLength(1000);
    for (let round = 2; round < 12; round++) expect(world.run(planPreferredElections)).toBe(true);
    world.run(planPreferredElections);
    expect(world.run(planPreferredElections)).toBe(false);
    expect(world.partition('b', 5999).leader).toBe(1);
  });

  test('unclean elections come a thousand at a time', () => {
    const world = worldOf(2, { 'odradek.format.eligible.leader.replicas.version': '0' });
    world.createTopic('a', manyPartitions(1500, [1, 2]));
    world.fence(2);
    world.fence(1);
    world.heartbeat(2);
    expect(world.run(planUncleanElections)).toBe(false);
    expect(world.records).toEqual([]);
    world.replay([
      {
        kind: 'config',
        body: { resourceType: 2, resourceName: 'a', name: 'unclean.leader.election.enable', value: 'true' },
      },
    ]);
    expect(world.run(planUncleanElections)).toBe(true);
    expect(world.records).toHaveLength(1000);
    expect(world.run(planUncleanElections)).toBe(false);
    expect(world.records).toHaveLength(500);
  });
});
