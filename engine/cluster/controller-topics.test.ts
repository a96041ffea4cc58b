import { describe, expect, test } from 'vitest';
import { errorName } from '../errors.ts';
import { createIn, startController, topicWanted, type WantedTopic } from '../testing/controller-fixture.ts';

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('CreateTopics', () => {
  test('the broker chooses what the request leaves open', () => {
    const fixture = startController({ 'num.partitions': '3' });
    const created = fixture.run(
      fixture.controller.createTopics({ topics: [topicWanted({ name: 'a' })], validateOnly: false }),
    );
    expect(created).toMatchObject({
      ok: true,
      value: [{ name: 'a', errorCode: 0, errorMessage: null, numPartitions: 3, replicationFactor: 1 }],
    });
    const image = fixture.controller.image.topic('a');
    expect(image?.partitions).toHaveLength(3);
    expect(image?.partitions[2]).toMatchObject({
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 0,
      isr: [1],
      replicas: [1],
    });
    expect(fixture.controller.image.topicById(image?.topicId ?? '')).toBe(image);
  });

  test.each<[string, WantedTopic, string]>([
    ['an illegal name', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['an empty name', { name: '' }, 'INVALID_TOPIC_EXCEPTION'],
    ['two dots', { name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
    ['250 characters', { name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
    ['249 characters', { name: 'x'.repeat(249) }, 'NONE'],
    ['the metadata log', { name: '__cluster_metadata' }, 'INVALID_REQUEST'],
    ['a topic that is there', { name: 'taken.name' }, 'TOPIC_ALREADY_EXISTS'],
    ['a name that collides', { name: 'taken_name' }, 'INVALID_TOPIC_EXCEPTION'],
    ['no partitions', { name: 'a', numPartitions: 0, replicationFactor: 1 }, 'INVALID_PARTITIONS'],
    ['-2 partitions', { name: 'a', numPartitions: -2, replicationFactor: 1 }, 'INVALID_PARTITIONS'],
    ['no replicas', { name: 'a', numPartitions: 1, replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    [
      'more replicas than brokers',
      { name: 'a', numPartitions: 1, replicationFactor: 2 },
      'INVALID_REPLICATION_FACTOR',
    ],
    [
      'no replicas and no partitions',
      { name: 'a', numPartitions: 0, replicationFactor: 0 },
      'INVALID_REPLICATION_FACTOR',
    ],
    ['too many partitions', { name: 'a', numPartitions: 10_001 }, 'POLICY_VIOLATION'],
    [
      'unknown configuration',
      { name: 'a', configs: [{ name: 'retention.years', value: '1' }] },
      'INVALID_CONFIG',
    ],
    ['a bad value', { name: 'a', configs: [{ name: 'segment.bytes', value: '1' }] }, 'INVALID_CONFIG'],
    ['a null value', { name: 'a', configs: [{ name: 'segment.bytes', value: null }] }, 'INVALID_CONFIG'],
    [
      'recompression',
      { name: 'a', configs: [{ name: 'compression.type', value: 'gzip' }] },
      'INVALID_CONFIG',
    ],
    ['compaction by name', { name: 'a', configs: [{ name: 'cleanup.policy', value: 'compact' }] }, 'NONE'],
    [
      'lags that contradict',
      {
        name: 'a',
        configs: [
          { name: 'min.compaction.lag.ms', value: '9' },
          { name: 'max.compaction.lag.ms', value: '8' },
        ],
      },
      'INVALID_CONFIG',
    ],
    [
      'configuration before numbers',
      { name: 'a', numPartitions: 0, configs: [{ name: 'x', value: '1' }] },
      'INVALID_CONFIG',
    ],
    ['an assignment', { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1] }] }, 'NONE'],
    [
      'assignment and count',
      { name: 'a', numPartitions: 1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
      'INVALID_REQUEST',
    ],
    [
      'assignment and factor',
      { name: 'a', replicationFactor: 1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
      'INVALID_REQUEST',
    ],
    [
      'assignment to nobody',
      { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [] }] },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    [
      'assignment to a stranger',
      { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [2] }] },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    [
      'assignment twice to one',
      { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    [
      'assignment with a gap',
      { name: 'a', assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    [
      'a partition assigned twice',
      {
        name: 'a',
        assignments: [
          { partitionIndex: 0, brokerIds: [1] },
          { partitionIndex: 0, brokerIds: [1] },
        ],
      },
      'INVALID_REPLICA_ASSIGNMENT',
    ],
  ])('%s', (_what, wanted, error) => {
    const fixture = startController();
    expect(createIn(fixture, { name: 'taken.name' })).toEqual(['NONE']);
    expect(createIn(fixture, wanted)).toEqual([error]);
    expect(fixture.controller.image.topicsCount).toBe(error === 'NONE' ? 2 : 1);
  });

  test('one bad topic leaves the others alone; a name given twice is answered once', () => {
    const fixture = startController();
    const twice = [{ name: 'b' }, { name: 'b' }];
    expect(createIn(fixture, { name: 'a' }, { name: '!' }, ...twice, { name: 'c' })).toEqual([
      'NONE',
      'INVALID_TOPIC_EXCEPTION',
      'INVALID_REQUEST',
      'NONE',
    ]);
    expect([...fixture.controller.image.topics()].map((one) => one.name)).toEqual(['a', 'c']);
  });

  test('names that collide within one request', () => {
    expect(createIn(startController(), { name: 'a.b' }, { name: 'a_b' })).toEqual([
      'NONE',
      'INVALID_TOPIC_EXCEPTION',
    ]);
  });

  test('validateOnly answers and writes nothing', () => {
    const fixture = startController();
    const before = fixture.log.batches.length;
    const topics = [topicWanted({ name: 'a', configs: [{ name: 'retention.ms', value: '5' }] })];
    const answered = fixture.run(fixture.controller.createTopics({ topics, validateOnly: true }));
    expect(answered).toMatchObject({ ok: true, value: [{ errorCode: 0, topicId: noId, numPartitions: 1 }] });
    expect(fixture.log.batches).toHaveLength(before);
    expect(fixture.controller.image.topicsCount).toBe(0);
  });

  test('the answer tells the configuration', () => {
    const fixture = startController({ 'log.retention.hours': '1' });
    const topics = [topicWanted({ name: 'a', configs: [{ name: 'max.message.bytes', value: '99' }] })];
    const answered = fixture.run(fixture.controller.createTopics({ topics, validateOnly: false }));
    const configs = answered.ok ? answered.value[0]?.configs : undefined;
    expect(configs?.find((one) => one.name === 'max.message.bytes')).toMatchObject({
      value: '99',
      source: 1,
    });
    expect(configs?.find((one) => one.name === 'retention.ms')).toMatchObject({
      value: '3600000',
      source: 4,
    });
    expect(fixture.view.topicConfig('a').get('max.message.bytes')).toBe(99);
  });
});

describe('DeleteTopics', () => {
  test('by name, by id, and every way of being wrong', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }, { name: 'e' });
    const idOf = (name: string) => fixture.controller.image.topic(name)?.topicId ?? '';
    const unknownId = 'AAAAAAAAAAAAAAAAAAAAZA';
    const deleted = fixture.run(
      fixture.controller.deleteTopics([
        { name: 'a', topicId: noId },
        { name: null, topicId: idOf('b') },
        { name: 'c', topicId: noId },
        { name: 'c', topicId: noId },
        { name: 'nobody', topicId: noId },
        { name: null, topicId: unknownId },
        { name: null, topicId: noId },
        { name: 'd', topicId: idOf('d') },
        { name: 'e', topicId: noId },
        { name: null, topicId: idOf('e') },
      ]),
    );
    expect(deleted.ok ? deleted.value.map((one) => [one.name, errorName(one.errorCode)]) : []).toEqual([
      ['a', 'NONE'],
      ['b', 'NONE'],
      ['c', 'INVALID_REQUEST'],
      ['nobody', 'UNKNOWN_TOPIC_OR_PARTITION'],
      [null, 'UNKNOWN_TOPIC_ID'],
      [null, 'INVALID_REQUEST'],
      ['d', 'INVALID_REQUEST'],
      ['e', 'INVALID_REQUEST'],
    ]);
    expect([...fixture.controller.image.topics()].map((one) => one.name)).toEqual(['c', 'd', 'e']);
  });

  test('a topic made again is another topic, without the old configuration', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a', configs: [{ name: 'retention.ms', value: '5' }] });
    const first = fixture.controller.image.topic('a')?.topicId;
    expect(fixture.view.topicConfig('a').get('retention.ms')).toBe(5);
    fixture.run(fixture.controller.deleteTopics([{ name: 'a', topicId: noId }]));
    expect(fixture.view.topicConfig('a').get('retention.ms')).toBe(604_800_000);
    expect(createIn(fixture, { name: 'a' })).toEqual(['NONE']);
    expect(fixture.controller.image.topic('a')?.topicId).not.toBe(first);
    expect(fixture.view.topicConfig('a').get('retention.ms')).toBe(604_800_000);
  });
});

describe('CreatePartitions', () => {
  test.each<[string, number, { brokerIds: number[] }[] | null, string]>([
    ['more', 3, null, 'NONE'],
    ['as many', 2, null, 'INVALID_PARTITIONS'],
    ['fewer', 1, null, 'INVALID_PARTITIONS'],
    ['none', 0, null, 'INVALID_PARTITIONS'],
    ['too many', 20_000, null, 'POLICY_VIOLATION'],
    ['assigned', 3, [{ brokerIds: [1] }], 'NONE'],
    ['too few assigned', 4, [{ brokerIds: [1] }], 'INVALID_REPLICA_ASSIGNMENT'],
    ['assigned to a stranger', 3, [{ brokerIds: [7] }], 'INVALID_REPLICA_ASSIGNMENT'],
    ['assigned to nobody', 3, [{ brokerIds: [] }], 'INVALID_REPLICA_ASSIGNMENT'],
  ])('%s', (_what, count, assignments, error) => {
    const fixture = startController();
    createIn(fixture, { name: 'a', numPartitions: 2 });
    const command = { topics: [{ name: 'a', count, assignments }], validateOnly: false };
    const grown = fixture.run(fixture.controller.createPartitions(command));
    expect(grown.ok ? grown.value.map((one) => errorName(one.errorCode)) : []).toEqual([error]);
    expect(fixture.controller.image.topic('a')?.partitions).toHaveLength(error === 'NONE' ? count : 2);
  });

  test('an unknown topic, a topic named twice, and validateOnly', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a' }, { name: 'b' });
    const grow = (name: string) => ({ name, count: 2, assignments: null });
    const topics = [grow('a'), grow('x'), grow('b'), grow('b')];
    const grown = fixture.run(fixture.controller.createPartitions({ topics, validateOnly: true }));
    expect(grown.ok ? grown.value.map((one) => errorName(one.errorCode)) : []).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'INVALID_REQUEST',
    ]);
    expect(fixture.controller.image.topic('a')?.partitions).toHaveLength(1);
  });
});
