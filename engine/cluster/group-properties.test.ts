// Properties of the group coordinator under arbitrary conversations: members that come, go, sync and fall silent in any
// order, writes that are held, refused or in doubt, a partition that moves away and comes back, with what was not
// committed or without it. After every step
//
// - all who are told of one generation are told the same leader, and one of them at most that it leads;
// - an acknowledged commit is never behind what a reader sees;
//
// and at the end, when time passes and nothing is held any more,
//
// - nobody waits for ever;
// - what a new coordinator reads from the log is what the old one had in memory.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JoinResponse } from '../core/group/shapes.ts';
import { ErrorCode } from '../errors.ts';
import { utf8 } from '../protocol/bytes.ts';
import { GroupWorld } from '../testing/group-world.ts';

type Step =
  | { kind: 'join'; who: number; protocol: number; fresh: boolean }
  | { kind: 'sync' | 'heartbeat' | 'leave' | 'commit'; who: number }
  | { kind: 'advance'; ms: number }
  | { kind: 'hold' | 'release' | 'refuse' | 'doubt' | 'move' | 'cut' | 'delete' };

const who = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('join'), who, protocol: fc.nat(2), fresh: fc.boolean() }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('sync', 'heartbeat', 'leave', 'commit'), who }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.constantFrom(0, 1, 3_000, 10_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('hold', 'release', 'refuse', 'doubt', 'move', 'cut', 'delete'),
    }),
  },
) as fc.Arbitrary<Step>;

class Conversation {
  readonly world = new GroupWorld({ offsetsRetentionCheckIntervalMs: 1e12 });
  readonly #ids = ['', '', '', ''];
  readonly #generations = [-1, -1, -1, -1];
  /** Leader of each generation, as it was told; forgotten when the coordinator moves, as Kafka forgets. */
  readonly #leaders = new Map<number, string>();
  readonly #told = new Set<string>();
  #nextOffset = 0;
  #acknowledged = -1;
  /** Commits of earlier offsets oblige nobody: a deletion behind them in the log may have happened. */
  #obligingFrom = 0;
  /** Counts lives of the coordinator, so that late answers of an earlier one are told apart. */
  #life = 0;

  constructor() {
    this.world.startAndLoad();
  }

  take(one: Step): void {
    const { world } = this;
    switch (one.kind) {
      case 'join':
        return this.#join(one.who, one.protocol, one.fresh);
      case 'sync':
        return world.run(world.coordinator.sync(this.#syncOf(one.who)), () => {});
      case 'heartbeat':
        return world.run(world.coordinator.heartbeat(this.#identity(one.who)), () => {});
      case 'leave':
        return world.run(world.coordinator.leave('g', [this.#identity(one.who)]), () => {});
      case 'commit':
        return this.#commit(one.who);
      case 'advance':
        return world.time.advance(one.ms);
      case 'hold':
        world.partition.holding = true;
        return;
      case 'release':
        return world.partition.release();
      case 'refuse':
        world.partition.refuseNext = ErrorCode.NOT_ENOUGH_REPLICAS;
        return;
      case 'doubt':
        world.partition.doubtNext = ErrorCode.REQUEST_TIMED_OUT;
        return;
      case 'delete':
        return this.#delete();
      case 'move':
        return this.move();
      case 'cut':
        return this.move(() => world.partition.truncate());
    }
  }

  move(meanwhile: () => void = () => {}): void {
    this.#life++;
    this.#forget();
    this.world.resign();
    meanwhile();
    this.world.reload();
  }

  #forget(): void {
    this.#leaders.clear();
    this.#told.clear();
  }

  offsets(): unknown {
    return this.world.now(this.world.coordinator.fetchOffsets('g', false));
  }

  groups(): string[] {
    const listed = this.world.now(this.world.coordinator.list());
    return listed?.ok === true ? listed.value.map(({ groupId }) => groupId) : ['nothing is listed'];
  }

  check(): void {
    expect(this.world.bugs).toEqual([]);
    const fetched = this.world.now(this.world.coordinator.fetchOffsets('g', false));
    if (fetched?.ok !== true) return;
    const seen = fetched.value.find(({ topic }) => topic === 'orders')?.value.offset ?? -1;
    expect(seen).toBeGreaterThanOrEqual(this.#acknowledged);
  }

  waiting(): string[] {
    const labels = this.world.runtime.tasks.pending().map(({ waitingFor }) => waitingFor);
    return labels.filter((label) => /JoinGroup|SyncGroup|commit/.test(label));
  }

  #identity(at: number) {
    return {
      groupId: 'g',
      memberId: this.#ids[at] ?? '',
      groupInstanceId: at === 3 ? 'static' : null,
      generationId: this.#generations[at] ?? -1,
    };
  }

  #syncOf(at: number) {
    const assignments = this.#ids.map((memberId) => ({ memberId, assignment: utf8(`for ${memberId}`) }));
    return { ...this.#identity(at), protocolType: 'consumer', protocolName: null, assignments };
  }

  #join(at: number, protocol: number, fresh: boolean): void {
    const life = this.#life;
    const names = [['range'], ['range', 'sticky'], ['sticky', 'range']][protocol] ?? [];
    const task = this.world.coordinator.join({
      ...this.#identity(at),
      memberId: fresh ? '' : (this.#ids[at] ?? ''),
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      protocolType: 'consumer',
      protocols: names.map((name) => ({ name, metadata: utf8(`${name} ${protocol}`) })),
      clientId: `c${at}`,
      clientHost: '/here',
      requiresKnownMemberId: at < 2,
      supportsSkippingAssignment: true,
    });
    this.world.run(task, (answer) => {
      if (answer.memberId !== '') this.#ids[at] = answer.memberId;
      if (answer.errorCode !== ErrorCode.NONE || life !== this.#life) return;
      this.#generations[at] = answer.generationId;
      this.#hear(answer, at);
    });
  }

  /** A static leader that came back has another id under the same generation: it is known by its instance. */
  #hear(answer: JoinResponse, at: number): void {
    const leader = answer.leader.startsWith('static-') ? 'static' : answer.leader;
    expect(leader).toBe(this.#leaders.get(answer.generationId) ?? leader);
    this.#leaders.set(answer.generationId, leader);
    if (answer.members.length === 0) return;
    expect(answer.leader).toBe(answer.memberId);
    const key = `${answer.generationId} ${at}`;
    for (const other of this.#told) if (other.startsWith(`${answer.generationId} `)) expect(other).toBe(key);
    this.#told.add(key);
  }

  /** Unless it was refused it may have happened, whatever the answer; a new group counts from generation 1 again. */
  #delete(): void {
    this.#forget();
    this.world.run(this.world.coordinator.delete('g'), (code) => {
      const refused = code === ErrorCode.GROUP_ID_NOT_FOUND || code === ErrorCode.NON_EMPTY_GROUP;
      if (refused) return;
      this.#acknowledged = -1;
      this.#obligingFrom = this.#nextOffset;
      this.#forget();
    });
  }

  #commit(at: number): void {
    const offset = this.#nextOffset++;
    const life = this.#life;
    const one = { topic: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partition: 0, offset, leaderEpoch: 0 };
    const task = this.world.coordinator.commitOffsets(this.#identity(at), [{ ...one, metadata: '' }], -1);
    this.world.run(task, ([code]) => {
      if (code !== ErrorCode.NONE) return;
      expect(life).toBe(this.#life);
      if (offset >= this.#obligingFrom) this.#acknowledged = Math.max(this.#acknowledged, offset);
    });
  }
}

test('any conversation keeps the group consistent, and ends', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
      const conversation = new Conversation();
      for (const one of steps) {
        conversation.take(one);
        conversation.world.time.advance(0);
        conversation.check();
      }
      const { world } = conversation;
      world.partition.refuseNext = undefined;
      world.partition.doubtNext = undefined;
      world.partition.release();
      for (let i = 0; i < 40; i++) world.time.advance(10_000);
      conversation.check();
      expect(conversation.waiting()).toEqual([]);
      const offsets = conversation.offsets();
      const groups = conversation.groups();
      conversation.move();
      expect(conversation.offsets()).toEqual(offsets);
      // A group that nobody wrote anything for may be forgotten; none may rise from the dead.
      expect(groups).toEqual(expect.arrayContaining(conversation.groups()));
    }),
    { numRuns: 400, seed: 20_260_817 },
  );
});
