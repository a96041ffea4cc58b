// The rules of membership: who may be in an ISR, and whose fetches count.

import { describe, expect, test } from 'vitest';
import { type ClusterStory, clean, replicated } from './testing-cluster.ts';

describe('isr-ineligible and stale-incarnation', () => {
  test('a leader outside, a member that is no replica, a fenced one that joins', () => {
    const outside = replicated();
    outside.commit({ leader: 1, leaderEpoch: 0, isr: '2,3' });
    expect(outside.found.violations).toEqual(['isr-ineligible']);
    const stranger = replicated();
    stranger.monitor.cluster.partition('orders', 0).replica('broker-4', 4);
    stranger.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,4' });
    expect(stranger.found.violations).toContain('isr-ineligible');
    const fenced = replicated();
    fenced.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    fenced.event('controller', { kind: 'broker-fenced', brokerId: 3, brokerEpoch: 103 });
    fenced.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3' });
    const { step } = fenced;
    fenced.appendAll([1], 10, 11);
    expect(fenced.stepOf('isr-ineligible')).toBe(step);
    expect(fenced.found.violations).toEqual(['isr-ineligible']);
  });

  test('a fenced last member stays without leading, and an unfenced one joins', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    story.event('controller', { kind: 'broker-fenced', brokerId: 1, brokerEpoch: 101 });
    story.commit({ leader: -1, leaderEpoch: 1, isr: '1' });
    story.event('controller', { kind: 'broker-unfenced', brokerId: 1, brokerEpoch: 101 });
    story.commit({ leader: 1, leaderEpoch: 2, isr: '1' });
    expect(story.found).toEqual(clean);
  });

  test('a fenced broker stays in the ISR among others', () => {
    const story = replicated();
    story.event('controller', { kind: 'broker-fenced', brokerId: 3, brokerEpoch: 103 });
    story.appendAll([1], 10, 11);
    expect(story.found.violations).toEqual(['isr-ineligible']);
  });

  test('one batch of records unfences a broker and elects it: its events come in any order', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.event('controller', { kind: 'broker-fenced', brokerId: 3, brokerEpoch: 103 });
    story.commit({ leader: 3, leaderEpoch: 1, isr: '1,2,3' });
    story.step--;
    story.event('controller', { kind: 'broker-unfenced', brokerId: 3, brokerEpoch: 103 });
    story.appendAll([3], 10, 11, 1);
    expect(story.found).toEqual(clean);
  });

  const joining = (between: (story: ClusterStory) => void) => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.fetched(1, 3, 103, 10);
    story.propose(1, '1,2,3');
    between(story);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3' });
    return story.found;
  };

  test('a member whose registration changed since its fetch', () => {
    expect(joining(() => {})).toEqual(clean);
    expect(joining((story) => void story.register(3)).violations).toEqual(['stale-incarnation']);
  });

  test('another change in between makes the proposal void', () => {
    const between = (story: ClusterStory) => {
      story.register(3);
      story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    };
    expect(joining(between)).toEqual(clean);
  });

  test('a fetch of an earlier life behind one of a later life', () => {
    const story = replicated();
    story.fetched(1, 3, 103, 8);
    story.fetched(1, 3, 110, 9);
    expect(story.found).toEqual(clean);
    story.fetched(1, 3, 103, 10);
    expect(story.found.violations).toEqual(['stale-incarnation']);
  });
});
