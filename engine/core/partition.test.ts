import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { PartitionState } from './partition.ts';
import type { PartitionRole } from './partition-role.ts';
import type { ReplicationFacts } from './reign.ts';
import { OffsetWaiters } from './waiters.ts';

const role: PartitionRole = { leader: 1, leaderEpoch: 3, partitionEpoch: 0, replicas: [1], isr: [1] };

const facts: ReplicationFacts = {
  lagTimeMaxMs: () => 30_000,
  minInsyncReplicas: () => 2,
  activeBrokerEpoch: (broker) => 100 + broker,
  aliveBrokerEpoch: (broker) => 100 + broker,
  ownBrokerEpoch: () => 101,
};

function leading(of: PartitionRole = role, logEndOffset = 10, highWatermark = 4): PartitionState {
  const state = new PartitionState(1, facts, logEndOffset, highWatermark);
  state.becomeLeader(of, 0);
  return state;
}

describe('the state of a replica', () => {
  test('the only replica is its own in-sync set: the high watermark follows the log end', () => {
    const state = leading();
    expect(state.highWatermark).toBe(10);
    expect(state.logEndMoved(12, 0)).toBe(true);
    expect(state.logEndMoved(12, 0)).toBe(false);
    expect(state.highWatermark).toBe(12);
  });

  test('a checkpointed high watermark above the log end is capped', () => {
    expect(new PartitionState(1, facts, 10, 99).highWatermark).toBe(10);
  });

  test('a log end that goes back is a bug, unless the log was cut', () => {
    const state = leading();
    expect(() => state.logEndMoved(9, 0)).toThrow(/never goes back/);
    expect(() => state.logWasCut(9)).toThrow(/a leader never cuts/);
    state.becomeFollower({ ...role, leader: 2, leaderEpoch: 4 });
    state.logWasCut(9);
    expect([state.logEndOffset, state.highWatermark]).toEqual([9, 9]);
  });

  test('epochs of clients are fenced on both sides, and -1 is not checked', () => {
    const state = leading();
    expect([-1, 2, 3, 4].map((epoch) => state.checkLeaderEpoch(epoch))).toEqual([
      ErrorCode.NONE,
      ErrorCode.FENCED_LEADER_EPOCH,
      ErrorCode.NONE,
      ErrorCode.UNKNOWN_LEADER_EPOCH,
    ]);
  });

  test('a new epoch starts at the log end, the same one does not start again, and an older role is a bug', () => {
    const state = leading(role, 5, 5);
    expect(state.epochStartOffset).toBe(5);
    state.logEndMoved(7, 0);
    state.becomeLeader({ ...role, partitionEpoch: 1 }, 0);
    expect(state.epochStartOffset).toBe(5);
    state.becomeLeader({ ...role, leaderEpoch: 4 }, 0);
    expect([state.leaderEpoch, state.epochStartOffset]).toEqual([4, 7]);
    expect(state.isStale(role)).toBe(true);
    expect(() => state.becomeLeader(role, 0)).toThrow(/its own/);
  });

  test('the effective minimum of in-sync replicas never exceeds the replication factor', () => {
    expect(leading().hasEnoughReplicas()).toBe(true);
    expect(leading({ ...role, replicas: [1, 2, 3] }).hasEnoughReplicas()).toBe(false);
  });

  test('read-committed stops at the first undecided transaction', () => {
    const state = leading(role, 10, 10);
    expect(state.readableUpTo('read-committed', 6)).toBe(6);
    expect(state.readableUpTo('read-committed', undefined)).toBe(10);
    expect(state.readableUpTo('read-uncommitted', 6)).toBe(10);
  });

  test('a follower takes the high watermark of its leader, also a lower one, up to its own log end', () => {
    const state = new PartitionState(1, facts, 10, 8);
    state.becomeFollower({ ...role, leader: 2 });
    expect(state.leaderToldHighWatermark(12, 0)).toBe(true);
    expect(state.highWatermark).toBe(10);
    expect(state.leaderToldHighWatermark(3, 0)).toBe(true);
    expect(state.highWatermark).toBe(3);
    expect(state.leaderToldHighWatermark(3, 0)).toBe(false);
    expect(state.leaderToldHighWatermark(3, 5)).toBe(true);
    expect(state.highWatermark).toBe(5);
  });
});

test('the metadata log tells of an epoch that an answer had told: what was proposed since still counts', () => {
  const state = leading({ ...role, partitionEpoch: 2, replicas: [1, 2, 3], isr: [1, 2] }, 10, 10);
  const fetched = (follower: number, fetchOffset: number, nowMs: number) =>
    state.followerFetched({ follower, fetchOffset, brokerEpoch: 100 + follower, logStartOffset: 0 }, nowMs);
  fetched(2, 10, 0);
  expect(fetched(3, 10, 0).proposal?.isr.map(({ brokerId }) => brokerId)).toEqual([1, 2, 3]);
  state.becomeLeader({ ...role, partitionEpoch: 2, replicas: [1, 2, 3], isr: [1, 2] }, 0);
  state.logEndMoved(12, 40_000);
  fetched(2, 12, 40_000);
  expect(state.highWatermark).toBe(10);
  state.becomeLeader({ ...role, partitionEpoch: 3, replicas: [1, 2, 3], isr: [1, 2] }, 40_000);
  expect(state.highWatermark).toBe(12);
});

describe('offset waiters', () => {
  test('are released in offset order, equal offsets in the order of arrival', () => {
    const waiters = new OffsetWaiters<string>(10);
    waiters.add(7, 'seven');
    waiters.add(3, 'three');
    waiters.add(7, 'seven again');
    expect(waiters.release(2)).toEqual([]);
    expect(waiters.release(7)).toEqual(['three', 'seven', 'seven again']);
    expect(waiters.size).toBe(0);
  });

  test('one that left is not released', () => {
    const waiters = new OffsetWaiters<string>(10);
    const leave = waiters.add(1, 'gone');
    waiters.add(1, 'there');
    leave();
    leave();
    expect(waiters.releaseAll()).toEqual(['there']);
  });

  test('are limited', () => {
    const waiters = new OffsetWaiters<string>(1);
    waiters.add(1, 'first');
    expect(() => waiters.add(1, 'second')).toThrow(/at most 1/);
  });
});
