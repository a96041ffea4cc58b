// Who has a partition and who leads it, where there is one node to have it: ElectLeaders, AlterPartitionReassignments,
// ListPartitionReassignments; partitions that are added for good; and DescribeTopicPartitions page by page.

import { alterPartitionReassignments } from '../../protocol/apis/alter-partition-reassignments.ts';
import { createPartitions } from '../../protocol/apis/create-partitions.ts';
import { describeTopicPartitions } from '../../protocol/apis/describe-topic-partitions.ts';
import { electLeaders } from '../../protocol/apis/elect-leaders.ts';
import { listPartitionReassignments } from '../../protocol/apis/list-partition-reassignments.ts';
import { metadata } from '../../protocol/apis/metadata.ts';
import { topicOf } from './topics.ts';
import { type Values, type Witness, within } from './witness.ts';

const timeoutMs = 10_000;

export async function tellPartitions(of: Witness): Promise<void> {
  const topic = of.name('replicated');
  await topicOf(of, topic);
  await tellElections(of, topic);
  await tellReassignments(of, topic);
  await tellAdded(of);
  await tellPages(of);
}

async function tellElections(of: Witness, topic: string): Promise<void> {
  const about = (name: string, ...partitions: number[]) => ({ topic: name, partitions });
  const rows: readonly (readonly [question: string, topicPartitions: Values[] | null])[] = [
    ['all', null],
    ['nothing', []],
    ['one', [about(topic, 0)]],
    ['one twice', [about(topic, 0, 0)]],
    ['a topic twice', [about(topic, 0), about(topic, 1)]],
    ['no partitions', [about(topic)]],
    ['partition 9', [about(topic, 0, 9)]],
    ['partition -1', [about(topic, -1)]],
    ['unknown topic', [about('nowhere', 0)]],
    ['bad topic name', [about('a/b', 0)]],
  ];
  for (const version of [0, 1, 2]) {
    for (const electionType of version === 0 ? [0] : [0, 1, 2]) {
      for (const [question, topicPartitions] of rows) {
        const values = { topicPartitions, timeoutMs, ...(version > 0 ? { electionType } : {}) };
        const answer = await of.ask(electLeaders, version, values);
        const told = topicPartitions === null ? ofThisRun(of, answer) : answer;
        of.keep(`ElectLeaders v${version}: type ${electionType}: ${question}`, told);
      }
    }
  }
}

/** Kafka tells topics in the order of a hash, and there may be topics of other runs. */
function ofThisRun(of: Witness, answer: unknown): unknown {
  const { replicaElectionResults: all, ...whole } = answer as { replicaElectionResults: { topic: string }[] };
  const mine = all.filter(({ topic }) => topic.endsWith(`-${of.run}`));
  const replicaElectionResults = mine.sort((one, other) => (one.topic < other.topic ? -1 : 1));
  return { ...whole, replicaElectionResults };
}

async function tellReassignments(of: Witness, topic: string): Promise<void> {
  const about = (name: string, ...rows: readonly (readonly [number, number[] | null])[]) => ({
    name,
    partitions: rows.map(([partitionIndex, replicas]) => ({ partitionIndex, replicas })),
  });
  const rows: readonly (readonly [question: string, topics: Values[]])[] = [
    ['nothing', []],
    ['no partitions', [about(topic)]],
    ['to whom it is', [about(topic, [0, [1]])]],
    ['to a stranger', [about(topic, [0, [9]])]],
    ['to a stranger too', [about(topic, [0, [1, 9]])]],
    ['to -1', [about(topic, [0, [-1]])]],
    ['to one twice', [about(topic, [0, [1, 1]])]],
    ['to nobody', [about(topic, [0, []])]],
    ['taken back', [about(topic, [0, null])]],
    ['one well, one not', [about(topic, [0, [1]], [1, [9]])]],
    ['one twice', [about(topic, [0, [1]], [0, [1]])]],
    ['a topic twice', [about(topic, [0, [1]]), about(topic, [1, [1]])]],
    ['partition 9', [about(topic, [9, [1]])]],
    ['partition -1', [about(topic, [-1, [1]])]],
    ['unknown topic', [about('nowhere', [0, [1]])]],
    ['unknown topic, taken back', [about('nowhere', [0, null])]],
    ['bad topic name', [about('a/b', [0, [1]])]],
  ];
  for (const version of [0, 1]) {
    for (const allowReplicationFactorChange of version === 0 ? [true] : [true, false]) {
      const allowing = allowReplicationFactorChange ? '' : ', as many replicas';
      for (const [question, topics] of rows) {
        const values = { topics, timeoutMs, ...(version > 0 ? { allowReplicationFactorChange } : {}) };
        await of.tell(`${question}${allowing}`, alterPartitionReassignments, version, values);
      }
    }
  }
  const listed = (name: string, ...partitionIndexes: number[]) => [{ name, partitionIndexes }];
  const lists: readonly (readonly [question: string, topics: Values[] | null])[] = [
    ['all', null],
    ['nothing', []],
    ['one', listed(topic, 0)],
    ['partition 9', listed(topic, 9)],
    ['unknown topic', listed('nowhere', 0)],
    ['bad topic name', listed('a/b', 0)],
  ];
  for (const [question, topics] of lists)
    await of.tell(question, listPartitionReassignments, 0, { topics, timeoutMs });
}

/** Not only in words, as in the chapter of topics: afterwards they are there, and are led. */
async function tellAdded(of: Witness): Promise<void> {
  for (const version of [0, 1, 2, 3]) {
    const name = of.name(`grown${version}`);
    await topicOf(of, name);
    const row = (values: Values) => ({ topics: [{ name, assignments: null, ...values }], timeoutMs });
    const grow = async (question: string, count: number, values: Values) => {
      await of.tell(question, createPartitions, version, row({ count, ...values }));
      await within(async () => (await ledPartitions(of, name)) === count);
      await of.tell(`grown by version ${version}: ${question}`, metadata, 12, {
        topics: [{ name }],
        allowAutoTopicCreation: false,
      });
    };
    await grow('for good', 4, {});
    await grow('for good, assigned', 6, { assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] });
    await of.tell('only in words', createPartitions, version, { ...row({ count: 9 }), validateOnly: true });
    await of.tell('not even as many', createPartitions, version, row({ count: 5 }));
  }
}

async function ledPartitions(of: Witness, name: string): Promise<number> {
  const answer = await of.ask(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
  const { topics } = answer as { topics: { partitions: { leaderId: number }[] }[] };
  return topics[0]?.partitions.filter(({ leaderId }) => leaderId >= 0).length ?? 0;
}

async function tellPages(of: Witness): Promise<void> {
  const [first, second] = [of.name('grown0'), of.name('grown1')];
  const both = [{ name: second }, { name: first }];
  const tell = (question: string, responsePartitionLimit: number, values: Values = {}) =>
    of.tell(question, describeTopicPartitions, 0, { topics: both, responsePartitionLimit, ...values });
  const cursor = (topicName: string, partitionIndex: number) => ({ cursor: { topicName, partitionIndex } });
  await tell('two topics', 2000);
  for (const limit of [1, 5, 6, 7, 11, 12, 13]) await tell(`two topics, ${limit} at most`, limit);
  await tell('from the middle of the first', 2000, cursor(first, 3));
  await tell('from the end of the first', 2000, cursor(first, 6));
  await tell('from the end of the first, 2 at most', 2, cursor(first, 6));
  await tell('from the second', 2000, cursor(second, 0));
  await tell('from the middle of the second, 2 at most', 2, cursor(second, 2));
  await tell('from between', 2000, cursor(`${first}-`, 0));
  await tell('from behind', 2000, cursor(`${second}-`, 0));
  await tell('one topic twice', 2000, { topics: [...both, ...both] });
  await tell('an unknown one between, 6 at most', 6, { topics: [...both, { name: `${first}-` }] });
  await tell('an unknown one alone, 0 at most', 0, { topics: [{ name: 'nowhere' }] });
}
