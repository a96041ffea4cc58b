// The table of cases in which a follower's log has parted from its leader's (KIP-101, KIP-279), each computed by hand:
// where the follower cuts, in how many rounds, and what is left. Logs are written as the epochs of their records.

import { describe, expect, test } from 'vitest';
import { EpochHistory, truncationFor } from './epoch-history.ts';

/** Case, the leader's log and its present epoch, the follower's log, where it cuts in turn, what is left. */
const vectors: readonly [string, string, number, string, number[], string][] = [
  ['A, behind', '1 1 1 1', 2, '1 1', [], '1 1'],
  ['B, behind by an epoch', '1 1 2 2', 3, '1 1', [], '1 1'],
  ['C, ahead in the same epoch', '1 1', 2, '1 1 1 1', [2], '1 1'],
  ['D, ahead by an epoch that the leader never saw', '1 1', 3, '1 1 2 2', [2], '1 1'],
  ['E, another epoch behind the same start', '1 1 3 3', 4, '1 1 2 2', [2], '1 1'],
  ['F, its own epoch began earlier', '1 1', 3, '1 2 2', [1], '1'],
  ['G, nothing in common', '1 3', 4, '2 2', [0], ''],
  ['H, two rounds', '1 1 3 3 5', 6, '1 2 2 4', [3, 1], '1'],
  ['I, equal', '1 1 1', 2, '1 1 1', [], '1 1 1'],
  ['J, the leader is empty', '', 2, '1 1', [0], ''],
];

function epochsIn(text: string): number[] {
  return text === '' ? [] : text.split(' ').map(Number);
}

/** The history of a log that is written as the list of its records' epochs. */
function historyOf(log: readonly number[]): EpochHistory {
  const history = new EpochHistory();
  for (const [offset, epoch] of log.entries()) history.assign(epoch, offset);
  return history;
}

/** What a follower does until its leader agrees: cut, ask again with the epoch that is last then. */
function truncate(leaderText: string, current: number, followerText: string) {
  const leader = epochsIn(leaderText);
  const history = historyOf(leader);
  history.assign(current, leader.length);
  let log = epochsIn(followerText);
  const cuts: number[] = [];
  for (let round = 1; round <= 10; round++) {
    const own = historyOf(log);
    const answer = history.endOffsetFor(own.latestEpoch, leader.length);
    const { offset, complete } = truncationFor(own, log.length, 0, answer);
    if (offset < log.length) cuts.push(offset);
    log = log.slice(0, offset);
    if (complete) return { cuts, left: log.join(' ') };
  }
  return { cuts, left: 'it never ends' };
}

describe('truncation vectors', () => {
  test.each(vectors)(
    '%s: leader "%s" in epoch %d, follower "%s"',
    (_, leader, current, follower, cuts, left) => {
      expect(truncate(leader, current, follower)).toEqual({ cuts, left });
    },
  );

  test.each(vectors)('%s: what was cut once is not cut again', (_, leader, current, follower) => {
    const { left } = truncate(leader, current, follower);
    expect(truncate(leader, current, left)).toEqual({ cuts: [], left });
  });
});

describe('what the leader answers', () => {
  /** Log, present epoch, the epoch asked for, and the epoch and end that are answered. */
  const ends: readonly [string, number, number, number, number][] = [
    ['1 1 3 3 5', 6, 5, 5, 5],
    ['1 1 3 3 5', 6, 4, 3, 4],
    ['1 1 3 3 5', 6, 3, 3, 4],
    ['1 1 3 3 5', 6, 2, 1, 2],
    ['1 1 3 3 5', 6, 0, 0, 0],
    ['1 1 3 3 5', 6, 6, 6, 5],
    ['1 1 3 3 5', 6, 7, -1, -1],
    ['', 2, 1, 1, 0],
  ];

  test.each(ends)(
    '"%s" in epoch %d, asked for %d: epoch %d ends at %d',
    (log, current, asked, epoch, end) => {
      const records = epochsIn(log);
      const history = historyOf(records);
      history.assign(current, records.length);
      expect(history.endOffsetFor(asked, records.length)).toEqual({ leaderEpoch: epoch, endOffset: end });
    },
  );
});

test('without an epoch in the answer only the leader end counts, without an end the high watermark', () => {
  const own = historyOf([1, 1, 1, 1]);
  const answered = (endOffset: number) => truncationFor(own, 4, 1, { leaderEpoch: -1, endOffset });
  expect(answered(3)).toEqual({ offset: 3, complete: true });
  expect(answered(-1)).toEqual({ offset: 1, complete: true });
});
