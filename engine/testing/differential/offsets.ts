// OffsetCommit, OffsetFetch, OffsetDelete: with and without a group behind them; and what goes with a deleted group.

import { deleteGroups } from '../../protocol/apis/delete-groups.ts';
import { joinGroup } from '../../protocol/apis/join-group.ts';
import { leaveGroup } from '../../protocol/apis/leave-group.ts';
import { offsetCommit } from '../../protocol/apis/offset-commit.ts';
import { offsetDelete } from '../../protocol/apis/offset-delete.ts';
import { offsetFetch } from '../../protocol/apis/offset-fetch.ts';
import { syncGroup } from '../../protocol/apis/sync-group.ts';
import { encodeMessage } from '../../protocol/codec.ts';
import { consumerProtocolSubscription } from '../../protocol/messages/consumer-protocol.ts';
import { joined } from './batches.ts';
import { type Joined, join } from './groups.ts';
import { topicOf } from './topics.ts';
import type { Values, Witness } from './witness.ts';

const strangeId = 'AAAAAAAAAAAAAAAAAAAABw';
const nobody = { generationIdOrMemberEpoch: -1, memberId: '' };

export async function tellOffsets(of: Witness): Promise<void> {
  const topic = of.name('committed');
  const topicId = await topicOf(of, topic);
  for (let version = 2; version <= 10; version++) await tellCommits(of, version, topic, topicId);
  for (let version = 1; version <= 10; version++) await tellFetches(of, version, topic, topicId);
  await tellMemberCommits(of, topic, topicId);
  await tellDeletes(of, topic);
  await tellSubscribed(of, topic);
  await tellDeletedGroups(of, topic);
}

function commit(
  groupId: string,
  topic: string,
  topicId: string,
  partition: Values,
  more: Values = {},
): Values {
  const one = { partitionIndex: 0, committedOffset: 5, committedMetadata: 'm', ...partition };
  return { groupId, ...nobody, topics: [{ name: topic, topicId, partitions: [one] }], ...more };
}

async function tellCommits(of: Witness, version: number, topic: string, topicId: string): Promise<void> {
  const group = of.name(`commits${version}`);
  const tell = (question: string, partition: Values, more: Values = {}) =>
    of.tell(question, offsetCommit, version, commit(group, topic, topicId, partition, more));
  await tell('alone', { committedOffset: version });
  await tell('offset -1', { committedOffset: -1 });
  await tell('offset -5', { committedOffset: -5, partitionIndex: 1 });
  await tell('partition 9', { partitionIndex: 9 });
  await tell('partition -1', { partitionIndex: -1 });
  await tell('null metadata', { partitionIndex: 1, committedMetadata: null });
  await tell('4,096 letters', { partitionIndex: 1, committedMetadata: 'x'.repeat(4096) });
  await tell('4,097 letters', { partitionIndex: 1, committedMetadata: 'x'.repeat(4097) });
  await tell('no group id', {}, { groupId: '' });
  await tell('a generation', {}, { generationIdOrMemberEpoch: 1 });
  await tell('a member', {}, { memberId: 'x' });
  await tell('a member and a generation', {}, { memberId: 'x', generationIdOrMemberEpoch: 1 });
  const empty = { groupId: of.name('no-commits') };
  await tell('no group, a member', {}, { ...empty, memberId: 'x' });
  await tell('no group, a generation', {}, { ...empty, generationIdOrMemberEpoch: 1 });
  if (version >= 7) await tell('an instance', {}, { groupInstanceId: 'anna' });
  await tell('nothing', {}, { topics: [] });
  await of.tell('unknown topic', offsetCommit, version, commit(group, 'nowhere', strangeId, {}));
  const twice = [1, 2].map((committedOffset) => ({
    partitionIndex: 0,
    committedOffset,
    committedMetadata: '',
  }));
  await tell('one partition twice', {}, { topics: [{ name: topic, topicId, partitions: twice }] });
  if (version === 10) await tell('no topic id', {}, { topics: [{ partitions: twice }] });
}

async function tellFetches(of: Witness, version: number, topic: string, topicId: string): Promise<void> {
  const tell = (
    question: string,
    groupId: string,
    topics: Values[] | null,
    member: Values = {},
    more: Values = {},
  ) =>
    of.tell(question, offsetFetch, version, {
      groupId,
      topics,
      groups: [{ groupId, topics, ...member }],
      ...more,
    });
  const group = of.name('commits7');
  const at = (...partitionIndexes: number[]) => [{ name: topic, topicId, partitionIndexes }];
  await tell('known', group, at(0));
  await tell('both', group, at(1, 0));
  await tell('partition 9', group, at(9));
  await tell('unknown topic', group, [{ name: 'nowhere', topicId: strangeId, partitionIndexes: [0] }]);
  await tell('unknown group', of.name('none'), at(0));
  await tell('no group id', '', at(0));
  await tell('nothing', group, []);
  if (version >= 2) await tell('all', group, null);
  if (version >= 2) await tell('all of an unknown group', of.name('none'), null);
  if (version >= 7) await tell('stable', group, at(0), {}, { requireStable: true });
  if (version >= 9) {
    await tell('a member', group, at(0), { memberId: 'x', memberEpoch: 1 });
    await tell('an epoch', group, at(0), { memberEpoch: 1 });
    await tell('a member of no group', of.name('none'), at(0), { memberId: 'x', memberEpoch: 1 });
  }
  if (version < 8) return;
  const groups = [group, of.name('none'), group].map((groupId) => ({ groupId, topics: at(0) }));
  await of.tell('three groups', offsetFetch, version, { groups });
}

/** Commits of a member that is in its group. */
async function tellMemberCommits(of: Witness, topic: string, topicId: string): Promise<void> {
  const groupId = of.name('committing');
  const { memberId, generationId } = (await of.ask(joinGroup, 3, join(groupId))) as Joined;
  const me = { memberId, generationIdOrMemberEpoch: generationId };
  const tell = (question: string, who: Values) =>
    of.tell(`member: ${question}`, offsetCommit, 8, commit(groupId, topic, topicId, {}, who));
  await tell('before sync', me);
  const assignments = [{ memberId, assignment: new Uint8Array([1]) }];
  await of.ask(syncGroup, 2, { groupId, generationId, memberId, assignments });
  await tell('well', me);
  await tell('without membership', nobody);
  await tell('wrong generation', { ...me, generationIdOrMemberEpoch: generationId + 1 });
  await tell('no generation', { ...me, generationIdOrMemberEpoch: -1 });
  await tell('wrong member', { ...me, memberId: 'x' });
  await tell('an instance', { ...me, groupInstanceId: 'anna' });
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0 }] }];
  await of.tell('of a full group', offsetDelete, 0, { groupId, topics });
}

async function tellDeletes(of: Witness, topic: string): Promise<void> {
  const one = (groupId: string, name: string, ...indexes: number[]) => ({
    groupId,
    topics: [{ name, partitions: indexes.map((partitionIndex) => ({ partitionIndex })) }],
  });
  const group = of.name('commits7');
  await of.tell('unknown group', offsetDelete, 0, one(of.name('none'), topic, 0));
  await of.tell('no group id', offsetDelete, 0, one('', topic, 0));
  await of.tell('unknown topic', offsetDelete, 0, one(group, 'nowhere', 0));
  await of.tell('partition 9', offsetDelete, 0, one(group, topic, 9));
  await of.tell('well', offsetDelete, 0, one(group, topic, 0, 1));
  await of.tell('again', offsetDelete, 0, one(group, topic, 0));
  await of.tell('nothing', offsetDelete, 0, { groupId: group, topics: [] });
}

/** The offsets of what a living group reads stay; others go. */
async function tellSubscribed(of: Witness, topic: string): Promise<void> {
  const other = of.name('committed-too');
  await topicOf(of, other);
  const groupId = of.name('reading');
  const topics = [topic, other].map((name) => ({
    name,
    partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }],
  }));
  await of.ask(offsetCommit, 8, { groupId, ...nobody, topics });
  const subscription = { topics: [topic], userData: null, ownedPartitions: [] };
  const metadata = joined(
    new Uint8Array([0, 0]),
    encodeMessage(consumerProtocolSubscription, 0, subscription),
  );
  const member = join(groupId, { protocols: [{ name: 'range', metadata }] });
  const { memberId, generationId } = (await of.ask(joinGroup, 3, member)) as Joined;
  const assignments = [{ memberId, assignment: new Uint8Array([0, 0]) }];
  await of.ask(syncGroup, 2, { groupId, generationId, memberId, assignments });
  const asked = [topic, other].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
  await of.tell('one is read, one is not', offsetDelete, 0, { groupId, topics: asked });
  await of.tell('after some were deleted', offsetFetch, 7, { groupId, topics: null });
  await of.tell('of a reading group', deleteGroups, 2, { groupsNames: [groupId] });
  await of.ask(leaveGroup, 2, { groupId, memberId });
  await of.tell('nobody reads any more', offsetDelete, 0, { groupId, topics: asked });
}

/** With the group go its offsets. */
async function tellDeletedGroups(of: Witness, topic: string): Promise<void> {
  const [one, two] = [of.name('doomed1'), of.name('doomed2')];
  for (const groupId of [one, two]) {
    const topics = [
      { name: topic, partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] },
    ];
    await of.ask(offsetCommit, 8, { groupId, ...nobody, topics });
  }
  const groupsNames = [one, of.name('none'), two, '', one];
  const answer = (await of.ask(deleteGroups, 2, { groupsNames })) as { results: { groupId: string }[] };
  // Kafka answers in the order of a hash.
  const results = answer.results.sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
  of.keep('DeleteGroups v2: several, one twice', { ...answer, results });
  for (const groupId of [one, two]) {
    await of.tell(`of a deleted group, ${groupId}`, offsetFetch, 7, { groupId, topics: null });
    await of.tell(`of a deleted group, ${groupId}`, offsetDelete, 0, {
      groupId,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }],
    });
  }
  await of.tell('nothing', deleteGroups, 2, { groupsNames: [] });
}
