import { describe, expect, test } from 'vitest';
import { zeroUuid } from '../../base/ids.ts';
import { supportedFeatures } from '../../core/registration.ts';
import { ask, eachVersion, withTopics } from '../../testing/ask-handler.ts';
import { createIn, type Fixture, startController } from '../../testing/controller-fixture.ts';
import { directoryOf } from '../../testing/controller-world.ts';
import { allocateProducerIdsHandler } from './allocate-producer-ids.ts';
import { alterPartitionHandler } from './alter-partition.ts';
import { alterPartitionReassignmentsHandler } from './alter-partition-reassignments.ts';
import { assignReplicasToDirsHandler } from './assign-replicas-to-dirs.ts';
import { brokerHeartbeatHandler } from './broker-heartbeat.ts';
import { brokerRegistrationHandler } from './broker-registration.ts';
import { electLeadersHandler } from './elect-leaders.ts';
import { listPartitionReassignmentsHandler } from './list-partition-reassignments.ts';
import { unregisterBrokerHandler } from './unregister-broker.ts';
import { updateFeaturesHandler } from './update-features.ts';

function epochOf(fixture: Fixture, brokerId = 1): number {
  return fixture.view.image.brokers.get(brokerId)?.epoch ?? -1;
}

/** Versions before 4 cannot tell of features whose lowest level is 0, and before 2 of directories. */
function register(fixture: Fixture, version: number, brokerId = 2) {
  return ask(fixture, brokerRegistrationHandler, version, {
    brokerId,
    clusterId: 'cluster-of-the-test',
    incarnationId: directoryOf(brokerId + 20),
    listeners: [{ name: 'PLAINTEXT', host: 'b', port: 1, securityProtocol: 0 }],
    features: supportedFeatures(),
    rack: 'r',
    logDirs: [directoryOf(brokerId)],
  });
}

/** Brokers 1 and 2, both unfenced. */
function ofTwo(): Fixture {
  const fixture = startController();
  register(fixture, 4);
  ask(fixture, brokerHeartbeatHandler, 2, {
    brokerId: 2,
    brokerEpoch: epochOf(fixture, 2),
    currentMetadataOffset: fixture.view.image.highestOffset,
    wantFence: false,
    wantShutDown: false,
  });
  return fixture;
}

describe('BrokerRegistration', () => {
  test('answers with the broker epoch', () => {
    eachVersion(brokerRegistrationHandler, (version) => {
      const fixture = startController();
      const response = register(fixture, version);
      // Without a directory, nobody is taken in.
      if (version < 2) expect(response).toMatchObject({ errorCode: 119, brokerEpoch: -1 });
      else {
        expect(response).toMatchObject({ errorCode: 0, brokerEpoch: epochOf(fixture, 2) });
        expect(fixture.view.image.brokers.get(2)).toMatchObject({ fenced: true, rack: 'r' });
      }
    });
  });
});

describe('BrokerHeartbeat', () => {
  test.each([
    [{}, { errorCode: 0, isCaughtUp: true, isFenced: false, shouldShutDown: false }],
    [{ wantFence: true }, { errorCode: 0, isFenced: true, shouldShutDown: false }],
    [{ wantShutDown: true }, { errorCode: 0, isFenced: true, shouldShutDown: true }],
    [{ brokerEpoch: 0 }, { errorCode: 77, isFenced: true, shouldShutDown: false }],
  ])('%o', (wanted, answer) => {
    eachVersion(brokerHeartbeatHandler, (version) => {
      const fixture = startController();
      const response = ask(fixture, brokerHeartbeatHandler, version, {
        brokerId: 1,
        brokerEpoch: epochOf(fixture),
        currentMetadataOffset: 99,
        wantFence: false,
        wantShutDown: false,
        ...wanted,
      });
      expect(response).toMatchObject(answer);
    });
  });
});

describe('AlterPartition', () => {
  test('takes the ISR with or without broker epochs, by version', () => {
    eachVersion(alterPartitionHandler, (version) => {
      const fixture = ofTwo();
      createIn(fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] });
      const topicId = fixture.view.image.topic('a')?.topicId ?? '';
      const alter = (brokerEpoch: number) => {
        const partition = {
          partitionIndex: 0,
          leaderEpoch: 0,
          partitionEpoch: 0,
          leaderRecoveryState: 0,
          newIsr: version >= 3 ? [] : [1],
          newIsrWithEpochs: version >= 3 ? [{ brokerId: 1, brokerEpoch }] : [],
        };
        const topics = [{ topicId, partitions: [partition] }];
        return ask(fixture, alterPartitionHandler, version, {
          brokerId: 1,
          brokerEpoch: epochOf(fixture),
          topics,
        });
      };
      if (version >= 3) expect(alter(epochOf(fixture) + 1).topics[0]?.partitions[0]?.errorCode).toBe(107);
      expect(alter(epochOf(fixture))).toMatchObject({
        errorCode: 0,
        topics: [{ topicId, partitions: [{ errorCode: 0, leaderId: 1, isr: [1], partitionEpoch: 1 }] }],
      });
    });
  });

  test('is for the life that is registered', () => {
    const request = { brokerId: 1, brokerEpoch: 0, topics: [] };
    expect(ask(startController(), alterPartitionHandler, 3, request)).toMatchObject({ errorCode: 77 });
  });
});

describe('AssignReplicasToDirs', () => {
  const asked = (fixture: Fixture, brokerEpoch: number) => {
    const topicId = fixture.view.image.topic('a')?.topicId ?? zeroUuid;
    const topics = [{ topicId, partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] }];
    return ask(fixture, assignReplicasToDirsHandler, 0, {
      brokerId: 2,
      brokerEpoch,
      directories: [{ id: directoryOf(9), topics }],
    });
  };

  test('tells of each partition, under the directory that was asked for', () => {
    const fixture = ofTwo();
    createIn(fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] });
    const partitions = [
      { partitionIndex: 0, errorCode: 0 },
      { partitionIndex: 7, errorCode: 3 },
    ];
    expect(asked(fixture, epochOf(fixture, 2))).toMatchObject({
      errorCode: 0,
      directories: [{ id: directoryOf(9), topics: [{ partitions }] }],
    });
    expect(fixture.view.image.partition('a', 0)?.directories[1]).toBe(directoryOf(9));
  });

  test('is for the life that is registered', () => {
    expect(asked(ofTwo(), 0)).toMatchObject({ errorCode: 77, directories: [] });
  });
});

describe('ElectLeaders', () => {
  test('tells of each partition that was asked for, or of those that needed something', () => {
    eachVersion(electLeadersHandler, (version) => {
      const fixture = withTopics('a');
      const topicPartitions = [{ topic: 'a', partitions: [0, 7] }];
      const response = ask(fixture, electLeadersHandler, version, {
        electionType: 0,
        topicPartitions,
      });
      expect(response.replicaElectionResults).toMatchObject([
        {
          topic: 'a',
          partitionResult: [
            { partitionId: 0, errorCode: 84 },
            { partitionId: 7, errorCode: 3 },
          ],
        },
      ]);
      const all = ask(fixture, electLeadersHandler, version, { electionType: 0, topicPartitions: null });
      expect(all.replicaElectionResults).toEqual([{ topic: 'a', partitionResult: [] }]);
    });
  });

  test('an unknown kind of election is an error of every partition', () => {
    const topicPartitions = [{ topic: 'a', partitions: [0] }];
    const response = ask(withTopics('a'), electLeadersHandler, 2, { electionType: 9, topicPartitions });
    expect(response).toMatchObject({
      errorCode: 42,
      replicaElectionResults: [{ topic: 'a', partitionResult: [{ partitionId: 0, errorCode: 42 }] }],
    });
    const ofNone = ask(withTopics('a'), electLeadersHandler, 2, { electionType: 9, topicPartitions: [] });
    expect(ofNone).toMatchObject({ errorCode: 0, replicaElectionResults: [] });
  });
});

describe('reassignments', () => {
  test('are begun, told of, and taken back', () => {
    eachVersion(alterPartitionReassignmentsHandler, (version) => {
      const fixture = ofTwo();
      createIn(fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1] }] });
      const reassign = (replicas: number[] | null) =>
        ask(fixture, alterPartitionReassignmentsHandler, version, {
          topics: [{ name: 'a', partitions: [{ partitionIndex: 0, replicas }] }],
        });
      const list = () => ask(fixture, listPartitionReassignmentsHandler, 0, { topics: null }).topics;
      expect(reassign([2])).toMatchObject({
        errorCode: 0,
        responses: [{ name: 'a', partitions: [{ partitionIndex: 0, errorCode: 0, errorMessage: null }] }],
      });
      expect(list()).toEqual([
        {
          name: 'a',
          partitions: [{ partitionIndex: 0, replicas: [2, 1], addingReplicas: [2], removingReplicas: [1] }],
        },
      ]);
      reassign(null);
      expect(list()).toEqual([]);
      expect(reassign(null).responses[0]?.partitions[0]).toMatchObject({ errorCode: 85 });
    });
  });

  test('another number of replicas is refused where version 1 says so', () => {
    const fixture = ofTwo();
    createIn(fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1] }] });
    const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas: [1, 2] }] }];
    const asked = { topics, allowReplicationFactorChange: false };
    const response = ask(fixture, alterPartitionReassignmentsHandler, 1, asked);
    expect(response).toMatchObject({
      allowReplicationFactorChange: false,
      responses: [{ partitions: [{ errorCode: 38 }] }],
    });
    const ofNone = { topics: [], allowReplicationFactorChange: false };
    expect(ask(fixture, alterPartitionReassignmentsHandler, 1, ofNone)).toMatchObject({
      allowReplicationFactorChange: true,
      errorCode: 0,
    });
  });

  test('only those of the topics that were named are told of', () => {
    const fixture = ofTwo();
    createIn(
      fixture,
      { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
      { name: 'b', assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
    );
    const topics = ['a', 'b'].map((name) => ({ name, partitions: [{ partitionIndex: 0, replicas: [2] }] }));
    ask(fixture, alterPartitionReassignmentsHandler, 1, { topics });
    const asked = [
      { name: 'b', partitionIndexes: [0, 1] },
      { name: 'c', partitionIndexes: [0] },
    ];
    const told = ask(fixture, listPartitionReassignmentsHandler, 0, { topics: asked });
    expect(told.topics.map(({ name }) => name)).toEqual(['b']);
  });
});

test('UnregisterBroker', () => {
  const fixture = ofTwo();
  const unregister = () => ask(fixture, unregisterBrokerHandler, 0, { brokerId: 2 });
  expect(unregister()).toMatchObject({ errorCode: 0, errorMessage: null });
  expect(fixture.view.image.brokers.get(2)).toBeUndefined();
  expect(unregister()).toMatchObject({ errorCode: 102, errorMessage: expect.stringContaining('2') });
});

test('AllocateProducerIds', () => {
  const fixture = startController();
  const allocate = (brokerEpoch: number) =>
    ask(fixture, allocateProducerIdsHandler, 0, { brokerId: 1, brokerEpoch });
  expect(allocate(epochOf(fixture))).toMatchObject({ errorCode: 0, producerIdStart: 0, producerIdLen: 1000 });
  expect(allocate(epochOf(fixture))).toMatchObject({ errorCode: 0, producerIdStart: 1000 });
  expect(allocate(-1)).toMatchObject({ errorCode: 77, producerIdLen: 0 });
});

test('UpdateFeatures says of a downgrade, by version, that it may be', () => {
  eachVersion(updateFeaturesHandler, (version) => {
    const fixture = startController();
    const update = (mayGoDown: boolean) =>
      ask(fixture, updateFeaturesHandler, version, {
        featureUpdates: [
          {
            feature: 'eligible.leader.replicas.version',
            maxVersionLevel: 0,
            allowDowngrade: version === 0 && mayGoDown,
            ...(version >= 1 ? { upgradeType: mayGoDown ? 2 : 1 } : {}),
          },
        ],
      });
    const refused = update(false);
    expect(refused).toMatchObject({ errorCode: 95, results: [] });
    const feature = 'eligible.leader.replicas.version';
    const taken = update(true);
    expect(taken.errorCode).toBe(0);
    expect(taken.results).toMatchObject(version >= 2 ? [] : [{ feature, errorCode: 0 }]);
    expect(fixture.view.image.features.has(feature)).toBe(false);
  });
});

test('who is not the active controller says so in each of them', () => {
  const fixture = ofTwo();
  fixture.controller.leadershipChanged(1, false);
  const id = { brokerId: 1, brokerEpoch: epochOf(fixture) };
  const heartbeat = { ...id, currentMetadataOffset: 0, wantFence: false, wantShutDown: false };
  const codes = [
    register(fixture, 4, 3).errorCode,
    ask(fixture, brokerHeartbeatHandler, 1, heartbeat).errorCode,
    ask(fixture, alterPartitionHandler, 3, { ...id, topics: [] }).errorCode,
    ask(fixture, assignReplicasToDirsHandler, 0, { ...id, directories: [] }).errorCode,
    ask(fixture, electLeadersHandler, 2, { electionType: 0, topicPartitions: null }).errorCode,
    ask(fixture, alterPartitionReassignmentsHandler, 1, { topics: [] }).errorCode,
    ask(fixture, listPartitionReassignmentsHandler, 0, { topics: null }).errorCode,
    ask(fixture, unregisterBrokerHandler, 0, { brokerId: 1 }).errorCode,
    ask(fixture, allocateProducerIdsHandler, 0, id).errorCode,
  ];
  expect(codes).toEqual(codes.map(() => 41));
});
