import { describe, expect, test } from 'vitest';
import { MetadataImage, resourceType } from '../core/metadata-image.ts';
import { ErrorCode, errorName } from '../errors.ts';
import {
  type MemoryMetadataLog,
  parsedConfig,
  quietRuntime,
  runTask,
  startController,
} from '../testing/controller-fixture.ts';
import { Controller } from './controller.ts';
import { metadataBatchesOf } from './metadata-log.ts';

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

interface Wanted {
  name: string;
  numPartitions?: number;
  replicationFactor?: number;
  assignments?: { partitionIndex: number; brokerIds: number[] }[];
  configs?: { name: string; value: string | null }[];
}

function topic(wanted: Wanted) {
  return { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [], ...wanted };
}

/** Creates topics and gives the error names. */
function create(fixture: ReturnType<typeof startController>, ...wanted: Wanted[]): string[] {
  const created = fixture.run(
    fixture.controller.createTopics({ topics: wanted.map(topic), validateOnly: false }),
  );
  if (!created.ok) return [errorName(created.error)];
  return created.value.map((one) => errorName(one.errorCode));
}

describe('CreateTopics', () => {
  test('the broker chooses what the request leaves open', () => {
    const fixture = startController({ 'num.partitions': '3' });
    const created = fixture.run(
      fixture.controller.createTopics({ topics: [topic({ name: 'a' })], validateOnly: false }),
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

  test.each<[string, Wanted, string]>([
    ['an illegal name', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['an empty name', { name: '' }, 'INVALID_TOPIC_EXCEPTION'],
    ['two dots', { name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
    ['250 characters', { name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
    ['249 characters', { name: 'x'.repeat(249) }, 'NONE'],
    ['the metadata log', { name: '__cluster_metadata' }, 'TOPIC_AUTHORIZATION_FAILED'],
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
    expect(create(fixture, { name: 'taken.name' })).toEqual(['NONE']);
    expect(create(fixture, wanted)).toEqual([error]);
    expect(fixture.controller.image.topicsCount).toBe(error === 'NONE' ? 2 : 1);
  });

  test('one bad topic leaves the others alone; a name given twice is answered once', () => {
    const fixture = startController();
    const twice = [{ name: 'b' }, { name: 'b' }];
    expect(create(fixture, { name: 'a' }, { name: '!' }, ...twice, { name: 'c' })).toEqual([
      'NONE',
      'INVALID_TOPIC_EXCEPTION',
      'INVALID_REQUEST',
      'NONE',
    ]);
    expect([...fixture.controller.image.topics()].map((one) => one.name)).toEqual(['a', 'c']);
  });

  test('names that collide within one request', () => {
    expect(create(startController(), { name: 'a.b' }, { name: 'a_b' })).toEqual([
      'NONE',
      'INVALID_TOPIC_EXCEPTION',
    ]);
  });

  test('validateOnly answers and writes nothing', () => {
    const fixture = startController();
    const before = fixture.log.batches.length;
    const topics = [topic({ name: 'a', configs: [{ name: 'retention.ms', value: '5' }] })];
    const answered = fixture.run(fixture.controller.createTopics({ topics, validateOnly: true }));
    expect(answered).toMatchObject({ ok: true, value: [{ errorCode: 0, topicId: noId, numPartitions: 1 }] });
    expect(fixture.log.batches).toHaveLength(before);
    expect(fixture.controller.image.topicsCount).toBe(0);
  });

  test('the answer tells the configuration', () => {
    const fixture = startController({ 'log.retention.hours': '1' });
    const topics = [topic({ name: 'a', configs: [{ name: 'max.message.bytes', value: '99' }] })];
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
    expect(fixture.controller.topicConfig('a').get('max.message.bytes')).toBe(99);
  });
});

describe('DeleteTopics', () => {
  test('by name, by id, and every way of being wrong', () => {
    const fixture = startController();
    create(fixture, { name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }, { name: 'e' });
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
      ['e', 'NONE'],
      ['e', 'INVALID_REQUEST'],
    ]);
    expect([...fixture.controller.image.topics()].map((one) => one.name)).toEqual(['c', 'd']);
  });

  test('a topic made again is another topic, without the old configuration', () => {
    const fixture = startController();
    create(fixture, { name: 'a', configs: [{ name: 'retention.ms', value: '5' }] });
    const first = fixture.controller.image.topic('a')?.topicId;
    expect(fixture.controller.topicConfig('a').get('retention.ms')).toBe(5);
    fixture.run(fixture.controller.deleteTopics([{ name: 'a', topicId: noId }]));
    expect(fixture.controller.topicConfig('a').get('retention.ms')).toBe(604_800_000);
    expect(create(fixture, { name: 'a' })).toEqual(['NONE']);
    expect(fixture.controller.image.topic('a')?.topicId).not.toBe(first);
    expect(fixture.controller.topicConfig('a').get('retention.ms')).toBe(604_800_000);
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
    create(fixture, { name: 'a', numPartitions: 2 });
    const command = { topics: [{ name: 'a', count, assignments }], validateOnly: false };
    const grown = fixture.run(fixture.controller.createPartitions(command));
    expect(grown.ok ? grown.value.map((one) => errorName(one.errorCode)) : []).toEqual([error]);
    expect(fixture.controller.image.topic('a')?.partitions).toHaveLength(error === 'NONE' ? count : 2);
  });

  test('an unknown topic, a topic named twice, and validateOnly', () => {
    const fixture = startController();
    create(fixture, { name: 'a' }, { name: 'b' });
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

describe('configuration', () => {
  type Operation = [name: string, operation: number, value: string | null];
  const alter = (
    fixture: ReturnType<typeof startController>,
    type: number,
    name: string,
    ...operations: Operation[]
  ) => {
    const configs = operations.map(([name, configOperation, value]) => ({ name, configOperation, value }));
    const resources = [{ resourceType: type, resourceName: name, configs }];
    const altered = fixture.run(
      fixture.controller.incrementalAlterConfigs({ resources, validateOnly: false }),
    );
    return altered.ok ? altered.value.map((one) => errorName(one.errorCode)) : [];
  };

  test.each<[string, number, string, Operation[], string]>([
    ['set', 2, 'a', [['retention.ms', 0, '5']], 'NONE'],
    ['delete what is not set', 2, 'a', [['retention.ms', 1, null]], 'NONE'],
    ['append to a list', 2, 'a', [['cleanup.policy', 2, 'compact']], 'NONE'],
    ['append to a number', 2, 'a', [['retention.ms', 2, '5']], 'INVALID_CONFIG'],
    ['a bad value', 2, 'a', [['retention.ms', 0, 'x']], 'INVALID_CONFIG'],
    ['an unknown name', 2, 'a', [['x', 0, '1']], 'INVALID_CONFIG'],
    ['null', 2, 'a', [['retention.ms', 0, null]], 'INVALID_REQUEST'],
    ['an unknown operation', 2, 'a', [['retention.ms', 4, '5']], 'INVALID_REQUEST'],
    [
      'the same key twice',
      2,
      'a',
      [
        ['retention.ms', 0, '5'],
        ['retention.ms', 0, '6'],
      ],
      'INVALID_REQUEST',
    ],
    ['an unknown topic', 2, 'b', [['retention.ms', 0, '5']], 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an illegal topic', 2, 'b b', [['retention.ms', 0, '5']], 'INVALID_TOPIC_EXCEPTION'],
    ['no topic', 2, '', [['retention.ms', 0, '5']], 'INVALID_REQUEST'],
    ['this broker', 4, '1', [['log.segment.bytes', 0, '2000000']], 'NONE'],
    ['all brokers', 4, '', [['log.segment.bytes', 0, '2000000']], 'NONE'],
    ['another broker', 4, '2', [['log.segment.bytes', 0, '2000000']], 'INVALID_REQUEST'],
    ['a broker without a number', 4, 'x', [['log.segment.bytes', 0, '2000000']], 'INVALID_REQUEST'],
    ['a bad value of a broker', 4, '1', [['log.segment.bytes', 0, '1']], 'INVALID_REQUEST'],
    ['a fixed property', 4, '1', [['num.partitions', 0, '3']], 'INVALID_REQUEST'],
    ['a logger', 8, '1', [['root', 0, 'INFO']], 'INVALID_REQUEST'],
    ['a group', 32, 'g', [['consumer.session.timeout.ms', 0, '1']], 'INVALID_REQUEST'],
  ])('%s', (_what, type, name, operations, error) => {
    const fixture = startController();
    create(fixture, { name: 'a' });
    expect(alter(fixture, type, name, ...operations)).toEqual([error]);
    const untouched = fixture.controller.image.configs(type, name).size === 0;
    expect(untouched).toBe(error !== 'NONE' || operations[0]?.[1] === 1);
  });

  test('a resource changes as a whole or not at all', () => {
    const fixture = startController();
    create(fixture, { name: 'a' });
    expect(alter(fixture, 2, 'a', ['retention.ms', 0, '5'], ['segment.bytes', 0, '0'])).toEqual([
      'INVALID_CONFIG',
    ]);
    expect(fixture.controller.topicConfig('a').overrides.size).toBe(0);
  });

  test('lists grow from what holds, and shrink', () => {
    const fixture = startController();
    create(fixture, { name: 'a' });
    const policy = () => fixture.controller.topicConfig('a').get('cleanup.policy');
    alter(fixture, 2, 'a', ['cleanup.policy', 2, 'compact,delete']);
    expect(policy()).toEqual(['delete', 'compact']);
    alter(fixture, 2, 'a', ['cleanup.policy', 3, 'delete']);
    expect(policy()).toEqual(['compact']);
    alter(fixture, 2, 'a', ['cleanup.policy', 1, null]);
    expect(policy()).toEqual(['delete']);
  });

  test('AlterConfigs replaces the whole set', () => {
    const fixture = startController();
    create(fixture, { name: 'a' });
    alter(fixture, 2, 'a', ['retention.ms', 0, '5'], ['segment.ms', 0, '6']);
    const resources = [{ resourceType: 2, resourceName: 'a', configs: [{ name: 'segment.ms', value: '7' }] }];
    fixture.run(fixture.controller.alterConfigs({ resources, validateOnly: true }));
    expect([...fixture.controller.topicConfig('a').overrides]).toHaveLength(2);
    fixture.run(fixture.controller.alterConfigs({ resources, validateOnly: false }));
    expect([...fixture.controller.topicConfig('a').overrides]).toEqual([['segment.ms', '7']]);
  });

  test('a resource named twice is refused each time', () => {
    const fixture = startController();
    create(fixture, { name: 'a' });
    const one = { resourceType: 2, resourceName: 'a', configs: [{ name: 'segment.ms', value: '7' }] };
    const altered = fixture.run(
      fixture.controller.alterConfigs({ resources: [one, one], validateOnly: false }),
    );
    expect(altered.ok ? altered.value.map((each) => each.errorCode) : []).toEqual([42, 42]);
  });

  test('dynamic broker configuration moves the topics that do not set it', () => {
    const fixture = startController();
    create(fixture, { name: 'a' });
    expect(fixture.controller.topicConfig('a').get('retention.ms')).toBe(604_800_000);
    alter(fixture, 4, '', ['log.retention.ms', 0, '5000']);
    expect(fixture.controller.topicConfig('a').get('retention.ms')).toBe(5000);
    alter(fixture, 4, '1', ['log.retention.ms', 0, '6000']);
    expect(fixture.controller.topicConfig('a').get('retention.ms')).toBe(6000);
    expect(fixture.controller.brokerConfig.get('log.retention.ms')).toBe(6000);
    const again = startController({}, fixture.log);
    expect(again.controller.topicConfig('a').get('retention.ms')).toBe(6000);
  });
});

describe('producer ids', () => {
  test('count up within a block and never come back after a restart', () => {
    const fixture = startController();
    const ids = Array.from({ length: 1001 }, () => fixture.run(fixture.controller.nextProducerId()));
    expect(ids.map((id) => (id.ok ? id.value : -1))).toEqual(Array.from({ length: 1001 }, (_, id) => id));
    const again = startController({}, fixture.log);
    expect(again.run(again.controller.nextProducerId())).toEqual({ ok: true, value: 2000 });
  });

  test('many who ask at once get one block and different ids', () => {
    const fixture = startController();
    const gate = fixture.runtime.tasks.completion<void>('gate');
    fixture.log.gate = gate;
    const before = fixture.log.batches.length;
    const given: number[] = [];
    for (let nth = 0; nth < 5; nth++) {
      const asked = fixture.runtime.tasks.spawn('ask', fixture.controller.nextProducerId());
      asked.onSettled((id) => given.push(id.ok ? id.value : -1));
    }
    expect(given).toEqual([]);
    gate.settle();
    expect(given).toEqual([0, 1, 2, 3, 4]);
    expect(fixture.log.batches).toHaveLength(before + 1);
  });
});

describe('commands', () => {
  test('nothing is seen before it is durable, and listeners come before the answer', () => {
    const fixture = startController();
    const story: string[] = [];
    fixture.controller.onDelta((delta) => {
      story.push(`delta ${delta.created.map((one) => one.name).join()}`);
    });
    const gate = fixture.runtime.tasks.completion<void>('gate');
    fixture.log.gate = gate;
    for (const name of ['a', 'b']) {
      const command = { topics: [topic({ name })], validateOnly: false };
      const ended = fixture.runtime.tasks.spawn('create', fixture.controller.createTopics(command));
      ended.onSettled(() => story.push(`answer ${name}`));
    }
    expect(fixture.controller.image.topicsCount).toBe(0);
    expect(story).toEqual([]);
    gate.settle();
    expect(story).toEqual(['delta a', 'answer a', 'delta b', 'answer b']);
  });

  test('the second of two equal commands sees the first', () => {
    const fixture = startController();
    fixture.log.gate = fixture.runtime.tasks.completion<void>('gate');
    const codes: number[] = [];
    for (let nth = 0; nth < 2; nth++) {
      const command = { topics: [topic({ name: 'a' })], validateOnly: false };
      const ended = fixture.runtime.tasks.spawn('create', fixture.controller.createTopics(command));
      ended.onSettled((created) =>
        codes.push(created.ok ? (created.value[0]?.errorCode ?? -1) : created.error),
      );
    }
    fixture.log.gate.settle();
    expect(codes).toEqual([ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS]);
  });

  test('a failed log fails everything from then on and changes nothing', () => {
    const fixture = startController();
    fixture.log.broken = 'no disk';
    expect(create(fixture, { name: 'a' })).toEqual(['KAFKA_STORAGE_ERROR']);
    fixture.log.broken = undefined;
    expect(create(fixture, { name: 'a' })).toEqual(['KAFKA_STORAGE_ERROR']);
    expect(fixture.run(fixture.controller.nextProducerId())).toEqual({ ok: false, error: 56 });
    expect(fixture.controller.image.topicsCount).toBe(0);
  });

  test('topics in passing: with defaults, once, never those of coordinators that are not there', () => {
    const fixture = startController({
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '4',
    });
    const { controller } = fixture;
    controller.beginCreateInPassing(['a', '__consumer_offsets', '__transaction_state']);
    controller.beginCreateInPassing(['a']);
    expect([...controller.image.topics()].map((one) => one.name)).toEqual(['a', '__consumer_offsets']);
    expect(controller.image.topic('__consumer_offsets')?.partitions).toHaveLength(4);
    expect(controller.topicConfig('__consumer_offsets').get('cleanup.policy')).toEqual(['compact']);
  });

  test('what happened is in the trace', () => {
    const fixture = startController();
    create(fixture, { name: 'a', configs: [{ name: 'retention.ms', value: '5' }] });
    fixture.run(fixture.controller.deleteTopics([{ name: 'a', topicId: noId }]));
    expect(fixture.events.map((event) => event.kind)).toEqual([
      'topic-created',
      'config-changed',
      'topic-deleted',
    ]);
  });
});

describe('starting', () => {
  test('a fresh log gets features and the registration, whose epoch is its offset', () => {
    const { controller, log } = startController();
    expect([...controller.image.features]).toEqual([['metadata.version', 30]]);
    const broker = controller.image.brokers.get(1);
    expect(broker).toMatchObject({
      epoch: 1,
      fenced: false,
      endPoints: [{ host: 'broker.test', port: 9092 }],
    });
    expect(log.batches).toHaveLength(1);
    expect(controller.image.highestOffset).toBe(1);
  });

  test('every life registers anew and leads in a new epoch', () => {
    const first = startController();
    create(first, { name: 'a', numPartitions: 2 });
    const second = startController({}, first.log);
    const partition = second.controller.image.partition('a', 1);
    expect(partition).toMatchObject({ leader: 1, leaderEpoch: 1, partitionEpoch: 1 });
    const before = first.controller.image.brokers.get(1);
    const after = second.controller.image.brokers.get(1);
    expect(after?.epoch).toBe(first.controller.image.highestOffset + 1);
    expect(after?.incarnationId).not.toBe(before?.incarnationId);
  });

  test('the image is the replay of the log, whatever the commands were', () => {
    const fixture = startController();
    create(
      fixture,
      { name: 'a', numPartitions: 3 },
      { name: 'b', configs: [{ name: 'segment.ms', value: '9' }] },
    );
    fixture.run(fixture.controller.deleteTopics([{ name: 'a', topicId: noId }]));
    create(fixture, { name: 'a' });
    fixture.run(
      fixture.controller.createPartitions({
        topics: [{ name: 'a', count: 5, assignments: null }],
        validateOnly: false,
      }),
    );
    fixture.run(fixture.controller.nextProducerId());
    const replayed = new MetadataImage();
    for (const bytes of fixture.log.batches) {
      const batches = metadataBatchesOf(bytes);
      if (!batches.ok) throw new Error(batches.error);
      for (const { records, lastOffset } of batches.value) replayed.replay(records, lastOffset);
    }
    const facts = (image: MetadataImage) => ({
      topics: [...image.topics()],
      brokers: image.brokers.all(),
      features: [...image.features],
      nextProducerId: image.nextProducerId,
      highestOffset: image.highestOffset,
      configs: [...image.configs(resourceType.topic, 'b')],
    });
    expect(facts(replayed)).toEqual(facts(fixture.controller.image));
  });

  test('a batch that does not match its checksum keeps the broker from starting', () => {
    const first = startController();
    create(first, { name: 'a' });
    const last = first.log.batches.at(-1) as Uint8Array;
    last[last.length - 1] = (last.at(-1) as number) ^ 1;
    const runtime = quietRuntime(9);
    const opened = runTask(
      runtime,
      Controller.open(runtime, {
        log: first.log as MemoryMetadataLog,
        nodeId: 1,
        clusterId: 'c',
        config: parsedConfig(),
        advertised: { host: 'h', port: 1 },
        directoryId: 'AAAAAAAAAAAAAAAAAAABBB',
      }),
    );
    expect(opened).toEqual({ ok: false, error: expect.stringContaining('checksum') });
  });
});
