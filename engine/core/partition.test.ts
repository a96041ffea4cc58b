import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { type PartitionRole, PartitionState } from './partition.ts';
import { OffsetWaiters } from './waiters.ts';

const role: PartitionRole = { leader: 1, leaderEpoch: 3, partitionEpoch: 0, replicas: [1], isr: [1] };

describe('partition state', () => {
  test('the only replica is its own in-sync set: the high watermark follows the log end', () => {
    const state = new PartitionState(1, role, 10, 4);
    expect(state.highWatermark).toBe(10);
    expect(state.logEndMoved(12)).toBe(true);
    expect(state.logEndMoved(12)).toBe(false);
    expect(state.highWatermark).toBe(12);
  });

  test('a checkpointed high watermark above the log end is capped', () => {
    expect(new PartitionState(1, role, 10, 99).highWatermark).toBe(10);
  });

  test('a log end that goes back is a bug', () => {
    const state = new PartitionState(1, role, 10, 10);
    expect(() => state.logEndMoved(9)).toThrow(/never goes back/);
  });

  test('epochs of clients are fenced on both sides, and -1 is not checked', () => {
    const state = new PartitionState(1, role, 0, 0);
    expect([-1, 2, 3, 4].map((epoch) => state.checkLeaderEpoch(epoch))).toEqual([
      ErrorCode.NONE,
      ErrorCode.FENCED_LEADER_EPOCH,
      ErrorCode.NONE,
      ErrorCode.UNKNOWN_LEADER_EPOCH,
    ]);
  });

  test('a new epoch starts at the log end, and epochs never go back', () => {
    const state = new PartitionState(1, role, 5, 5);
    state.becomeLeader({ ...role, leaderEpoch: 4 });
    expect([state.leaderEpoch, state.epochStartOffset]).toEqual([4, 5]);
    expect(() => state.becomeLeader(role)).toThrow(/never go back/);
  });

  test('the effective minimum of in-sync replicas never exceeds the replication factor', () => {
    expect(new PartitionState(1, role, 0, 0).hasEnoughReplicas(2)).toBe(true);
    const three = { ...role, replicas: [1, 2, 3] };
    expect(new PartitionState(1, three, 0, 0).hasEnoughReplicas(2)).toBe(false);
  });

  test('read-committed stops at the first undecided transaction', () => {
    const state = new PartitionState(1, role, 10, 10);
    expect(state.readableUpTo('read-committed', 6)).toBe(6);
    expect(state.readableUpTo('read-committed', undefined)).toBe(10);
    expect(state.readableUpTo('read-uncommitted', 6)).toBe(10);
  });
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
