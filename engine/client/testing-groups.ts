// For the tests of this room: the group half of the testing broker. A rebalance ends when every known member
// has joined, or after its rebalance timeout without those that did not; members that do not heartbeat stay
// for ever.

import { ErrorCode } from '../errors.ts';
import type { TestingWorld } from './testing-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: handlers are written against the declarations by hand
type Loose = any;
type Respond = (body: Loose) => void;

interface Member {
  readonly id: string;
  protocols: { name: string; metadata: Uint8Array }[];
  join: Respond | undefined;
  sync: Respond | undefined;
  assignment: Uint8Array;
}

interface Group {
  generation: number;
  state: 'empty' | 'joining' | 'syncing' | 'stable';
  leader: string;
  protocol: string;
  readonly members: Map<string, Member>;
  readonly offsets: Map<string, number>;
}

export class TestingGroups {
  readonly #world: Pick<TestingWorld, 'runtime'>;
  readonly #groups = new Map<string, Group>();
  #nextMember = 1;

  constructor(world: Pick<TestingWorld, 'runtime'>) {
    this.#world = world;
  }

  group(id: string): Group {
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = {
        generation: 0,
        state: 'empty',
        leader: '',
        protocol: '',
        members: new Map(),
        offsets: new Map(),
      };
      this.#groups.set(id, group);
    }
    return group;
  }

  /** The committed offset by `topic-partition`. */
  committed(group: string, key: string): number | undefined {
    return this.group(group).offsets.get(key);
  }

  /** What a coordinator does with a member it has not heard of. */
  expel(groupId: string, memberId: string): void {
    const group = this.group(groupId);
    group.members.delete(memberId);
    group.state = 'joining';
    this.#completeJoin(group);
  }

  handle(api: string, version: number, request: Loose, forced: number | undefined, respond: Respond): Loose {
    const group = this.group(request.groupId || request.groups?.[0]?.groupId || '');
    switch (api) {
      case 'JoinGroup':
        return this.#join(group, version, request, forced, respond);
      case 'SyncGroup':
        return this.#sync(group, request, forced, respond);
      case 'Heartbeat': {
        const errorCode = forced ?? this.#check(group, request.memberId, request.generationId);
        const rebalancing = errorCode === 0 && group.state === 'joining';
        return { throttleTimeMs: 0, errorCode: rebalancing ? ErrorCode.REBALANCE_IN_PROGRESS : errorCode };
      }
      case 'LeaveGroup': {
        if (forced !== undefined) return { throttleTimeMs: 0, errorCode: forced };
        for (const { memberId } of request.members) this.#removeMember(group, memberId);
        return { throttleTimeMs: 0, errorCode: 0 };
      }
      case 'OffsetCommit':
        return this.#commit(group, request, forced);
      default:
        return this.#fetchOffsets(group, version, request, forced);
    }
  }

  #removeMember(group: Group, memberId: string): void {
    if (!group.members.delete(memberId)) return;
    group.state = group.members.size === 0 ? 'empty' : 'joining';
    this.#completeJoin(group);
  }

  #check(group: Group, memberId: string, generation: number): number {
    if (!group.members.has(memberId)) return ErrorCode.UNKNOWN_MEMBER_ID;
    return generation === group.generation ? 0 : ErrorCode.ILLEGAL_GENERATION;
  }

  #join(group: Group, version: number, request: Loose, forced: number | undefined, respond: Respond): Loose {
    const refused = { throttleTimeMs: 0, protocolName: version >= 7 ? null : '', leader: '', members: [] };
    if (forced !== undefined) return { ...refused, errorCode: forced, memberId: request.memberId };
    if (request.memberId === '') {
      const memberId = `member-${this.#nextMember++}`;
      return { ...refused, errorCode: ErrorCode.MEMBER_ID_REQUIRED, memberId };
    }
    const known = group.members.get(request.memberId);
    const member = known ?? {
      id: request.memberId,
      protocols: [],
      join: undefined,
      sync: undefined,
      assignment: nothing,
    };
    member.protocols = request.protocols;
    member.join = respond;
    group.members.set(member.id, member);
    if (group.state !== 'joining') {
      group.state = 'joining';
      const generation = group.generation;
      this.#world.runtime().after(request.rebalanceTimeoutMs, () => {
        if (group.state !== 'joining' || group.generation !== generation) return;
        for (const each of [...group.members.values()]) {
          if (each.join === undefined) group.members.delete(each.id);
        }
        this.#completeJoin(group);
      });
    }
    this.#completeJoin(group);
    return undefined;
  }

  #completeJoin(group: Group): void {
    const members = [...group.members.values()];
    if (group.state !== 'joining' || members.length === 0) return;
    if (members.some(({ join }) => join === undefined)) return;
    group.state = 'syncing';
    group.generation++;
    if (!group.members.has(group.leader)) group.leader = (members[0] as Member).id;
    const shared = (members[0] as Member).protocols.find(({ name }) =>
      members.every(({ protocols }) => protocols.some((each) => each.name === name)),
    );
    group.protocol = shared?.name ?? '';
    for (const member of members) {
      const respond = member.join as Respond;
      member.join = undefined;
      const all = members.map(({ id, protocols }) => {
        const metadata = protocols.find(({ name }) => name === group.protocol)?.metadata ?? nothing;
        return { memberId: id, groupInstanceId: null, metadata };
      });
      respond({
        throttleTimeMs: 0,
        errorCode: 0,
        generationId: group.generation,
        protocolType: 'consumer',
        protocolName: group.protocol,
        leader: group.leader,
        memberId: member.id,
        members: member.id === group.leader ? all : [],
      });
    }
  }

  #sync(group: Group, request: Loose, forced: number | undefined, respond: Respond): Loose {
    const errorCode = forced ?? this.#check(group, request.memberId, request.generationId);
    const answer = { throttleTimeMs: 0, errorCode, assignment: nothing };
    if (errorCode !== 0) return answer;
    if (group.state === 'joining') return { ...answer, errorCode: ErrorCode.REBALANCE_IN_PROGRESS };
    const member = group.members.get(request.memberId) as Member;
    if (group.state === 'stable') return { ...answer, assignment: member.assignment };
    member.sync = respond;
    if (member.id !== group.leader) return undefined;
    for (const { memberId, assignment } of request.assignments) {
      const assigned = group.members.get(memberId);
      if (assigned !== undefined) assigned.assignment = assignment.slice();
    }
    group.state = 'stable';
    for (const each of group.members.values()) {
      each.sync?.({ throttleTimeMs: 0, errorCode: 0, assignment: each.assignment });
      each.sync = undefined;
    }
    return undefined;
  }

  #commit(group: Group, request: Loose, forced: number | undefined): Loose {
    const simple = request.generationIdOrMemberEpoch < 0 && group.members.size === 0;
    const checked = simple ? 0 : this.#check(group, request.memberId, request.generationIdOrMemberEpoch);
    const errorCode = forced ?? (checked === 0 && group.state === 'syncing' ? 27 : checked);
    const topics = request.topics.map(({ name, partitions }: Loose) => ({
      name,
      partitions: partitions.map(({ partitionIndex, committedOffset }: Loose) => {
        if (errorCode === 0) group.offsets.set(`${name}-${partitionIndex}`, committedOffset);
        return { partitionIndex, errorCode };
      }),
    }));
    return { throttleTimeMs: 0, topics };
  }

  #fetchOffsets(group: Group, version: number, request: Loose, forced: number | undefined): Loose {
    const wanted: Loose[] = version < 8 ? request.topics : request.groups[0].topics;
    const topics = wanted.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex: number) => {
        const committedOffset = group.offsets.get(`${name}-${partitionIndex}`) ?? -1;
        return { partitionIndex, committedOffset, metadata: '', errorCode: 0 };
      }),
    }));
    if (version < 8) return { throttleTimeMs: 0, errorCode: forced ?? 0, topics };
    const groups = [{ groupId: request.groups[0].groupId, topics, errorCode: forced ?? 0 }];
    return { throttleTimeMs: 0, groups };
  }
}

const nothing = new Uint8Array(0);
