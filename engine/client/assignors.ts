// How the leader of a classic group hands out partitions. Pure functions with the results of Kafka's own
// assignors: `range` and `roundrobin` exactly; `cooperative-sticky` with the same promises (balanced, moves
// as little as can be, nothing changes hands without being given up first), though not always the same choice
// among equals.
//
// Left out: rack awareness.

import { assert } from '../base/assert.ts';
import { partitionKey, type TopicPartition } from '../base/ids.ts';

export const assignorNames = ['range', 'roundrobin', 'cooperative-sticky'] as const;
export type AssignorName = (typeof assignorNames)[number];

/** A member as the leader sees it. */
export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
  readonly ownedPartitions: readonly TopicPartition[];
  /** The generation in which it owned them; -1 where it does not tell. */
  readonly generationId: number;
}

/** By member id, in the order of the members. */
export type GroupAssignment = ReadonlyMap<string, readonly TopicPartition[]>;

/** Topics that are not in `partitionCounts`, or have 0 partitions there, are passed over. */
export function assignPartitions(
  assignor: AssignorName,
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): GroupAssignment {
  const sorted = [...members].sort(byInstanceThenMember);
  const given = new Map<string, TopicPartition[]>(sorted.map(({ memberId }) => [memberId, []]));
  assert(given.size === members.length, 'member ids are unique');
  if (assignor === 'range') assignRanges(sorted, partitionCounts, given);
  else if (assignor === 'roundrobin') assignRoundRobin(sorted, partitionCounts, given);
  else assignSticky(sorted, partitionCounts, given);
  return given;
}

/** Static members by their instance id, before all dynamic ones by their member id. */
function byInstanceThenMember(a: GroupMember, b: GroupMember): number {
  if ((a.groupInstanceId === null) !== (b.groupInstanceId === null))
    return a.groupInstanceId === null ? 1 : -1;
  return compareText(a.groupInstanceId ?? a.memberId, b.groupInstanceId ?? b.memberId);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function subscribedTopics(members: readonly GroupMember[], counts: ReadonlyMap<string, number>): string[] {
  const topics = new Set(members.flatMap((member) => member.topics));
  return [...topics].filter((topic) => (counts.get(topic) ?? 0) > 0).sort(compareText);
}

function listOf(given: Map<string, TopicPartition[]>, memberId: string): TopicPartition[] {
  const list = given.get(memberId);
  assert(list !== undefined, 'every member has a list');
  return list;
}

function assignRanges(
  members: readonly GroupMember[],
  counts: ReadonlyMap<string, number>,
  given: Map<string, TopicPartition[]>,
): void {
  for (const topic of subscribedTopics(members, counts)) {
    const takers = members.filter(({ topics }) => topics.includes(topic));
    const count = counts.get(topic) ?? 0;
    const share = Math.floor(count / takers.length);
    const withOneMore = count % takers.length;
    let partition = 0;
    for (const [index, { memberId }] of takers.entries()) {
      const end = partition + share + (index < withOneMore ? 1 : 0);
      for (; partition < end; partition++) listOf(given, memberId).push({ topic, partition });
    }
  }
}

function assignRoundRobin(
  members: readonly GroupMember[],
  counts: ReadonlyMap<string, number>,
  given: Map<string, TopicPartition[]>,
): void {
  let turn = 0;
  for (const topic of subscribedTopics(members, counts)) {
    for (let partition = 0; partition < (counts.get(topic) ?? 0); partition++) {
      let member = members[turn % members.length] as GroupMember;
      while (!member.topics.includes(topic)) {
        turn++;
        member = members[turn % members.length] as GroupMember;
      }
      listOf(given, member.memberId).push({ topic, partition });
      turn++;
    }
  }
}

// ---- cooperative-sticky

function assignSticky(
  members: readonly GroupMember[],
  counts: ReadonlyMap<string, number>,
  given: Map<string, TopicPartition[]>,
): void {
  const owners = presentOwners(members, counts);
  const taken = new Set<string>();
  for (const member of members) {
    for (const { topic, partition } of member.ownedPartitions) {
      const key = partitionKey(topic, partition);
      if (owners.get(key) !== member.memberId || taken.has(key)) continue;
      taken.add(key);
      listOf(given, member.memberId).push({ topic, partition });
    }
  }
  for (const topic of subscribedTopics(members, counts)) {
    const takers = members.filter(({ topics }) => topics.includes(topic));
    for (let partition = 0; partition < (counts.get(topic) ?? 0); partition++) {
      if (taken.has(partitionKey(topic, partition))) continue;
      leastLoaded(takers, given).push({ topic, partition });
    }
  }
  balance(members, given);
  for (const [memberId, list] of given) {
    const kept = list.filter(({ topic, partition }) => {
      const owner = owners.get(partitionKey(topic, partition));
      return owner === undefined || owner === memberId;
    });
    kept.sort((a, b) => compareText(a.topic, b.topic) || a.partition - b.partition);
    given.set(memberId, kept);
  }
}

/**
 * Who may go on with what it claims. Of two claims the younger generation counts; of two equal ones, neither.
 */
function presentOwners(
  members: readonly GroupMember[],
  counts: ReadonlyMap<string, number>,
): Map<string, string> {
  const claims = new Map<string, { memberId: string; generationId: number; disputed: boolean }>();
  for (const { memberId, ownedPartitions, generationId, topics } of members) {
    for (const { topic, partition } of ownedPartitions) {
      if (!topics.includes(topic) || partition >= (counts.get(topic) ?? 0)) continue;
      const key = partitionKey(topic, partition);
      const known = claims.get(key);
      if (known === undefined || generationId > known.generationId) {
        claims.set(key, { memberId, generationId, disputed: false });
      } else if (generationId === known.generationId && memberId !== known.memberId) known.disputed = true;
    }
  }
  const owners = new Map<string, string>();
  for (const [key, { memberId, disputed }] of claims) if (!disputed) owners.set(key, memberId);
  return owners;
}

function leastLoaded(takers: readonly GroupMember[], given: Map<string, TopicPartition[]>): TopicPartition[] {
  let least: TopicPartition[] | undefined;
  for (const { memberId } of takers) {
    const list = listOf(given, memberId);
    if (least === undefined || list.length < least.length) least = list;
  }
  assert(least !== undefined, 'a subscribed topic has a subscriber');
  return least;
}

/**
 * Moves single partitions from fuller to emptier members as long as that evens things out; every move does.
 */
function balance(members: readonly GroupMember[], given: Map<string, TopicPartition[]>): void {
  for (let moved = true; moved; ) {
    moved = false;
    const fullestFirst = [...members].sort(
      (a, b) => listOf(given, b.memberId).length - listOf(given, a.memberId).length,
    );
    for (const from of fullestFirst) {
      if (moveOne(from, members, given)) {
        moved = true;
        break;
      }
    }
  }
}

function moveOne(
  from: GroupMember,
  members: readonly GroupMember[],
  given: Map<string, TopicPartition[]>,
): boolean {
  const list = listOf(given, from.memberId);
  for (let at = list.length - 1; at >= 0; at--) {
    const one = list[at] as TopicPartition;
    const to = leastLoaded(
      members.filter(({ topics }) => topics.includes(one.topic)),
      given,
    );
    if (to.length + 1 >= list.length) continue;
    list.splice(at, 1);
    to.push(one);
    return true;
  }
  return false;
}
