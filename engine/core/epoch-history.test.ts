import { describe, expect, test } from 'vitest';
import { EpochHistory, type EpochStart } from './epoch-history.ts';

function starts(...pairs: [number, number][]): EpochStart[] {
  return pairs.map(([epoch, startOffset]) => ({ epoch, startOffset }));
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
