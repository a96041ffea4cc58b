// The checkers of what consumers and groups saw.

import { describe, expect, test } from 'vitest';
import type { DeliveryStyle } from '../record/history.ts';
import { commits } from './commits.ts';
import { consumers } from './consumers.ts';
import { delivery } from './delivery.ts';
import { clean, Story } from './testing-material.ts';

describe('consumer-skip and consumer-rewind', () => {
  const reading = (offsets: readonly number[], holes: readonly number[] = []) => {
    const story = new Story();
    const sends = story.acked(6);
    const view = story.view();
    for (const offset of offsets) story.fetch(view, offset);
    const records = sends.filter((send) => !holes.includes(send.offset));
    const ends = { complete: true, logStartOffset: 0, logEndOffset: 6, corruptAt: [] };
    const place = { topic: 'orders', partition: 0 };
    const scanned = records.map(({ offset, n }) => ({
      offset,
      value: `producer#1/${n}`,
      valueTopic: 'orders',
      valuePartition: 0,
    }));
    story.history.scan({ ...place, ...ends, records: scanned });
    return story.judge(consumers);
  };

  test('in order and without holes is clean, also from the middle and over holes of the log', () => {
    expect(reading([0, 1, 2, 3, 4, 5])).toEqual(clean);
    expect(reading([2, 3, 4])).toEqual(clean);
    expect(reading([1, 4], [2, 3])).toEqual(clean);
  });

  test('a hole is a skip, a return is a rewind', () => {
    expect(reading([0, 1, 3]).violations).toEqual(['consumer-skip']);
    expect(reading([0, 1, 1]).violations).toEqual(['consumer-rewind']);
    expect(reading([0, 1, 2, 1]).violations).toEqual(['consumer-rewind']);
  });

  const resuming = (committed: number, first: number, outcome: 'ok' | 'unknown' = 'ok') => {
    const story = new Story();
    const sends = story.acked(6);
    story.commit('billing', 1);
    story.commit('billing', committed, outcome);
    story.fetch(story.view('billing', 'consumer#2'), first);
    story.scan(sends);
    return story.judge(consumers);
  };

  test('who goes on in another history leaves out what it has; who only read what is gone does not', () => {
    const blind = (wentOn: boolean) => {
      const story = new Story();
      const sends = story.acked(4);
      const view = story.view();
      story.fetch(view, 0);
      story.fetch(view, 1, 'producer#1/9');
      if (wentOn) story.fetch(view, 2);
      story.scan(sends);
      return story.judge(consumers).violations;
    };
    expect(blind(true)).toEqual(['consumer-skip']);
    expect(blind(false)).toEqual([]);
  });

  test('an assignment begins at the committed offset', () => {
    expect(resuming(3, 3)).toEqual(clean);
    expect(resuming(3, 4).violations).toEqual(['consumer-skip']);
    expect(resuming(3, 2).violations).toEqual(['consumer-rewind']);
  });

  test('a seek is read on from where it went', () => {
    const sought = (from: number, first: number) => {
      const story = new Story();
      const sends = story.acked(6);
      story.fetch(story.view(null, 'consumer#1', from), first);
      story.scan(sends);
      return story.judge(consumers);
    };
    expect(sought(3, 3)).toEqual(clean);
    expect(sought(3, 2).violations).toEqual(['consumer-rewind']);
    expect(sought(3, 4).violations).toEqual(['consumer-skip']);
  });

  test('a commit of unknown outcome allows both', () => {
    expect(resuming(3, 1, 'unknown')).toEqual(clean);
    expect(resuming(3, 3, 'unknown')).toEqual(clean);
    expect(resuming(3, 4, 'unknown').violations).toEqual(['consumer-skip']);
    expect(resuming(3, 0, 'unknown').violations).toEqual(['consumer-rewind']);
  });
});

describe('delivery-loss and duplicate-delivery', () => {
  const group = (style: DeliveryStyle, processed: readonly number[], crash = false) => {
    const story = new Story();
    story.history.group('billing', style);
    const sends = story.acked(4);
    for (const [index, offset] of processed.entries()) {
      if (crash && index === 2) story.effect('client-crash', 'harmless');
      story.process('billing', offset);
    }
    story.commit('billing', 4);
    story.scan(sends);
    return story.judge(delivery);
  };

  test('each record once is clean in either style', () => {
    expect(group('commit-before', [0, 1, 2, 3])).toEqual(clean);
    expect(group('commit-after', [0, 1, 2, 3])).toEqual(clean);
  });

  test('a loss is a violation of at least once and a witness of at most once', () => {
    expect(group('commit-after', [0, 1, 3])).toEqual({ violations: ['delivery-loss'], witnesses: [] });
    expect(group('commit-before', [0, 1, 3])).toEqual({ violations: [], witnesses: ['delivery-loss'] });
    expect(group('auto-commit', [0, 1, 3])).toEqual({ violations: ['delivery-loss'], witnesses: [] });
    expect(group('auto-commit-behind', [0, 1, 3])).toEqual({ violations: [], witnesses: ['delivery-loss'] });
  });

  test('a repetition is a violation of at most once, and of at least once when nothing happened', () => {
    const repeated = [0, 1, 1, 2, 3];
    expect(group('commit-before', repeated, true).violations).toEqual(['duplicate-delivery']);
    expect(group('commit-after', repeated, false).violations).toEqual(['duplicate-delivery']);
    expect(group('commit-after', repeated, true)).toEqual({
      violations: [],
      witnesses: ['duplicate-delivery'],
    });
  });

  test('who took over before the first had committed may repeat, who began behind a commit may not', () => {
    const takenOver = (committedBefore: boolean) => {
      const story = new Story();
      story.history.group('billing', 'commit-after');
      const sends = story.acked(2);
      if (committedBefore) story.commit('billing', 2);
      story.view('billing', 'consumer#2');
      for (const offset of [0, 1]) story.process('billing', offset, 'consumer#1');
      for (const offset of [0, 1]) story.process('billing', offset, 'consumer#2');
      story.commit('billing', 2);
      story.scan(sends);
      return story.judge(delivery);
    };
    const twice = ['duplicate-delivery', 'duplicate-delivery'];
    expect(takenOver(false)).toEqual({ violations: [], witnesses: twice });
    expect(takenOver(true)).toEqual({ violations: twice, witnesses: [] });
  });

  test('what was not committed need not be processed', () => {
    const story = new Story();
    story.history.group('billing', 'commit-after');
    const sends = story.acked(4);
    story.process('billing', 0);
    story.commit('billing', 1);
    story.scan(sends);
    expect(story.judge(delivery)).toEqual(clean);
  });
});

describe('commit-regression', () => {
  const observed = (offset: number, last: 'ok' | 'failed' | 'unknown' = 'ok') => {
    const story = new Story();
    story.commit('billing', 2);
    story.commit('billing', 5, last);
    story.observe('billing', offset);
    return story.judge(commits);
  };

  test('the latest commit is read', () => {
    expect(observed(5)).toEqual(clean);
    expect(observed(2, 'failed')).toEqual(clean);
    expect(observed(2, 'unknown')).toEqual(clean);
    expect(observed(5, 'unknown')).toEqual(clean);
  });

  test('an older commit, none, or one never made is a regression', () => {
    for (const offset of [2, -1, 7]) expect(observed(offset).violations).toEqual(['commit-regression']);
    expect(observed(5, 'failed').violations).toEqual(['commit-regression']);
  });

  test('a coordinator that was deposed and does not know it may tell what it had, until it does know', () => {
    const offsetsTopic = { topic: '__consumer_offsets' };
    const told = (knows: boolean) => {
      const story = new Story();
      story.event('coordinator-loaded', { ...offsetsTopic, coordinatorEpoch: 3 });
      story.commit('billing', 2);
      story.event('partition-committed', { ...offsetsTopic, leaderEpoch: 4 });
      story.event('coordinator-loaded', { ...offsetsTopic, coordinatorEpoch: 4 }, 'broker-2');
      story.commit('billing', 5);
      if (knows) story.event('coordinator-unloaded', { ...offsetsTopic, coordinatorEpoch: 3 });
      story.observe('billing', 2);
      return story.judge(commits);
    };
    expect(told(false)).toEqual({ violations: [], witnesses: ['commit-regression'] });
    expect(told(true)).toEqual({ violations: ['commit-regression'], witnesses: [] });
  });

  test('a coordinator that was deposed while it loaded tells what it read, until it knows', () => {
    const offsetsTopic = { topic: '__consumer_offsets' };
    const told = (knows: boolean) => {
      const story = new Story();
      story.commit('billing', 2);
      story.event('partition-committed', { ...offsetsTopic, leaderEpoch: 4 });
      story.event('coordinator-loaded', { ...offsetsTopic, coordinatorEpoch: 4 }, 'broker-2');
      story.commit('billing', 5);
      story.event('coordinator-loaded', { ...offsetsTopic, coordinatorEpoch: 3 });
      if (knows) story.event('coordinator-unloaded', { ...offsetsTopic, coordinatorEpoch: 3 });
      story.observe('billing', 2);
      return story.judge(commits);
    };
    expect(told(false)).toEqual({ violations: [], witnesses: ['commit-regression'] });
    expect(told(true)).toEqual({ violations: ['commit-regression'], witnesses: [] });
  });

  test('an automatic commit of which nobody knows what came may be read, one that never began may not', () => {
    const offset = (kind: string, of: number, story: Story, node?: string) =>
      story.event(kind, { group: 'billing', offset: of }, node);
    const read = (value: number, unheard: boolean) => {
      const story = new Story();
      story.history.group('billing', 'auto-commit');
      offset('offset-commit-began', 2, story);
      offset('offset-committed', 2, story);
      if (unheard) offset('offset-commit-began', 5, story);
      story.observe('billing', value);
      return story.judge(commits);
    };
    expect([read(5, true), read(2, true)]).toEqual([clean, clean]);
    expect(read(5, false).violations).toEqual(['commit-regression']);
    // What was told of is over: it is overwritten by the next that is.
    const story = new Story();
    story.history.group('billing', 'auto-commit');
    for (const value of [2, 5]) {
      offset('offset-commit-began', value, story);
      offset('offset-committed', value, story);
    }
    story.observe('billing', 2);
    expect(story.judge(commits).violations).toEqual(['commit-regression']);
  });

  test('a commit that a fault held up may take effect again behind a later one; without a fault it may not', () => {
    const late = (disturbed: 'before' | 'meanwhile' | 'never') => {
      const story = new Story();
      if (disturbed === 'before') story.effect('network-cut', 'harmless');
      story.commit('billing', 2);
      if (disturbed === 'meanwhile') story.effect('network-cut', 'harmless');
      story.commit('billing', 5);
      story.event('offset-committed', { group: 'billing', offset: 2 });
      story.observe('billing', 2);
      return story.judge(commits);
    };
    expect(late('before')).toEqual(clean);
    expect(late('meanwhile')).toEqual(clean);
    expect(late('never').violations).toEqual(['commit-regression']);
  });
});
