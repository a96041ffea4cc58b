// The group handlers in every version: requests as the wire brings them, answers as the wire takes them.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../errors.ts';
import { Reader, utf8, Writer } from '../../protocol/bytes.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../protocol/codec.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../../protocol/schema.ts';
import { GroupWorld } from '../../testing/group-world.ts';
import type { Handler } from '../handler.ts';
import type { Services } from '../services.ts';
import { deleteGroupsHandler } from './delete-groups.ts';
import { describeGroupsHandler } from './describe-groups.ts';
import { findCoordinatorHandler } from './find-coordinator.ts';
import { heartbeatHandler } from './heartbeat.ts';
import { joinGroupHandler } from './join-group.ts';
import { leaveGroupHandler } from './leave-group.ts';
import { listGroupsHandler } from './list-groups.ts';
import { offsetCommitHandler } from './offset-commit.ts';
import { offsetDeleteHandler } from './offset-delete.ts';
import { offsetFetchHandler } from './offset-fetch.ts';
import { syncGroupHandler } from './sync-group.ts';

const ordersId = 'AAAAAAAAAAAAAAAAAAAAAQ';
const strangeId = 'AAAAAAAAAAAAAAAAAAAACQ';

function versionsOf({ served }: { served: { first: number; last: number } }): number[] {
  return Array.from({ length: served.last - served.first + 1 }, (_, i) => served.first + i);
}

class Client {
  readonly world = new GroupWorld();

  constructor() {
    this.world.startAndLoad();
  }

  /** Through the bytes, both ways; undefined while the answer is parked. */
  ask<A extends Api>(
    handler: Handler<A>,
    version: number,
    draft: EncodableRequestOf<A>,
    advanceMs = 0,
  ): DecodedResponseOf<A> {
    const writer = new Writer();
    encodeRequest(handler.api, version, draft, writer);
    const request = decodeRequest(handler.api, version, new Reader(writer.toBytes()));
    if (!request.ok) throw new Error(request.error);
    const services = { groups: this.world.coordinator } as unknown as Services;
    const context = { version, correlationId: 1, clientId: 'me', peer: '10.0.0.1:5555', services };
    let heard: DecodedResponseOf<A> | undefined;
    this.world.run(handler.handle(request.value, context), (verdict) => {
      if (verdict.kind !== 'respond') throw new Error(verdict.kind);
      const answer = new Writer();
      encodeResponse(handler.api, version, verdict.response, answer);
      const decoded = decodeResponse(handler.api, version, new Reader(answer.toBytes()));
      if (!decoded.ok) throw new Error(decoded.error);
      heard = decoded.value;
    });
    this.world.time.advance(advanceMs);
    expect(this.world.bugs).toEqual([]);
    if (heard === undefined) throw new Error('no answer');
    return heard;
  }

  /** A member of a stable group `g`. */
  member(): string {
    const { memberId } = this.ask(joinGroupHandler, 3, joinDraft(''), 3_000);
    this.ask(syncGroupHandler, 3, syncDraft(memberId));
    return memberId;
  }
}

function joinDraft(memberId: string) {
  const protocols = [{ name: 'range', metadata: utf8('!') }];
  const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 };
  return { groupId: 'g', memberId, protocolType: 'consumer', protocols, ...timeouts };
}

function syncDraft(memberId: string) {
  return { groupId: 'g', generationId: 1, memberId, assignments: [{ memberId, assignment: utf8('mine') }] };
}

function commitDraft(version: number, offset: number, memberId = '', generation = -1) {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }];
  const named = (name: string, topicId: string) =>
    version >= 10 ? { topicId, partitions } : { name, partitions };
  return {
    groupId: 'g',
    memberId,
    generationIdOrMemberEpoch: generation,
    topics: [named('nowhere', strangeId), named('orders', ordersId)].map((topic) => ({
      name: '',
      topicId: strangeId,
      ...topic,
    })),
  };
}

describe('joining', () => {
  test.each(versionsOf(joinGroupHandler))('JoinGroup v%i', (version) => {
    const client = new Client();
    const first = client.ask(joinGroupHandler, version, joinDraft(''), 3_000);
    if (version >= 4) {
      expect(first).toMatchObject({
        errorCode: ErrorCode.MEMBER_ID_REQUIRED,
        memberId: 'me-1',
        generationId: -1,
      });
      expect(first.protocolName).toBe(version >= 7 ? null : '');
    }
    const joined = version >= 4 ? client.ask(joinGroupHandler, version, joinDraft('me-1'), 3_000) : first;
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: 'me-1' });
    expect(joined.protocolType).toBe(version >= 7 ? 'consumer' : null);
    expect(joined.members.map(({ memberId }) => memberId)).toEqual(['me-1']);
    const [described] = client.ask(describeGroupsHandler, 5, {
      groups: ['g'],
      includeAuthorizedOperations: false,
    }).groups;
    expect(described?.members[0]).toMatchObject({ clientId: 'me', clientHost: '/10.0.0.1' });
  });

  test('v0 has the session timeout for its rebalances', () => {
    const client = new Client();
    client.ask(
      joinGroupHandler,
      0,
      { ...joinDraft(''), rebalanceTimeoutMs: -1, sessionTimeoutMs: 7_000 },
      3_000,
    );
    client.world.time.advance(6_999);
    const group = () =>
      client.ask(describeGroupsHandler, 0, { groups: ['g'], includeAuthorizedOperations: false });
    expect(group().groups[0]?.groupState).toBe('CompletingRebalance');
    client.world.time.advance(1);
    expect(group().groups[0]?.groupState).toBe('Empty');
  });

  test.each(versionsOf(syncGroupHandler))('SyncGroup v%i', (version) => {
    const client = new Client();
    const { memberId } = client.ask(joinGroupHandler, 3, joinDraft(''), 3_000);
    const refused = client.ask(syncGroupHandler, version, syncDraft(memberId));
    if (version >= 5) expect(refused.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    const named = { protocolType: 'consumer', protocolName: 'range' };
    const answer =
      version >= 5 ? client.ask(syncGroupHandler, version, { ...syncDraft(memberId), ...named }) : refused;
    expect(answer.errorCode).toBe(0);
    expect([...answer.assignment]).toEqual([...utf8('mine')]);
  });

  test.each(versionsOf(heartbeatHandler))('Heartbeat v%i', (version) => {
    const client = new Client();
    const memberId = client.member();
    const beat = { groupId: 'g', generationId: 1, memberId };
    expect(client.ask(heartbeatHandler, version, beat).errorCode).toBe(0);
    expect(client.ask(heartbeatHandler, version, { ...beat, generationId: 2 }).errorCode).toBe(22);
  });

  test.each(versionsOf(leaveGroupHandler))('LeaveGroup v%i', (version) => {
    const client = new Client();
    const memberId = client.member();
    const draft = version >= 3 ? { memberId: '', members: [{ memberId }] } : { memberId, members: [] };
    const ask = () => client.ask(leaveGroupHandler, version, { groupId: 'g', ...draft });
    const codeOf = ({ errorCode, members }: ReturnType<typeof ask>) =>
      version >= 3 ? members[0]?.errorCode : errorCode;
    expect(codeOf(ask())).toBe(0);
    expect(codeOf(ask())).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('offsets', () => {
  test.each(versionsOf(offsetCommitHandler))('OffsetCommit v%i', (version) => {
    const client = new Client();
    const committed = client.ask(offsetCommitHandler, version, commitDraft(version, 5));
    const unknown = version >= 10 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    expect(committed.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([unknown, 0]);
    const other = { ...commitDraft(version, 6, 'm', 4), groupId: 'elsewhere' };
    const missing = client.ask(offsetCommitHandler, version, other).topics[1]?.partitions[0]?.errorCode;
    expect(missing).toBe(version >= 9 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION);
  });

  test.each(versionsOf(offsetFetchHandler))('OffsetFetch v%i', (version) => {
    const client = new Client();
    client.ask(offsetCommitHandler, 9, commitDraft(9, 5));
    const wanted = (name: string, topicId: string) => ({ name, topicId, partitionIndexes: [0, 1] });
    const some = version >= 10 ? [wanted('', ordersId), wanted('', strangeId)] : [wanted('orders', ordersId)];
    const draft = (topics: typeof some | null, groupId: string) =>
      version >= 8
        ? { groupId: '', topics: [], groups: [{ groupId, topics }] }
        : { groupId, topics, groups: [] };
    const ask = (topics: typeof some | null, groupId = 'g') => {
      const response = client.ask(offsetFetchHandler, version, draft(topics, groupId));
      return version >= 8 ? (response.groups[0]?.topics ?? []) : response.topics;
    };
    const [orders, strange] = ask(some);
    expect(orders?.partitions.map((one) => one.committedOffset)).toEqual([5, -1]);
    expect(orders?.partitions.map((one) => one.errorCode)).toEqual([0, 0]);
    if (version >= 10) {
      expect(orders).toMatchObject({ topicId: ordersId });
      expect(strange?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    }
    expect(ask(some, 'elsewhere')[0]?.partitions.map((one) => one.committedOffset)).toEqual([-1, -1]);
    if (version >= 2) expect(ask(null).map(({ partitions }) => partitions.length)).toEqual([1]);
  });

  test('errors of the whole go where the version has room for them', () => {
    const client = new Client();
    client.world.resign();
    const topics = [{ name: 'orders', partitionIndexes: [0] }];
    const old = client.ask(offsetFetchHandler, 1, { groupId: 'g', topics, groups: [] });
    expect(old.topics[0]?.partitions[0]).toMatchObject({
      committedOffset: -1,
      errorCode: ErrorCode.NOT_COORDINATOR,
    });
    const newer = client.ask(offsetFetchHandler, 7, { groupId: 'g', topics, groups: [] });
    expect(newer).toMatchObject({ topics: [], errorCode: ErrorCode.NOT_COORDINATOR });
    const groups = [{ groupId: 'g', topics: null }];
    const newest = client.ask(offsetFetchHandler, 8, { groupId: '', topics: [], groups });
    expect(newest.groups[0]).toMatchObject({ topics: [], errorCode: ErrorCode.NOT_COORDINATOR });
  });

  test('an offset of an earlier topic of the same name is none', () => {
    const client = new Client();
    client.ask(offsetCommitHandler, 10, commitDraft(10, 5));
    client.world.topics.set('orders', 'AAAAAAAAAAAAAAAAAAAABQ');
    const topics = [{ name: '', topicId: 'AAAAAAAAAAAAAAAAAAAABQ', partitionIndexes: [0] }];
    const ask = (wanted: typeof topics | null) =>
      client.ask(offsetFetchHandler, 10, {
        groupId: '',
        topics: [],
        groups: [{ groupId: 'g', topics: wanted }],
      });
    expect(ask(topics).groups[0]?.topics[0]?.partitions[0]?.committedOffset).toBe(-1);
    expect(ask(null).groups[0]?.topics).toEqual([]);
  });

  test('OffsetDelete v0', () => {
    const client = new Client();
    client.ask(offsetCommitHandler, 9, commitDraft(9, 5));
    const topics = ['orders', 'nowhere'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
    const deleted = client.ask(offsetDeleteHandler, 0, { groupId: 'g', topics });
    expect(deleted.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([0, 3]);
    const missing = client.ask(offsetDeleteHandler, 0, { groupId: 'elsewhere', topics });
    expect(missing).toMatchObject({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] });
  });
});

describe('administration', () => {
  test.each(versionsOf(describeGroupsHandler))('DescribeGroups v%i', (version) => {
    const client = new Client();
    const memberId = client.member();
    const draft = { groups: ['g', 'elsewhere'], includeAuthorizedOperations: false };
    const [stable, dead] = client.ask(describeGroupsHandler, version, draft).groups;
    expect(stable).toMatchObject({ errorCode: 0, groupState: 'Stable', protocolData: 'range' });
    expect(stable?.members[0]?.memberId).toBe(memberId);
    expect([...(stable?.members[0]?.memberAssignment ?? [])]).toEqual([...utf8('mine')]);
    expect(dead).toMatchObject({ groupState: 'Dead', errorCode: version >= 6 ? 69 : 0, members: [] });
    expect(dead?.errorMessage ?? null).toBe(version >= 6 ? 'Group elsewhere not found.' : null);
  });

  test.each(versionsOf(listGroupsHandler))('ListGroups v%i', (version) => {
    const client = new Client();
    client.member();
    client.ask(offsetCommitHandler, 9, { ...commitDraft(9, 1), groupId: 'a' });
    const ask = (statesFilter: string[], typesFilter: string[]) =>
      client
        .ask(listGroupsHandler, version, { statesFilter, typesFilter })
        .groups.map(({ groupId }) => groupId);
    expect(ask([], [])).toEqual(['a', 'g']);
    if (version >= 4) expect(ask(['stable'], [])).toEqual(['g']);
    if (version >= 5) expect(ask([], ['Classic'])).toEqual(['a', 'g']);
    if (version >= 5) expect(ask([], ['consumer'])).toEqual([]);
  });

  test.each(versionsOf(deleteGroupsHandler))('DeleteGroups v%i', (version) => {
    const client = new Client();
    client.member();
    client.ask(offsetCommitHandler, 9, { ...commitDraft(9, 1), groupId: 'a' });
    const { results } = client.ask(deleteGroupsHandler, version, { groupsNames: ['a', 'g', 'x'] });
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 68, 69]);
  });

  test.each(versionsOf(findCoordinatorHandler))('FindCoordinator v%i', (version) => {
    const client = new Client();
    const ask = (keyType: number) => {
      const draft = { key: version < 4 ? 'g' : '', keyType, coordinatorKeys: version < 4 ? [] : ['g'] };
      const response = client.ask(findCoordinatorHandler, version, draft);
      return version < 4 ? response : response.coordinators[0];
    };
    expect(ask(0)).toMatchObject({ errorCode: 0, nodeId: 1, host: 'broker1', port: 9092 });
    // Nobody tries again what cannot be had, and the reason is told.
    const errorMessage = 'there is no transaction coordinator';
    const refused = { errorCode: ErrorCode.INVALID_REQUEST, nodeId: -1 };
    if (version >= 1) expect(ask(1)).toMatchObject({ ...refused, errorMessage });
    if (version >= 1) expect(ask(2)).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
  });
});
