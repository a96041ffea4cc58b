import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { PartitionState } from './partition.ts';
import type { PartitionRole } from './partition-role.ts';
import type { IsrAnswer, IsrProposal, ReplicationFacts } from './reign.ts';

const role: PartitionRole = {
  leader: 1,
  leaderEpoch: 3,
  partitionEpoch: 7,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
};

class Leader {
  minInsyncReplicas = 1;
  readonly brokerEpochs = new Map([1, 2, 3].map((id) => [id, 100 + id]));
  readonly fenced = new Set<number>();
  readonly state: PartitionState;
  nowMs = 1000;

  constructor(of: Partial<PartitionRole> = {}, logEndOffset = 10, highWatermark = 0) {
    const facts: ReplicationFacts = {
      lagTimeMaxMs: () => 100,
      minInsyncReplicas: () => this.minInsyncReplicas,
      activeBrokerEpoch: (id) => (this.fenced.has(id) ? undefined : this.brokerEpochs.get(id)),
      aliveBrokerEpoch: (id) => (this.fenced.has(id) ? undefined : this.brokerEpochs.get(id)),
      ownBrokerEpoch: () => 101,
    };
    this.state = new PartitionState(1, facts, logEndOffset, highWatermark);
    this.state.becomeLeader({ ...role, ...of }, this.nowMs);
  }

  fetch(follower: number, fetchOffset: number, brokerEpoch = 100 + follower) {
    return this.state.followerFetched({ follower, fetchOffset, logStartOffset: 0, brokerEpoch }, this.nowMs);
  }

  answer(proposal: IsrProposal | undefined, answer: IsrAnswer) {
    return this.state.proposalAnswered(proposal as IsrProposal, answer, this.nowMs);
  }

  isr(): readonly number[] {
    return this.state.reign?.isr ?? [];
  }
}

const brokers = (proposal: IsrProposal | undefined) => proposal?.isr.map(({ brokerId }) => brokerId);

describe('the high watermark of a leader', () => {
  test('waits for every member of the ISR', () => {
    const leader = new Leader();
    expect(leader.fetch(2, 8).highWatermarkMoved).toBe(false);
    expect(leader.fetch(3, 6).highWatermarkMoved).toBe(true);
    expect(leader.state.highWatermark).toBe(6);
  });

  test('stands while fewer are in sync than the effective minimum, and moves when they are enough again', () => {
    const leader = new Leader({ isr: [1] });
    leader.minInsyncReplicas = 2;
    leader.state.logEndMoved(12, leader.nowMs);
    expect(leader.state.highWatermark).toBe(10);
    const { proposal } = leader.fetch(2, 12);
    expect(leader.state.highWatermark).toBe(10);
    leader.answer(proposal, { kind: 'accepted', leaderEpoch: 3, partitionEpoch: 8, isr: [1, 2] });
    expect(leader.state.highWatermark).toBe(12);
  });

  test('waits for a follower outside of the ISR that keeps up, but not for one that may not join', () => {
    const leader = new Leader({ isr: [1, 2] }, 10);
    leader.fetch(3, 10);
    leader.state.logEndMoved(20, leader.nowMs);
    leader.fetch(2, 20);
    expect(leader.state.highWatermark).toBe(10);
    leader.fenced.add(3);
    leader.answer(leader.state.reign?.proposal, { kind: 'error', errorCode: ErrorCode.INELIGIBLE_REPLICA });
    expect(leader.state.highWatermark).toBe(20);
  });
});

describe('the ISR', () => {
  test('is joined only with all that was there when the reign began, whatever is known to be committed', () => {
    const leader = new Leader({ isr: [1, 2] }, 10, 4);
    expect(leader.fetch(3, 9).proposal).toBe(undefined);
    expect(brokers(leader.fetch(3, 10).proposal)).toEqual([1, 2, 3]);
  });

  test('a proposal names the life of each member, and -1 where it is not known', () => {
    const { proposal } = new Leader({ isr: [1, 2] }).fetch(3, 10);
    expect(proposal).toEqual({
      leaderEpoch: 3,
      partitionEpoch: 7,
      isr: [
        { brokerId: 1, brokerEpoch: 101 },
        { brokerId: 2, brokerEpoch: -1 },
        { brokerId: 3, brokerEpoch: 103 },
      ],
    });
  });

  test('is not joined by a fenced broker, nor by an earlier life of one', () => {
    const leader = new Leader({ isr: [1, 2] });
    expect(leader.fetch(3, 10, 99).proposal).toBe(undefined);
    leader.fenced.add(3);
    expect(leader.fetch(3, 10).proposal).toBe(undefined);
  });

  test('loses whoever has not caught up for the lag time; a follower at the end of the log never lags', () => {
    const leader = new Leader();
    leader.fetch(2, 10);
    leader.fetch(3, 9);
    leader.nowMs += 101;
    expect(brokers(leader.state.shrinkage(leader.nowMs))).toEqual([1, 2]);
    expect(leader.state.shrinkage(leader.nowMs)).toBe(undefined);
  });

  test('a follower that asks for what was the end a while ago was caught up then', () => {
    const leader = new Leader();
    leader.fetch(2, 10);
    leader.fetch(3, 10);
    for (let round = 1; round <= 5; round++) {
      leader.state.logEndMoved(10 + 10 * round, leader.nowMs);
      leader.nowMs += 60;
      leader.fetch(2, 10 * round);
      leader.fetch(3, 10);
    }
    expect(brokers(leader.state.shrinkage(leader.nowMs))).toEqual([1, 2]);
  });

  test.each([
    ['INELIGIBLE_REPLICA', 'goes back', false],
    ['OPERATION_NOT_ATTEMPTED', 'goes back', false],
    ['FENCED_LEADER_EPOCH', 'stays', false],
    ['INVALID_UPDATE_VERSION', 'stays', false],
    ['INVALID_REQUEST', 'stays', false],
    ['UNKNOWN_TOPIC_ID', 'stays', false],
    ['NEW_LEADER_ELECTED', 'stays', false],
    ['NOT_CONTROLLER', 'stays', true],
    ['UNKNOWN_SERVER_ERROR', 'stays', true],
  ] as const)('after %s the proposal %s', (name, what, retry) => {
    const leader = new Leader({ isr: [1, 2] });
    const { proposal } = leader.fetch(3, 10);
    const answered = leader.answer(proposal, { kind: 'error', errorCode: ErrorCode[name] });
    expect(answered.retry).toBe(retry);
    expect(leader.state.reign?.proposal).toBe(what === 'stays' ? proposal : undefined);
    expect(leader.isr()).toEqual([1, 2]);
  });

  test('an answer of another time changes nothing', () => {
    const leader = new Leader({ isr: [1, 2] });
    const { proposal } = leader.fetch(3, 10);
    leader.state.becomeLeader({ ...role, partitionEpoch: 9, isr: [1] }, leader.nowMs);
    leader.answer(proposal, { kind: 'accepted', leaderEpoch: 3, partitionEpoch: 8, isr: [1, 2, 3] });
    expect([leader.isr(), leader.state.partitionEpoch]).toEqual([[1], 9]);
  });

  test('a change within the epoch keeps what followers have, a new epoch forgets it', () => {
    const leader = new Leader();
    leader.fetch(2, 10);
    leader.state.becomeLeader({ ...role, partitionEpoch: 8, isr: [1, 2] }, leader.nowMs);
    expect(leader.state.reign?.follower(2)?.logEndOffset).toBe(10);
    expect(leader.state.highWatermark).toBe(10);
    leader.state.becomeLeader({ ...role, leaderEpoch: 4, partitionEpoch: 9 }, leader.nowMs);
    expect(leader.state.reign?.follower(2)?.logEndOffset).toBe(-1);
  });
});

test('a follower that is not assigned, or of an earlier life, is not served', () => {
  const { reign } = new Leader().state;
  const codes = [reign?.checkFollower(9, 1, true), reign?.checkFollower(9, 1, false)];
  expect(codes).toEqual([ErrorCode.UNKNOWN_LEADER_EPOCH, ErrorCode.NOT_LEADER_OR_FOLLOWER]);
  const epochs = [101, 102, 103, -1].map((epoch) => reign?.checkFollower(2, epoch, true));
  const refused = ErrorCode.NOT_LEADER_OR_FOLLOWER;
  expect(epochs).toEqual([refused, ErrorCode.NONE, ErrorCode.NONE, ErrorCode.NONE]);
});

test('whatever happens, the high watermark never goes back and never passes a member of either ISR', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({
      kind: fc.constant('fetch' as const),
      follower: fc.integer({ min: 2, max: 3 }),
      behind: fc.integer({ min: 0, max: 6 }),
    }),
    fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 150 }) }),
    fc.record({ kind: fc.constant('answer' as const), yes: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (steps, minimum) => {
      const leader = new Leader();
      leader.minInsyncReplicas = minimum;
      const { state } = leader;
      const ends = new Map([2, 3].map((id) => [id, -1]));
      let partitionEpoch = 7;
      for (const one of steps) {
        const before = state.highWatermark;
        if (one.kind === 'append') state.logEndMoved(state.logEndOffset + one.count, leader.nowMs);
        if (one.kind === 'fetch') {
          const offset = Math.max(ends.get(one.follower) ?? 0, state.logEndOffset - one.behind);
          ends.set(one.follower, offset);
          leader.fetch(one.follower, offset);
        }
        if (one.kind === 'time') {
          leader.nowMs += one.ms;
          state.shrinkage(leader.nowMs);
        }
        const proposal = state.reign?.proposal;
        if (one.kind === 'answer' && proposal !== undefined) {
          const isr = brokers(proposal) ?? [];
          const accepted: IsrAnswer = {
            kind: 'accepted',
            leaderEpoch: 3,
            partitionEpoch: partitionEpoch + 1,
            isr,
          };
          const refused: IsrAnswer = { kind: 'error', errorCode: ErrorCode.INELIGIBLE_REPLICA };
          leader.answer(proposal, one.yes ? accepted : refused);
          if (one.yes) partitionEpoch++;
        }
        const moved = state.highWatermark > before;
        expect(state.highWatermark).toBeGreaterThanOrEqual(before);
        if (!moved) continue;
        const either = new Set([...leader.isr(), ...(brokers(state.reign?.proposal) ?? [])]);
        for (const id of either) {
          if (id !== 1) expect(state.highWatermark).toBeLessThanOrEqual(ends.get(id) ?? -1);
        }
        expect(leader.isr().length).toBeGreaterThanOrEqual(minimum);
      }
    }),
  );
});
