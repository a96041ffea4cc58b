import { describe, expect, test } from 'vitest';
import { EpochHistory, type EpochStart, truncationFor } from './epoch-history.ts';

/** The history of a log that is written as the list of its records' epochs, `1 1 2`. */
function historyOf(log: readonly number[]): EpochHistory {
  const history = new EpochHistory();
  for (const [offset, epoch] of log.entries()) history.assign(epoch, offset);
  return history;
}

function starts(...pairs: [number, number][]): EpochStart[] {
  return pairs.map(([epoch, startOffset]) => ({ epoch, startOffset }));
}

describe('truncation against the leader', () => {
  const vectors: [name: string, leader: string, current: number, follower: string, cuts: number[]][] = [
    ['A', '1 1 1 1', 2, '1 1', []],
    ['B', '1 1 2 2', 3, '1 1', []],
    ['C', '1 1', 2, '1 1 1 1', [2]],
    ['D', '1 1', 3, '1 1 2 2', [2]],
    ['E', '1 1 3 3', 4, '1 1 2 2', [2]],
    ['F', '1 1', 3, '1 2 2', [1]],
    ['G', '1 3', 4, '2 2', [0]],
    ['H', '1 1 3 3 5', 6, '1 2 2 4', [3, 1]],
    ['I', '1 1 1', 2, '1 1 1', []],
    ['J', '', 2, '1 1', [0]],
  ];

  test.each(vectors)(
    '%s: leader "%s" in epoch %d, follower "%s"',
    (_name, leader, current, follower, cuts) => {
      const leaderLog = epochsIn(leader);
      const leaderHistory = historyOf(leaderLog);
      leaderHistory.assign(current, leaderLog.length);
      let log = epochsIn(follower);
      const seen: number[] = [];
      for (let round = 0; round < 10; round++) {
        const own = historyOf(log);
        const answer = leaderHistory.endOffsetFor(own.latestEpoch, leaderLog.length);
        const { offset, complete } = truncationFor(own, log.length, 0, answer);
        if (offset < log.length) seen.push(offset);
        log = log.slice(0, offset);
        if (complete) break;
      }
      expect(seen).toEqual(cuts);
      expect(log).toEqual(leaderLog.slice(0, log.length));
    },
  );

  test('without an epoch in the answer only the leader end counts, without an end the high watermark', () => {
    const own = historyOf([1, 1, 1, 1]);
    expect(truncationFor(own, 4, 1, { leaderEpoch: -1, endOffset: 3 })).toEqual({
      offset: 3,
      complete: true,
    });
    expect(truncationFor(own, 4, 1, { leaderEpoch: -1, endOffset: -1 })).toEqual({
      offset: 1,
      complete: true,
    });
  });
});

function epochsIn(text: string): number[] {
  return text === '' ? [] : text.split(' ').map(Number);
}

describe('the history of one log', () => {
  test('an end is the start of the next epoch, and the log end for the latest', () => {
    const history = new EpochHistory(starts([2, 10], [4, 20]));
    expect(history.endOffsetFor(4, 30)).toEqual({ leaderEpoch: 4, endOffset: 30 });
    expect(history.endOffsetFor(3, 30)).toEqual({ leaderEpoch: 2, endOffset: 20 });
    expect(history.endOffsetFor(2, 30)).toEqual({ leaderEpoch: 2, endOffset: 20 });
    expect(history.endOffsetFor(1, 30)).toEqual({ leaderEpoch: 1, endOffset: 10 });
    expect(history.endOffsetFor(5, 30)).toEqual({ leaderEpoch: -1, endOffset: -1 });
    expect(history.endOffsetFor(-1, 30)).toEqual({ leaderEpoch: -1, endOffset: -1 });
    expect(new EpochHistory().endOffsetFor(0, 30)).toEqual({ leaderEpoch: -1, endOffset: -1 });
  });

  test('a new epoch at the start of an empty one replaces it', () => {
    const history = new EpochHistory(starts([1, 0], [2, 10]));
    expect(history.assign(3, 10)).toBe(true);
    expect(history.entries).toEqual(starts([1, 0], [3, 10]));
    expect(history.assign(3, 15)).toBe(false);
    expect(history.entries).toEqual(starts([1, 0], [3, 10]));
  });

  test('cutting the end forgets what begins there, cutting the start keeps the epoch that covers it', () => {
    const history = new EpochHistory(starts([1, 0], [2, 10], [3, 20]));
    expect(history.truncateFromEnd(20)).toBe(true);
    expect(history.entries).toEqual(starts([1, 0], [2, 10]));
    expect(history.truncateFromStart(15)).toBe(true);
    expect(history.entries).toEqual(starts([2, 15]));
    expect(history.truncateFromStart(15)).toBe(false);
    expect(history.epochAt(14)).toBe(-1);
    expect(history.epochAt(15)).toBe(2);
  });

  test('the revision moves exactly when something changed', () => {
    const history = new EpochHistory(starts([1, 0]));
    const { revision } = history;
    history.assign(1, 5);
    history.truncateFromEnd(5);
    history.truncateFromStart(0);
    expect(history.revision).toBe(revision);
    history.assign(2, 5);
    expect(history.revision).toBe(revision + 1);
  });
});
