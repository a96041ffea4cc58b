// The rule of acknowledgements: enough replicas in sync, as far as the leader or the controller knows, and all of them
// have the batch.

import { describe, expect, test } from 'vitest';
import { clean, replicated } from './testing-cluster.ts';

describe('ack-below-min-isr', () => {
  test('the leader and the controller know that there are too few', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    story.lead(1, 0, '1', 10, 10);
    story.answer(1, 9);
    expect(story.found.violations).toEqual(['ack-below-min-isr']);
  });

  test('a leader that has not heard of the smaller ISR, and acks=1, are lawful', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    story.answer(1, 9);
    story.lead(1, 0, '1', 10, 10);
    story.answer(1, 9, 1);
    story.answer(1, 9, -1, 19);
    expect(story.found).toEqual(clean);
  });

  test('a member that the leader has asked for counts, until the metadata tells another ISR', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    story.lead(1, 0, '1', 10, 10);
    story.fetched(1, 2, 0, 10);
    story.propose(1, '1,2');
    story.answer(1, 9);
    expect(story.found.violations).toEqual([]);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    story.lead(1, 0, '1', 10, 10);
    story.answer(1, 9);
    expect(story.found.violations).toEqual(['ack-below-min-isr']);
  });

  test('what the controller said last but one may be what the leader goes by, in its own epoch', () => {
    const between = (leaderEpoch: number) => {
      const story = replicated();
      story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
      story.lead(1, 0, '1', 10, 10);
      story.commit({ leader: 1, leaderEpoch, isr: '1,2' });
      story.commit({ leader: 1, leaderEpoch, isr: '1' });
      story.answer(1, 9);
      return story.found;
    };
    expect(between(0)).toEqual(clean);
    expect(between(1).violations).toEqual(['ack-below-min-isr']);
  });

  test('above the high watermark', () => {
    const story = replicated();
    story.append(1, 10);
    story.answer(1, 10);
    expect(story.found.violations).toEqual(['ack-below-min-isr']);
  });
});
