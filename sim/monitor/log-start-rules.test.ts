// The rules on log starts: what is acknowledged, followed and served, and what only looks as if it were not.

import { describe, expect, test } from 'vitest';
import { ClusterStory, clean, replicated } from './testing-cluster.ts';

describe('delete-acked-early', () => {
  const early = { violations: ['delete-acked-early'], witnesses: [] };

  /** The leader acknowledges a deletion that broker 3 has not heard of. */
  function acknowledged(): ClusterStory {
    const story = replicated();
    story.startAt([1, 2], 5);
    story.deleted(1, 5);
    return story;
  }

  /** Time goes by, and a follower fetches. */
  function later(story: ClusterStory): ClusterStory {
    story.wait(2);
    story.fetched(1, 2, 102, 10);
    return story;
  }

  test('an in-sync follower has not deleted', () => {
    const story = acknowledged();
    const { step } = story;
    expect(story.found).toEqual(clean);
    story.startAt([3], 5, 'leader');
    expect(later(story).found).toEqual(early);
    expect(story.stepOf('delete-acked-early')).toBe(step);
  });

  test('all have deleted, or the answer was an error', () => {
    const story = replicated();
    story.startAt([1, 2, 3], 5);
    story.deleted(1, 5);
    story.deleted(1, 7, 7);
    expect(later(story).found).toEqual(clean);
  });

  test('one had deleted, and lost it to a crash', () => {
    const story = replicated();
    story.startAt([1, 2, 3], 5);
    story.crash(3);
    story.boot(3);
    story.recover(3, 10);
    story.deleted(1, 5);
    expect(later(story).found).toEqual(clean);
  });

  test('the leader has read that one is out of sync before the controller tells', () => {
    const story = acknowledged();
    story.fetched(1, 2, 102, 10);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    expect(later(story).found).toEqual(clean);
    const known = replicated();
    known.startAt([1, 2], 5);
    known.lead(1, 0, '1,2', 10, 10);
    known.deleted(1, 5);
    expect(later(known).found).toEqual(clean);
  });

  test('one that leaves the ISR long afterwards was in it', () => {
    const story = later(acknowledged());
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    expect(story.found).toEqual(early);
  });

  test('a deposed leader binds nobody', () => {
    const story = replicated();
    story.startAt([1], 5);
    story.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
    story.lead(2, 1, '2,3', 10, 10);
    story.deleted(1, 5);
    expect(later(story).found).toEqual(clean);
  });
});

describe('deleted-record-served', () => {
  const served = { violations: ['deleted-record-served'], witnesses: [] };

  test('records from below the start of the log', () => {
    const story = replicated();
    story.startAt([1], 5);
    story.ask(1, 7);
    story.give(1, 7, 5);
    expect(story.found).toEqual(clean);
    story.ask(1, 8);
    story.give(1, 8, 4);
    expect(story.found).toEqual(served);
  });

  test('a read may be under way while the log start moves, whoever else has asked since', () => {
    const story = replicated();
    story.ask(1, 7);
    story.startAt([1], 5);
    story.ask(1, 1, 'reader:2');
    story.give(1, 1, 4, 'reader:2');
    story.give(1, 7, 4);
    expect(story.found).toEqual(clean);
    story.ask(1, 2, 'reader:2');
    story.give(1, 2, 4, 'reader:2');
    expect(story.found).toEqual(served);
  });

  test('a fetch of a connection that is gone, or of an earlier life, excuses nobody', () => {
    const story = replicated();
    story.ask(1, 7, 'reader:1');
    story.ask(1, 7, 'reader:2');
    story.startAt([1], 5);
    story.give(1, 7, null, 'reader:2');
    story.event('broker-1', { kind: 'connection-closed', peer: 'reader:1', reason: 'reset' });
    story.ask(1, 1, 'reader:3');
    story.give(1, 1, 4, 'reader:3');
    expect(story.found).toEqual(served);
    const reborn = replicated();
    reborn.ask(1, 7);
    reborn.crash(1);
    reborn.boot(1);
    reborn.recover(1, 10, 5);
    reborn.ask(1, 1);
    reborn.give(1, 1, 3);
    expect(reborn.found).toEqual(served);
  });

  test('what a crash brought back may be read', () => {
    const story = replicated();
    story.startAt([1], 5);
    story.crash(1);
    story.boot(1);
    story.recover(1, 10, 2);
    story.ask(1, 1);
    story.give(1, 1, 2);
    expect(story.found).toEqual(clean);
  });
});

describe('log-start-not-followed', () => {
  const notFollowed = { violations: ['log-start-not-followed'], witnesses: [] };

  /** Broker 2 begins where the leader does only if `follows`. */
  function told(follows: boolean, act: (story: ClusterStory) => void = () => {}): ClusterStory {
    const story = replicated();
    story.appendAll([1, 2, 3], 10, 14);
    story.startAt([1], 5);
    story.highWatermark(1, 12);
    story.highWatermark(2, 12, false);
    if (follows) story.startAt([2], 5, 'leader');
    act(story);
    story.highWatermark(1, 13);
    story.highWatermark(2, 13, false);
    return story;
  }

  test('a follower took an answer, and its log begins where it did', () => {
    const story = told(false);
    expect(story.found).toEqual(notFollowed);
    expect(story.stepOf('log-start-not-followed')).toBe(story.step);
    expect(told(true).found).toEqual(clean);
  });

  test('an answer from before may still be taken', () => {
    const story = replicated();
    story.appendAll([1, 2, 3], 10, 14);
    story.highWatermark(1, 12);
    story.startAt([1], 5);
    story.highWatermark(1, 13);
    story.highWatermark(2, 11, false);
    story.highWatermark(2, 12, false);
    story.highWatermark(2, 13, false);
    expect(story.found).toEqual(clean);
  });

  test('a high watermark that goes down with a cut is no answer', () => {
    const story = new ClusterStory().begun();
    story.appendAll([1, 2, 3], 0, 14);
    story.highWatermark(1, 10);
    story.highWatermark(2, 8, false);
    story.highWatermark(3, 10, false);
    story.startAt([2], 5);
    story.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' });
    story.lead(2, 1, '1,2,3', 8, 14);
    story.follow(3, 2, 1, 10);
    story.highWatermark(3, 9, false, 1);
    story.highWatermark(3, 10, false, 1);
    expect(story.found).toEqual(clean);
    story.highWatermark(3, 11, false, 1);
    expect(story.found).toEqual(notFollowed);
  });

  test('a cut, another leader, a death of either: nobody knows what was taken', () => {
    const cut = told(false, (story) => {
      story.startAt([2], 3, 'truncation');
    });
    expect(cut.found).toEqual(clean);
    const again = told(false, (story) => story.follow(2, 1, 0));
    expect(again.found).toEqual(clean);
    const reborn = told(false, (story) => {
      story.crash(2);
      story.boot(2);
      story.recover(2, 12);
    });
    expect(reborn.found).toEqual(clean);
  });

  test('nor when the leader died and goes on in its epoch', () => {
    const story = replicated();
    story.appendAll([1, 2, 3], 10, 14);
    story.startAt([1], 5);
    story.crash(1);
    story.boot(1);
    story.recover(1, 14, 5);
    story.lead(1, 0, '1,2,3', 10, 14);
    for (const mark of [12, 13, 14]) {
      story.highWatermark(1, mark);
      story.highWatermark(2, mark, false);
    }
    expect(story.found).toEqual(clean);
  });

  test('a leader of a later epoch is followed as well', () => {
    const story = replicated();
    story.appendAll([1, 2, 3], 10, 14);
    story.startAt([2], 5);
    story.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' });
    story.lead(2, 1, '1,2,3', 10, 14);
    story.follow(3, 2, 1, 10);
    for (const mark of [12, 13]) {
      story.highWatermark(2, mark, true, 1);
      story.highWatermark(3, mark, false, 1);
    }
    expect(story.found).toEqual(notFollowed);
  });
});

describe('log-start-past-hw', () => {
  const past = { violations: ['log-start-past-hw'], witnesses: [] };

  test('a start moves beyond the high watermark', () => {
    const moved = (logStartOffset: number, reason: 'delete-records' | 'leader' = 'delete-records') => {
      const story = replicated();
      story.appendAll([1, 2, 3], 10, 12);
      story.startAt([1], logStartOffset, reason);
      return story.found;
    };
    expect(moved(10)).toEqual(clean);
    expect(moved(11)).toEqual(past);
    expect(moved(11, 'leader')).toEqual(clean);
  });

  test('whoever opens a log that begins later than its checkpoint knew begins with that', () => {
    const opened = (highWatermark: number) => {
      const story = replicated();
      story.startAt([2], 5, 'leader');
      story.crash(2);
      story.boot(2);
      story.recover(2, 10, 5);
      story.follow(2, 1, 0, highWatermark);
      return story;
    };
    expect(opened(5).found).toEqual(clean);
    expect(opened(4).found).toEqual(past);
    const leads = (highWatermark: number) => {
      const story = opened(5);
      story.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
      story.lead(2, 1, '2,3', highWatermark, 10);
      return story.found.violations;
    };
    expect(leads(5)).toEqual([]);
    expect(leads(4)).toContain('log-start-past-hw');
  });

  test('who has told no high watermark yet is not held against it', () => {
    const story = replicated();
    story.crash(1);
    story.boot(1);
    story.recover(1, 10, 0);
    story.startAt([1], 5);
    expect(story.found).toEqual(clean);
  });
});
