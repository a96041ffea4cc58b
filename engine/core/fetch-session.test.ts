import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { type FetchContext, type FetchPartition, FetchSessions } from './fetch-session.ts';

const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA';

function wanted(partition: number, fetchOffset = 0): FetchPartition {
  return {
    topic: 'orders',
    topicId: zeroUuid,
    partition,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    maxBytes: 1000,
  };
}

function request(
  sessionId: number,
  sessionEpoch: number,
  partitions: FetchPartition[] = [],
  forgotten: number[] = [],
) {
  return {
    sessionId,
    sessionEpoch,
    usesTopicIds: false,
    partitions,
    forgotten: forgotten.map((partition) => ({ topic: 'orders', topicId: zeroUuid, partition })),
  };
}

function newSessions(slots = 10): FetchSessions {
  let next = 100;
  return new FetchSessions(slots, () => next++);
}

function opened(context: FetchContext | number): FetchContext {
  if (typeof context === 'number') throw new Error(`a context, not error ${context}`);
  return context;
}

const quiet = {
  errorCode: ErrorCode.NONE,
  recordBytes: 0,
  highWatermark: 5,
  logStartOffset: 0,
  diverging: false,
  preferredReadReplica: -1,
};

describe('fetch sessions', () => {
  test('a source of ids that repeats itself gives the next that is free, and goes around', () => {
    for (const [drawn, ids] of [
      [0, [1, 2, 3]],
      [2 ** 31 - 2, [2 ** 31 - 1, 1, 2]],
    ] as const) {
      const sessions = new FetchSessions(10, () => drawn);
      expect(ids.map(() => opened(sessions.open(request(0, 0, [wanted(0)]), 0)).sessionId)).toEqual(ids);
    }
  });

  test('epoch -1 has none, epoch 0 makes one, and the next request goes on without naming partitions', () => {
    const sessions = newSessions();
    expect(opened(sessions.open(request(0, -1, [wanted(0)]), 0)).sessionId).toBe(0);
    const first = opened(sessions.open(request(0, 0, [wanted(0), wanted(1)]), 0));
    expect(first.sessionId).toBe(101);
    expect(first.include(wanted(0), quiet)).toBe(true);
    expect(first.include(wanted(1), quiet)).toBe(true);
    const next = opened(sessions.open(request(101, 1), 1));
    expect(next.partitions.map((of) => of.partition)).toEqual([0, 1]);
    expect(next.include(wanted(0), quiet)).toBe(false);
    expect(next.include(wanted(1), { ...quiet, highWatermark: 6 })).toBe(true);
  });

  test('a partition with data moves to the end; one with an error is told again when it is well', () => {
    const sessions = newSessions();
    const first = opened(sessions.open(request(0, 0, [wanted(0), wanted(1)]), 0));
    first.include(wanted(0), { ...quiet, recordBytes: 10 });
    first.include(wanted(1), { ...quiet, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, highWatermark: -1 });
    const next = opened(sessions.open(request(first.sessionId, 1), 0));
    expect(next.partitions.map((of) => of.partition)).toEqual([1, 0]);
    expect(next.include(wanted(1), quiet)).toBe(true);
    expect(next.include(wanted(0), quiet)).toBe(false);
  });

  test('unknown ids, wrong epochs and a change of naming are refused', () => {
    const sessions = newSessions();
    const { sessionId } = opened(sessions.open(request(0, 0, [wanted(0)]), 0));
    expect(sessions.open(request(9, 1), 0)).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    expect(sessions.open(request(sessionId, 2), 0)).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    expect(sessions.open({ ...request(sessionId, 1), usesTopicIds: true }, 0)).toBe(
      ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
    );
  });

  test('forgetting the last partition closes it; a full fetch that names the old id too', () => {
    const sessions = newSessions();
    const first = opened(sessions.open(request(0, 0, [wanted(0)]), 0));
    expect(opened(sessions.open(request(first.sessionId, 1, [], [0]), 0)).sessionId).toBe(0);
    const second = opened(sessions.open(request(0, 0, [wanted(0)]), 0));
    sessions.open(request(second.sessionId, -1, [wanted(0)]), 0);
    expect(sessions.size).toBe(0);
  });

  test('a full cache evicts only what was idle for two minutes', () => {
    const sessions = newSessions(1);
    const first = opened(sessions.open(request(0, 0, [wanted(0)]), 0));
    expect(opened(sessions.open(request(0, 0, [wanted(0)]), 1000)).sessionId).toBe(0);
    expect(opened(sessions.open(request(0, 0, [wanted(0)]), 120_000)).sessionId).not.toBe(0);
    expect(sessions.open(request(first.sessionId, 1), 120_000)).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  });
});
