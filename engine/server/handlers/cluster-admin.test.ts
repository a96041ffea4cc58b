// What clients learn of the cluster.

import { describe, expect, test } from 'vitest';
import { present } from '../../base/assert.ts';
import { errorName } from '../../errors.ts';
import { ask, eachVersion, withTopics } from '../../testing/ask-handler.ts';
import { createIn, type Fixture, startController } from '../../testing/controller-fixture.ts';
import type { Handler } from '../handler.ts';
import { apiVersionsHandler } from './api-versions.ts';
import { describeClusterHandler } from './describe-cluster.ts';
import { describeLogDirsHandler } from './describe-log-dirs.ts';
import { describeTopicPartitionsHandler } from './describe-topic-partitions.ts';
import { metadataHandler } from './metadata.ts';
import { produceHandler } from './produce.ts';

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';
const handlers = [produceHandler, metadataHandler, apiVersionsHandler] as unknown as Handler[];

describe('ApiVersions', () => {
  const client = { clientSoftwareName: 'a-b.c', clientSoftwareVersion: '1' };

  test('lists what has a handler, Produce from 0', () => {
    for (const version of [0, 1, 2, 3, 4]) {
      const named = version < 3 ? { clientSoftwareName: '', clientSoftwareVersion: '' } : client;
      const response = ask(startController(), apiVersionsHandler, version, named, handlers);
      expect(response.errorCode).toBe(0);
      expect(response.apiKeys.map((one) => one.apiKey)).toEqual([0, 3, 18]);
      expect(response.apiKeys[0]).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 });
    }
  });

  test('features whose lowest level is 0 are for version 4', () => {
    const names = (version: number) =>
      ask(startController(), apiVersionsHandler, version, client, handlers).supportedFeatures.map(
        (one) => one.name,
      );
    expect(names(3)).toEqual(['metadata.version']);
    expect(names(4)).toEqual(['kraft.version', 'metadata.version', 'eligible.leader.replicas.version']);
  });

  test('finalized features come with the offset at which they hold', () => {
    const response = ask(startController(), apiVersionsHandler, 3, client, handlers);
    expect(response.finalizedFeatures).toEqual([
      { name: 'metadata.version', maxVersionLevel: 30, minVersionLevel: 30 },
      { name: 'eligible.leader.replicas.version', maxVersionLevel: 1, minVersionLevel: 1 },
    ]);
    expect(response.finalizedFeaturesEpoch).toBe(4);
  });

  test.each([
    ['', '1'],
    ['-a', '1'],
    ['a', ''],
    ['a b', '1'],
    ['a', '1.'],
  ])('a client that calls itself %o %o is refused', (clientSoftwareName, clientSoftwareVersion) => {
    const response = ask(startController(), apiVersionsHandler, 3, {
      clientSoftwareName,
      clientSoftwareVersion,
    });
    expect(response).toMatchObject({ errorCode: 42, apiKeys: [] });
  });
});

describe('Metadata', () => {
  const flags = { includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false };
  const named = (...names: string[]) => names.map((name) => ({ name, topicId: noId }));

  test('all topics: empty in version 0, null later, where empty is none', () => {
    const fixture = withTopics('a', 'b');
    const topicsFor = (version: number, topics: { name: string; topicId: string }[] | null) =>
      ask(fixture, metadataHandler, version, { topics, ...flags }).topics.map((topic) => topic.name);
    expect(topicsFor(0, [])).toEqual(['a', 'b']);
    eachVersion(metadataHandler, (version) => {
      if (version === 0) return;
      expect(topicsFor(version, null)).toEqual(['a', 'b']);
      expect(topicsFor(version, [])).toEqual([]);
      expect(topicsFor(version, named('b'))).toEqual(['b']);
    });
  });

  test('brokers, cluster and partitions', () => {
    const response = ask(withTopics('a'), metadataHandler, 13, { topics: null, ...flags });
    expect(response).toMatchObject({ clusterId: 'c', controllerId: 1, errorCode: 0 });
    expect(response.brokers).toEqual([{ nodeId: 1, host: 'seen.test', port: 9192, rack: null }]);
    expect(response.topics[0]?.partitions[1]).toEqual({
      errorCode: 0,
      partitionIndex: 1,
      leaderId: 1,
      leaderEpoch: 0,
      replicaNodes: [1],
      isrNodes: [1],
      offlineReplicas: [],
    });
  });

  test('an unknown topic is created in passing, and unknown this once', () => {
    const fixture = startController();
    const request = { topics: named('new'), allowAutoTopicCreation: true, ...flags };
    const errors = () =>
      ask(fixture, metadataHandler, 4, request).topics.map((topic) => errorName(topic.errorCode));
    expect(errors()).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    expect(errors()).toEqual(['NONE']);
  });

  test.each([
    ['the request does not allow it', {}, false, null],
    ['the broker does not allow it', { 'auto.create.topics.enable': 'false' }, true, null],
    ['all topics are asked for', {}, true, 'all'],
  ] as const)('not created when %s', (_what, properties, allowAutoTopicCreation, which) => {
    const fixture = startController(properties);
    const topics = which === 'all' ? null : named('new');
    ask(fixture, metadataHandler, 4, { topics, allowAutoTopicCreation, ...flags });
    expect(fixture.controller.image.topicsCount).toBe(0);
  });

  test('an illegal name is 17 and creates nothing', () => {
    const fixture = startController();
    const response = ask(fixture, metadataHandler, 4, { topics: named('a b', 'x'), ...flags });
    expect(response.topics.map((topic) => topic.errorCode)).toEqual([17, 3]);
    expect([...fixture.controller.image.topics()].map((topic) => topic.name)).toEqual(['x']);
  });

  test('ids from version 12 on', () => {
    const fixture = withTopics('a', 'b');
    const topicId = present(fixture.controller.image.topic('a'), 'a').topicId;
    const unknown = 'AAAAAAAAAAAAAAAAAAAAZA';
    const topics = [
      { name: null, topicId },
      { name: null, topicId: unknown },
    ];
    const late = ask(fixture, metadataHandler, 12, { topics, ...flags });
    expect(late.topics.map((topic) => [topic.name, topic.topicId, topic.errorCode])).toEqual([
      ['a', topicId, 0],
      [null, unknown, 100],
    ]);
    const early = ask(fixture, metadataHandler, 11, { topics, ...flags });
    expect(early.topics.map((topic) => topic.errorCode)).toEqual([42, 42]);
  });

  test('internal topics are marked, operations told when asked', () => {
    const fixture = startController({ 'offsets.topic.replication.factor': '1' });
    const request = { topics: named('__consumer_offsets'), ...flags, includeTopicAuthorizedOperations: true };
    ask(fixture, metadataHandler, 8, request);
    const response = ask(fixture, metadataHandler, 8, {
      ...request,
      includeClusterAuthorizedOperations: true,
    });
    expect(response.topics[0]).toMatchObject({
      isInternal: true,
      errorCode: 0,
      topicAuthorizedOperations: 3576,
    });
    expect(response.clusterAuthorizedOperations).toBe(8096);
    expect(response.topics[0]?.partitions).toHaveLength(50);
  });

  test('a partition that nobody leads', () => {
    const fixture = withTopics('a');
    const { image } = fixture.controller;
    const { topicId } = present(image.topic('a'), 'a');
    const change = {
      partitionId: 0,
      topicId,
      isr: null,
      leader: -1,
      replicas: null,
      removingReplicas: null,
      addingReplicas: null,
      leaderRecoveryState: -1,
      directories: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    };
    image.replay([{ kind: 'partition-change', body: change }], image.highestOffset + 1);
    const response = ask(fixture, metadataHandler, 7, { topics: named('a'), ...flags });
    expect(response.topics[0]?.partitions[0]).toMatchObject({ errorCode: 5, leaderId: -1, leaderEpoch: 1 });
  });

  test('fenced brokers are left out and their replicas offline', () => {
    const fixture = withTopics('a');
    const { image } = fixture.controller;
    image.replay([{ kind: 'fence-broker', body: { id: 1, epoch: 1 } }], image.highestOffset + 1);
    const response = ask(fixture, metadataHandler, 7, { topics: named('a'), ...flags });
    expect(response.brokers).toEqual([]);
    expect(response.topics[0]?.partitions[0]?.offlineReplicas).toEqual([1]);
  });
});

describe('DescribeCluster', () => {
  test('in every version', () => {
    eachVersion(describeClusterHandler, (version) => {
      const response = ask(startController(), describeClusterHandler, version, {
        includeClusterAuthorizedOperations: true,
        includeFencedBrokers: false,
      });
      expect(response).toMatchObject({
        errorCode: 0,
        clusterId: 'c',
        controllerId: 1,
        clusterAuthorizedOperations: 8096,
      });
      expect(response.brokers).toMatchObject([
        { brokerId: 1, host: 'seen.test', port: 9192, isFenced: false },
      ]);
    });
  });

  test('fenced brokers on request, other endpoint types refused', () => {
    const fixture = startController();
    fixture.controller.image.replay([{ kind: 'fence-broker', body: { id: 1, epoch: 1 } }], 9);
    const brokers = (includeFencedBrokers: boolean) =>
      ask(fixture, describeClusterHandler, 2, {
        includeClusterAuthorizedOperations: false,
        includeFencedBrokers,
      }).brokers;
    expect(brokers(false)).toEqual([]);
    expect(brokers(true)).toMatchObject([{ brokerId: 1, isFenced: true }]);
    const codes = [2, 3].map(
      (endpointType) =>
        ask(fixture, describeClusterHandler, 1, {
          includeClusterAuthorizedOperations: false,
          endpointType,
          includeFencedBrokers: false,
        }).errorCode,
    );
    expect(codes).toEqual([114, 115]);
  });
});

describe('DescribeTopicPartitions', () => {
  const page = (
    fixture: Fixture,
    names: string[],
    limit: number,
    cursor: { topicName: string; partitionIndex: number } | null = null,
  ) => {
    const topics = names.map((name) => ({ name }));
    const response = ask(fixture, describeTopicPartitionsHandler, 0, {
      topics,
      responsePartitionLimit: limit,
      cursor,
    });
    const seen = response.topics.map((topic) => [
      topic.name,
      ...topic.partitions.map((one) => one.partitionIndex),
    ]);
    return { seen, next: response.nextCursor, topics: response.topics };
  };

  test('pages of every size tell the same', () => {
    const fixture = withTopics('b', 'a', 'c');
    for (let limit = 1; limit <= 7; limit++) {
      const told: string[] = [];
      let cursor: { topicName: string; partitionIndex: number } | null = null;
      for (let pages = 0; pages < 20; pages++) {
        const { topics, next } = page(fixture, [], limit, cursor);
        for (const topic of topics)
          for (const one of topic.partitions) told.push(`${topic.name}/${one.partitionIndex}`);
        cursor = next;
        if (cursor === null) break;
      }
      expect(told).toEqual(['a/0', 'a/1', 'b/0', 'b/1', 'c/0', 'c/1']);
    }
  });

  test('full at the end of a topic: the next page begins with the next one', () => {
    const fixture = withTopics('a', 'b');
    expect(page(fixture, ['b', 'a', 'a'], 2)).toMatchObject({
      seen: [['a', 0, 1]],
      next: { topicName: 'b', partitionIndex: 0 },
    });
  });

  test('the broker has the last word on the size', () => {
    const fixture = startController({ 'max.request.partition.size.limit': '1', 'num.partitions': '2' });
    createIn(fixture, { name: 'a' });
    expect(page(fixture, [], 2000).next).toEqual({ topicName: 'a', partitionIndex: 1 });
  });

  test('unknown, illegal, and a cursor before the beginning', () => {
    const fixture = withTopics('a');
    const codes = (cursor: { topicName: string; partitionIndex: number } | null) =>
      page(fixture, ['a', 'b', '!'], 10, cursor).topics.map((topic) => [topic.name, topic.errorCode]);
    expect(codes(null)).toEqual([
      ['!', 17],
      ['a', 0],
      ['b', 3],
    ]);
    expect(codes({ topicName: 'a', partitionIndex: -1 })).toEqual([
      ['a', 42],
      ['b', 42],
      ['!', 42],
    ]);
  });
});

describe('DescribeLogDirs', () => {
  test('all, or those asked for, in every version', () => {
    eachVersion(describeLogDirsHandler, (version) => {
      const told = (topics: { topic: string; partitions: number[] }[] | null) =>
        ask(startController(), describeLogDirsHandler, version, { topics }).results.map((result) => [
          result.logDir,
          ...result.topics.map((topic) => [topic.name, ...topic.partitions.map((one) => one.partitionIndex)]),
        ]);
      expect(told(null)).toEqual([['/logs', ['b', 0, 1], ['a', 0]]]);
      expect(told([{ topic: 'b', partitions: [1, 7] }])).toEqual([['/logs', ['b', 1]]]);
      expect(told([])).toEqual([['/logs']]);
    });
  });
});

describe('long words', () => {
  test('a name as long as a classic string may be comes back with a message that fits', () => {
    const name = '!'.repeat(32_767);
    const draft = { topics: [{ name, topicId: noId }] };
    const flags = { includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false };
    expect(ask(startController(), metadataHandler, 1, { ...draft, ...flags }).topics[0]?.errorCode).toBe(17);
  });
});
