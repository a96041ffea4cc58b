// Classic consumer groups: what JoinGroup, SyncGroup, Heartbeat, LeaveGroup and the group admin APIs answer to the
// right member at the right time, and to everybody else.

import { deleteGroups } from '../../protocol/apis/delete-groups.ts';
import { describeGroups } from '../../protocol/apis/describe-groups.ts';
import { heartbeat } from '../../protocol/apis/heartbeat.ts';
import { joinGroup } from '../../protocol/apis/join-group.ts';
import { leaveGroup } from '../../protocol/apis/leave-group.ts';
import { listGroups } from '../../protocol/apis/list-groups.ts';
import { syncGroup } from '../../protocol/apis/sync-group.ts';
import type { Values, Witness } from './witness.ts';

export interface Joined {
  readonly errorCode: number;
  readonly generationId: number;
  readonly memberId: string;
}

const metadata = new Uint8Array([0, 0]);

/** What a consumer asks that wants to be a member. */
export const join = (groupId: string, more: Values = {}): Values => ({
  groupId,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 5000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata }],
  ...more,
});

export async function tellGroups(of: Witness): Promise<void> {
  // A commit without a group id makes a group without a name: that of an earlier run goes first.
  await of.ask(deleteGroups, 2, { groupsNames: [''] });
  await tellStrangers(of);
  for (const version of [0, 1, 2, 3, 4, 5, 7, 9]) await tellMember(of, version);
  for (const version of [5, 7, 9]) await tellStaticMember(of, version);
  await tellAdmin(of);
}

/** What a member of nothing is told. */
async function tellStrangers(of: Witness): Promise<void> {
  const nobody = { groupId: of.name('none'), generationId: 1, memberId: 'nobody' };
  for (let version = 0; version <= 5; version++) {
    const leaver = { ...nobody, members: [{ memberId: 'nobody' }] };
    await of.tell('no such group', syncGroup, version, nobody);
    await of.tell('no group id', syncGroup, version, { ...nobody, groupId: '' });
    await of.tell('no such group', leaveGroup, version, leaver);
    await of.tell('no group id', leaveGroup, version, { ...leaver, groupId: '' });
    await of.tell('no member', leaveGroup, version, { ...leaver, memberId: '', members: [] });
    if (version > 4) continue;
    await of.tell('no such group', heartbeat, version, nobody);
    await of.tell('no group id', heartbeat, version, { ...nobody, groupId: '' });
    await of.tell('no member id', heartbeat, version, { ...nobody, memberId: '' });
    await of.tell('no generation', heartbeat, version, { ...nobody, generationId: -1 });
  }
  const group = of.name('strangers');
  for (let version = 0; version <= 9; version++) {
    const tell = (question: string, more: Values) => of.tell(question, joinGroup, version, join(group, more));
    await tell('no group id', { groupId: '' });
    await tell('session too short', { sessionTimeoutMs: 1 });
    await tell('session too long', { sessionTimeoutMs: 9_999_999 });
    await tell('a member id nobody gave', { memberId: 'me' });
    await tell('no protocols', { protocols: [] });
    await tell('no protocol type', { protocolType: '' });
    if (version === 4) await tell('no member id', {});
  }
}

/** The life of a member that is alone in its group. */
async function tellMember(of: Witness, version: number): Promise<void> {
  const group = of.name(`alone${version}`);
  let memberId = '';
  if (version >= 4) {
    const named = (await of.tell('who am I', joinGroup, version, join(group))) as Joined;
    memberId = named.memberId;
  }
  const joined = (await of.tell('joins', joinGroup, version, join(group, { memberId }))) as Joined;
  const { generationId } = joined;
  memberId = joined.memberId;
  const me = { groupId: group, generationId, memberId };
  const sync = Math.min(version, 5);
  const beat = Math.min(version, 4);
  const protocol = { protocolType: 'consumer', protocolName: 'range' };
  const assignments = [{ memberId, assignment: new Uint8Array([1, 2, 3]) }];
  await of.tell(`${version}: before sync`, heartbeat, beat, me);
  await of.tell(`${version}: wrong generation`, syncGroup, sync, { ...me, ...protocol, generationId: 7 });
  await of.tell(`${version}: wrong member`, syncGroup, sync, { ...me, ...protocol, memberId: 'x' });
  if (sync === 5) {
    await of.tell(`${version}: no protocol`, syncGroup, sync, { ...me, assignments });
    await of.tell('wrong protocol', syncGroup, sync, { ...me, ...protocol, protocolName: 'x' });
    await of.tell('wrong type', syncGroup, sync, { ...me, ...protocol, protocolType: 'x' });
  }
  await of.tell(`${version}: well`, syncGroup, sync, { ...me, ...protocol, assignments });
  await of.tell(`${version}: again`, syncGroup, sync, { ...me, ...protocol });
  await of.tell(`${version}: well`, heartbeat, beat, me);
  await of.tell(`${version}: wrong generation`, heartbeat, beat, { ...me, generationId: generationId + 1 });
  await of.tell(`${version}: old generation`, heartbeat, beat, { ...me, generationId: generationId - 1 });
  await of.tell(`${version}: wrong member`, heartbeat, beat, { ...me, memberId: 'x' });
  await of.tell('another type', joinGroup, version, join(group, { memberId, protocolType: 'x' }));
  const alien = { protocols: [{ name: 'alien', metadata }] };
  await of.tell('a stranger with other protocols', joinGroup, version, join(group, alien));
  await of.tell('joins again', joinGroup, version, join(group, { memberId }));
  const described = await of.ask(describeGroups, 5, { groups: [group] });
  of.keep(`DescribeGroups v5: ${version}: awaiting sync`, withoutIds(described, memberId));
  await of.tell(`${version}: full`, deleteGroups, 2, { groupsNames: [group] });
  const leave = Math.min(version, 5);
  await of.tell(`${version}: wrong member`, leaveGroup, leave, {
    groupId: group,
    memberId: 'x',
    members: [{ memberId: 'x' }],
  });
  await of.tell(`${version}: well`, leaveGroup, leave, { groupId: group, memberId, members: [{ memberId }] });
  await of.tell(`${version}: again`, leaveGroup, leave, {
    groupId: group,
    memberId,
    members: [{ memberId }],
  });
  await of.tell(`${version}: left`, heartbeat, beat, me);
  await of.tell(`${version}: left`, syncGroup, sync, { ...me, ...protocol });
  await of.tell(`${version}: left`, describeGroups, 5, { groups: [group] });
}

function withoutIds(answer: unknown, memberId: string): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(memberId, 'the member'));
}

async function tellStaticMember(of: Witness, version: number): Promise<void> {
  const group = of.name(`static${version}`);
  const instance = { groupInstanceId: 'anna' };
  const first = (await of.tell('static: joins', joinGroup, version, join(group, instance))) as Joined;
  const { generationId, memberId } = first;
  const me = { groupId: group, generationId, memberId, ...instance };
  const assignments = [{ memberId, assignment: new Uint8Array([4]) }];
  const protocol = { protocolType: 'consumer', protocolName: 'range' };
  const [sync, beat] = [Math.min(version, 5), 4];
  await of.tell(`${version}: static: well`, syncGroup, sync, { ...me, ...protocol, assignments });
  await of.tell(`${version}: static: well`, heartbeat, beat, me);
  await of.tell(`${version}: static: wrong id`, heartbeat, beat, { ...me, memberId: 'x' });
  await of.tell(`${version}: static: wrong name`, heartbeat, beat, { ...me, groupInstanceId: 'bert' });
  await of.tell('static: wrong id', joinGroup, version, join(group, { ...instance, memberId: 'x' }));
  const again = (await of.tell('static: comes back', joinGroup, version, join(group, instance))) as Joined;
  of.keep(`JoinGroup v${version}: static: another id`, String(again.memberId !== memberId));
  await of.tell(`${version}: static: the old id`, heartbeat, beat, me);
  await of.tell(`${version}: static: the old id`, syncGroup, sync, { ...me, ...protocol });
  const mine = { ...me, memberId: again.memberId, generationId: again.generationId };
  await of.tell(`${version}: static: the new id`, heartbeat, beat, mine);
  await of.tell(`${version}: static: the new id`, syncGroup, sync, { ...mine, ...protocol });
  const leave = (of: Values) => ({ groupId: group, members: [{ memberId: '', ...of }] });
  const leaving = Math.min(version, 5);
  await of.tell(`${version}: static: old id`, leaveGroup, leaving, leave({ ...instance, memberId }));
  await of.tell(`${version}: static: unknown`, leaveGroup, leaving, leave({ groupInstanceId: 'bert' }));
  await of.tell(`${version}: static: by name`, leaveGroup, leaving, leave(instance));
}

async function tellAdmin(of: Witness): Promise<void> {
  for (let version = 0; version <= 6; version++) {
    await of.tell('unknown', describeGroups, version, { groups: [of.name('none')] });
    await of.tell('no id', describeGroups, version, { groups: [''] });
    await of.tell('twice', describeGroups, version, { groups: [of.name('none'), of.name('none')] });
    await of.tell('nothing', describeGroups, version, { groups: [] });
    const operations = { groups: [of.name('none')], includeAuthorizedOperations: version >= 3 };
    await of.tell('operations', describeGroups, version, operations);
  }
  for (let version = 0; version <= 2; version++) {
    await of.tell('unknown', deleteGroups, version, { groupsNames: [of.name('none')] });
    await of.tell('no id', deleteGroups, version, { groupsNames: [''] });
    const twice = [of.name('none'), of.name('none')];
    await of.tell('twice', deleteGroups, version, { groupsNames: twice });
    const member = of.name(`alone${version}`);
    await of.tell('empty', deleteGroups, version, { groupsNames: [member] });
    await of.tell('gone', deleteGroups, version, { groupsNames: [member] });
  }
  for (let version = 0; version <= 5; version++) {
    const filters: readonly (readonly [string, Values])[] = [
      ['all', {}],
      ['empty ones', { statesFilter: ['Empty'] }],
      ['any case', { statesFilter: ['empty'] }],
      ['no such state', { statesFilter: ['x'] }],
      ['classic ones', { typesFilter: ['classic'] }],
      ['consumer ones', { typesFilter: ['consumer'] }],
      ['no such type', { typesFilter: ['x'] }],
    ];
    for (const [question, filter] of filters) {
      const answer = (await of.ask(listGroups, version, filter)) as { errorCode: number; groups: Values[] };
      const mine = answer.groups?.filter((group) => String(group.groupId).endsWith(`-${of.run}`)) ?? [];
      const groups = mine.sort((one, other) => (String(one.groupId) < String(other.groupId) ? -1 : 1));
      of.keep(`ListGroups v${version}: ${question}`, { errorCode: answer.errorCode, groups });
    }
  }
}
