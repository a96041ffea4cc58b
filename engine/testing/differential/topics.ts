// CreateTopics, CreatePartitions, DeleteTopics, Metadata and DescribeTopicPartitions: what they refuse, and how.

import { createPartitions } from '../../protocol/apis/create-partitions.ts';
import { createTopics } from '../../protocol/apis/create-topics.ts';
import { deleteTopics } from '../../protocol/apis/delete-topics.ts';
import { describeTopicPartitions } from '../../protocol/apis/describe-topic-partitions.ts';
import { listOffsets } from '../../protocol/apis/list-offsets.ts';
import { metadata } from '../../protocol/apis/metadata.ts';
import { type Values, type Witness, within } from './witness.ts';

const notLeader = '"errorCode":6';
const topicAlreadyExists = 36;
const timeoutMs = 10_000;
const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';
const strangeId = 'AAAAAAAAAAAAAAAAAAAABw';
const config = (name: string, value: string | null) => ({ configs: [{ name, value }] });
const assigned = (...assignments: (readonly [number, number[]])[]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
});

/** Makes a topic and says its id, which is empty when it was refused; a topic that is there already is fine. */
export async function topicOf(of: Witness, name: string, values: Values = {}): Promise<string> {
  const { configs = [], ...others } = values as { configs?: readonly { name: string; value: string }[] };
  // Some records are older than what is kept by default.
  const kept = configs.some((one) => one.name === 'retention.ms') ? [] : config('retention.ms', '-1').configs;
  const topic = { name, numPartitions: 2, replicationFactor: 1, configs: [...kept, ...configs], ...others };
  const made = await of.ask(createTopics, 7, { topics: [topic], timeoutMs });
  const [{ errorCode }] = (made as { topics: [{ errorCode: number }] }).topics;
  if (errorCode !== 0 && errorCode !== topicAlreadyExists) return '';
  for (let tries = 0; ; tries++) {
    const answer = await of.ask(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
    const [first] = (answer as { topics: { errorCode: number; topicId: string }[] }).topics;
    const led = await of.ask(listOffsets, 4, {
      replicaId: -1,
      topics: [{ name, partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: -1 })) }],
    });
    if ((first?.errorCode === 0 && !JSON.stringify(led).includes(notLeader)) || tries === 50)
      return first?.topicId ?? '';
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Deletes a topic, and waits until the broker has heard of it. */
export async function removedTopic(of: Witness, name: string): Promise<void> {
  await of.ask(deleteTopics, 6, { topics: [{ name }], timeoutMs });
  await within(async () => {
    const answer = await of.ask(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
    return (answer as { topics: { errorCode: number }[] }).topics[0]?.errorCode !== 0;
  });
}

/** Of a topic 'there' with two partitions; one row each. */
function badTopics(of: Witness): readonly (readonly [question: string, topic: Values])[] {
  const fresh = of.name('fresh');
  return [
    ['exists', { name: of.name('there') }],
    ['no name', { name: '' }],
    ['a dot', { name: '.' }],
    ['two dots', { name: '..' }],
    ['249 letters', { name: 'x'.repeat(249) }],
    ['250 letters', { name: 'x'.repeat(250) }],
    ['a slash', { name: 'a/b' }],
    ['the metadata log', { name: '__cluster_metadata' }],
    ['a name that collides', { name: of.name('dot.ted').replace('dot.ted', 'dot_ted') }],
    ['defaults', { name: fresh, numPartitions: -1, replicationFactor: -1 }],
    ['0 partitions', { name: fresh, numPartitions: 0 }],
    ['-2 partitions', { name: fresh, numPartitions: -2 }],
    ['too many partitions', { name: fresh, numPartitions: 20_000 }],
    ['replication 0', { name: fresh, replicationFactor: 0 }],
    ['replication -2', { name: fresh, replicationFactor: -2 }],
    ['replication 2', { name: fresh, replicationFactor: 2 }],
    ['assigned', { name: fresh, ...assigned([0, [1]], [1, [1]]) }],
    ['assigned, and a count', { name: fresh, ...assigned([0, [1]]), numPartitions: 1 }],
    ['assigned, and a factor', { name: fresh, ...assigned([0, [1]]), replicationFactor: 1 }],
    ['assigned from 1', { name: fresh, ...assigned([1, [1]]) }],
    ['assigned with a gap', { name: fresh, ...assigned([0, [1]], [2, [1]]) }],
    ['assigned twice', { name: fresh, ...assigned([0, [1]], [0, [1]]) }],
    ['assigned to nobody', { name: fresh, ...assigned([0, []]) }],
    ['assigned to a stranger', { name: fresh, ...assigned([0, [9]]) }],
    ['assigned to one twice', { name: fresh, ...assigned([0, [1, 1]]) }],
    ['assigned unevenly', { name: fresh, ...assigned([0, [1]], [1, [1, 9]]) }],
    ['assigned to -1', { name: fresh, ...assigned([0, [-1]]) }],
    ['unknown config', { name: fresh, ...config('nope', '1') }],
    ['config without a value', { name: fresh, ...config('retention.ms', null) }],
    ['config out of range', { name: fresh, ...config('retention.ms', '-2') }],
    ['config not a number', { name: fresh, ...config('retention.ms', 'x') }],
    ['config not in the list', { name: fresh, ...config('cleanup.policy', 'x') }],
    ['config list', { name: fresh, ...config('cleanup.policy', 'compact, delete') }],
    ['config list twice', { name: fresh, ...config('cleanup.policy', 'compact,compact') }],
    ['config list empty', { name: fresh, ...config('cleanup.policy', '') }],
    ['config with blanks', { name: fresh, ...config('retention.ms', ' 5 ') }],
    ['config boolean', { name: fresh, ...config('preallocate', 'TRUE') }],
    ['config not a boolean', { name: fresh, ...config('preallocate', 'yes') }],
    ['config ratio', { name: fresh, ...config('min.cleanable.dirty.ratio', '1.5') }],
    ['config min isr', { name: fresh, ...config('min.insync.replicas', '0') }],
    ['config segment', { name: fresh, ...config('segment.bytes', '10') }],
    ['config codec', { name: fresh, ...config('compression.type', 'lzma') }],
    ['config level', { name: fresh, ...config('compression.gzip.level', '12') }],
    ['config timestamp type', { name: fresh, ...config('message.timestamp.type', 'None') }],
    ['config throttle', { name: fresh, ...config('leader.replication.throttled.replicas', 'x') }],
    ['config a broker has', { name: fresh, ...config('log.retention.ms', '5') }],
    ['config removed', { name: fresh, ...config('message.format.version', '3.0') }],
    ['config local over whole', { name: fresh, ...config('local.retention.ms', '999999999999') }],
    ['config boolean, not met', { name: fresh, ...config('unclean.leader.election.enable', 'FALSE') }],
    ['config lags', { name: fresh, ...config('max.compaction.lag.ms', '0') }],
    ['config remote', { name: fresh, ...config('remote.storage.enable', 'true') }],
  ];
}

export async function tellTopics(of: Witness): Promise<void> {
  const there = of.name('there');
  const thereId = await topicOf(of, there);
  await topicOf(of, of.name('dot.ted'));
  for (const [question, topic] of badTopics(of)) {
    const asked = { numPartitions: 1, replicationFactor: 1, ...topic };
    await of.tell(question, createTopics, 7, { topics: [asked], timeoutMs, validateOnly: true });
  }
  for (const version of [2, 3, 4, 5, 6]) {
    for (const [question, topic] of badTopics(of)
      .slice(0, 4)
      .concat([
        ['defaults', { name: of.name(`made${version}`), numPartitions: -1, replicationFactor: -1 }],
      ])) {
      const asked = { numPartitions: 1, replicationFactor: 1, ...topic };
      await of.tell(question, createTopics, version, { topics: [asked], timeoutMs });
    }
  }
  const twice = { name: of.name('twice'), numPartitions: 1, replicationFactor: 1 };
  const other = { name: of.name('other'), numPartitions: 1, replicationFactor: 1 };
  await of.tell('one name twice', createTopics, 7, { topics: [twice, twice, other], timeoutMs });
  await of.tell('nothing', createTopics, 7, { topics: [], timeoutMs });
  await tellPartitions(of, there);
  await tellMetadata(of, there, thereId);
  await tellDeletion(of, there);
}

async function tellPartitions(of: Witness, there: string): Promise<void> {
  const row = (values: Values) => ({ topics: [{ name: there, assignments: null, ...values }], timeoutMs });
  const to = (...brokerIds: number[][]) => ({ assignments: brokerIds.map((ids) => ({ brokerIds: ids })) });
  const rows: readonly (readonly [string, Values])[] = [
    ['fewer', row({ count: 1 })],
    ['as many', row({ count: 2 })],
    ['none', row({ count: 0 })],
    ['-1', row({ count: -1 })],
    ['too many', row({ count: 20_000 })],
    ['unknown topic', row({ name: 'nowhere', count: 3 })],
    ['bad name', row({ name: 'a/b', count: 3 })],
    ['assigned too few', row({ count: 4, ...to([1]) })],
    ['assigned too many', row({ count: 3, ...to([1], [1]) })],
    ['assigned to a stranger', row({ count: 3, ...to([9]) })],
    ['assigned to nobody', row({ count: 3, ...to([]) })],
    ['assigned to one twice', row({ count: 3, ...to([1, 1]) })],
    ['assigned with another factor', row({ count: 3, ...to([1, 9]) })],
    ['assigned an empty list', row({ count: 3, assignments: [] })],
    ['assigned well', row({ count: 3, ...to([1]) })],
    ['well', row({ count: 3 })],
  ];
  for (const [question, values] of rows) {
    await of.tell(question, createPartitions, 3, { ...values, validateOnly: true });
  }
  const one = { name: there, count: 3, assignments: null };
  await of.tell('one name twice', createPartitions, 3, { topics: [one, one], timeoutMs });
  for (const version of [0, 1, 2, 3]) await of.tell('fewer', createPartitions, version, row({ count: 1 }));
}

async function tellMetadata(of: Witness, there: string, thereId: string): Promise<void> {
  for (let version = 0; version <= 13; version++) {
    const quiet = version >= 4 ? { allowAutoTopicCreation: false } : {};
    await of.tell('known', metadata, version, { topics: [{ name: there }], ...quiet });
    await of.tell('twice', metadata, version, { topics: [{ name: there }, { name: there }], ...quiet });
    await of.tell('bad name', metadata, version, { topics: [{ name: 'a/b' }], ...quiet });
    if (version >= 1) await of.tell('none', metadata, version, { topics: [], ...quiet });
    if (version >= 4)
      await of.tell('unknown', metadata, version, { topics: [{ name: 'nowhere' }], ...quiet });
    if (version >= 10) {
      const asked = (topicId: string, name: string | null = null) => ({
        topics: [{ name, topicId }],
        ...quiet,
      });
      await of.tell('by id', metadata, version, asked(thereId));
      await of.tell('by a strange id', metadata, version, asked(strangeId));
      await of.tell('by id and name', metadata, version, asked(thereId, there));
      await of.tell('by nothing', metadata, version, asked(zeroId));
    }
    if (version >= 8) {
      const operations = { includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true };
      await of.tell('operations', metadata, version, { topics: [{ name: there }], ...quiet, ...operations });
    }
  }
  const describe = (values: Values) => ({
    topics: [{ name: there }],
    responsePartitionLimit: 2000,
    ...values,
  });
  await of.tell('known', describeTopicPartitions, 0, describe({}));
  await of.tell('unknown', describeTopicPartitions, 0, describe({ topics: [{ name: 'nowhere' }] }));
  await of.tell('bad name', describeTopicPartitions, 0, describe({ topics: [{ name: 'a/b' }] }));
  await of.tell('limit 1', describeTopicPartitions, 0, describe({ responsePartitionLimit: 1 }));
  await of.tell('limit 0', describeTopicPartitions, 0, describe({ responsePartitionLimit: 0 }));
  const cursor = (partitionIndex: number, topicName = there) => ({ cursor: { topicName, partitionIndex } });
  await of.tell('from 1', describeTopicPartitions, 0, describe(cursor(1)));
  await of.tell('from 9', describeTopicPartitions, 0, describe(cursor(9)));
  await of.tell('from -1', describeTopicPartitions, 0, describe(cursor(-1)));
  await of.tell('from another topic', describeTopicPartitions, 0, describe(cursor(0, 'zzz')));
}

async function tellDeletion(of: Witness, there: string): Promise<void> {
  const doomed = of.name('doomed');
  for (let version = 1; version <= 5; version++) {
    await topicOf(of, doomed);
    const asked = (...topicNames: string[]) => ({ topicNames, timeoutMs });
    await of.tell('unknown', deleteTopics, version, asked('nowhere'));
    await of.tell('bad name', deleteTopics, version, asked('a/b'));
    await of.tell('twice', deleteTopics, version, asked(doomed, doomed));
    await of.tell('known', deleteTopics, version, asked(doomed));
  }
  const doomedId = await topicOf(of, doomed);
  const thereId = await topicOf(of, there);
  const asked = (...topics: Values[]) => ({ topics, timeoutMs });
  await of.tell('unknown', deleteTopics, 6, asked({ name: 'nowhere' }));
  await of.tell('by a strange id', deleteTopics, 6, asked({ topicId: strangeId }));
  await of.tell('by nothing', deleteTopics, 6, asked({ name: null, topicId: zeroId }));
  await of.tell('by both', deleteTopics, 6, asked({ name: doomed, topicId: doomedId }));
  await of.tell('by both that disagree', deleteTopics, 6, asked({ name: doomed, topicId: thereId }));
  await of.tell('twice', deleteTopics, 6, asked({ topicId: doomedId }, { topicId: doomedId }));
  await of.tell('once each', deleteTopics, 6, asked({ topicId: doomedId }, { name: doomed }));
  await of.tell('by id', deleteTopics, 6, asked({ topicId: doomedId }));
  await of.tell('nothing', deleteTopics, 6, asked());
  await of.tell('an internal topic', deleteTopics, 6, asked({ name: '__cluster_metadata' }));
}
