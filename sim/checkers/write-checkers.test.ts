// The checkers of what producers wrote: each catches its own anomaly, excuses what the configuration permits, and is
// silent about a clean history.

import { describe, expect, test } from 'vitest';
import { ackedWrites } from './acked-writes.ts';
import { offsets } from './offsets.ts';
import { producers } from './producers.ts';
import { records } from './records.ts';
import { clean, Story } from './testing-material.ts';

function cleanStory(): Story {
  const story = new Story();
  const sends = story.acked(4);
  const view = story.view();
  for (const send of sends) story.fetch(view, send.offset);
  story.scan(sends);
  return story;
}

test('a clean history is clean', () => {
  for (const checker of [ackedWrites, offsets, producers, records]) {
    expect(cleanStory().judge(checker)).toEqual(clean);
  }
});

describe('acked-write-lost', () => {
  const lost = (acks: -1 | 0 | 1, between: (story: Story) => void = () => {}) => {
    const story = new Story();
    const sends = story.acked(4, { acks });
    between(story);
    story.scan(sends.slice(0, 3));
    return story.judge(ackedWrites);
  };

  test('is violated by an absent record', () => {
    expect(lost(-1)).toEqual({ violations: ['acked-write-lost'], witnesses: [] });
    expect(lost(1)).toEqual({ violations: ['acked-write-lost'], witnesses: [] });
    expect(lost(0)).toEqual({ violations: ['acked-write-lost'], witnesses: [] });
  });

  test('is not excused by a process crash, unless with acks=0', () => {
    const crash = (story: Story) => story.effect('crash', 'harmless');
    expect(lost(1, crash).violations).toEqual(['acked-write-lost']);
    expect(lost(0, crash)).toEqual({ violations: [], witnesses: ['acked-write-lost'] });
  });

  test('is excused by a power loss, but not below a confirmed recovery point', () => {
    expect(lost(-1, (story) => story.effect('power-loss', 'unsynced-lost')).witnesses).toEqual([
      'acked-write-lost',
    ]);
    const flushed = lost(-1, (story) => {
      story.event('log-flushed', { recoveryPoint: 4 });
      story.effect('power-loss', 'unsynced-lost');
    });
    expect(flushed.violations).toEqual(['acked-write-lost']);
  });

  test('is not excused by a power loss that was over before the record was sent, or that did not take effect', () => {
    const story = new Story();
    story.effect('power-loss', 'unsynced-lost');
    story.acked(1);
    story.scan([]);
    expect(story.judge(ackedWrites).violations).toEqual(['acked-write-lost']);
    expect(
      lost(-1, (later) => later.effect('power-loss', 'unsynced-lost', { tookEffect: false })).violations,
    ).toEqual(['acked-write-lost']);
  });

  test('after a failed fsync marked writes clean, is excused until the next loss shows it, flushed or not', () => {
    const poisoned = (later: (story: Story) => void) => {
      const story = new Story();
      story.effect('fsync-fail', 'marked-clean');
      story.acked(1);
      story.event('log-flushed', { recoveryPoint: 1 });
      later(story);
      story.scan([]);
      return story.judge(ackedWrites);
    };
    const powerLoss = (story: Story) => story.effect('power-loss', 'unsynced-lost');
    expect(poisoned(powerLoss)).toEqual({ violations: [], witnesses: ['acked-write-lost'] });
    expect(poisoned((story) => story.effect('crash', 'harmless')).violations).toEqual(['acked-write-lost']);
    const failingBetween = new Story();
    failingBetween.effect('fsync-fail', 'marked-clean');
    failingBetween.effect('disk-eio', 'unsynced-lost', { excusesHalt: true });
    failingBetween.acked(1);
    failingBetween.event('log-flushed', { recoveryPoint: 1 });
    powerLoss(failingBetween);
    failingBetween.scan([]);
    expect(failingBetween.judge(ackedWrites).witnesses).toEqual(['acked-write-lost']);
    const shownBefore = new Story();
    shownBefore.effect('fsync-fail', 'marked-clean');
    powerLoss(shownBefore);
    shownBefore.acked(1);
    shownBefore.scan([]);
    expect(shownBefore.judge(ackedWrites).violations).toEqual(['acked-write-lost']);
  });

  test('is not judged below a log start that retention moved', () => {
    const story = new Story();
    const [first] = story.acked(1);
    expect(first?.offset).toBe(0);
    story.event('log-start-moved', { logStartOffset: 1, reason: 'retention' });
    story.scan([]);
    expect(story.judge(ackedWrites)).toEqual(clean);
  });
});

describe('inconsistent-offset', () => {
  test('two readers see different records', () => {
    const story = cleanStory();
    story.fetch(story.view(), 2, 'producer#1/3');
    expect(story.judge(offsets).violations).toEqual(['inconsistent-offset']);
  });

  test('an acknowledgement names an offset at which another record stands', () => {
    const story = new Story();
    const sends = [story.ok(story.send(0), 0), story.ok(story.send(1), 0)];
    story.scan(sends);
    expect(story.judge(offsets).violations.length).toBeGreaterThan(0);
  });

  test('after a power loss it is a witness, also for who fetched before it and polled behind it', () => {
    for (const polledBehind of [false, true]) {
      const story = new Story();
      const sends = story.acked(2);
      if (!polledBehind) story.fetch(story.view(), 1);
      story.effect('power-loss', 'unsynced-lost');
      const again = story.ok(story.send(2), 1);
      if (polledBehind) story.fetch(story.view(), 1);
      story.scan([sends[0] ?? null, again]);
      const judged = story.judge(offsets);
      expect(judged.violations).toEqual([]);
      expect(judged.witnesses).toContain('inconsistent-offset');
    }
  });
});

describe('duplicate-append and producer-order-inversion', () => {
  test('a duplicate of an idempotent producer is a violation, of a retrying plain one a witness', () => {
    for (const idempotent of [true, false]) {
      const story = new Story();
      const send = story.ok(story.send(0, { idempotent }), 0, 2);
      story.scan([send, send]);
      const found = story.judge(producers);
      expect(idempotent ? found.violations : found.witnesses).toEqual(['duplicate-append']);
      expect(idempotent ? found.witnesses : found.violations).toEqual([]);
    }
  });

  test('what its application sent again may stand twice and late, also from an idempotent producer', () => {
    const story = new Story();
    const first = story.send(0);
    const second = story.ok(story.send(1), 0);
    first.sentAgain = 1;
    story.ok(first, 2, 2);
    story.scan([second, first, first]);
    expect(story.judge(producers)).toEqual({
      violations: [],
      witnesses: ['duplicate-append', 'producer-order-inversion'],
    });
  });

  test('a duplicate of what was sent once is a violation', () => {
    const story = new Story();
    const send = story.ok(story.send(0, { idempotent: false }), 0, 1);
    story.scan([send, send]);
    expect(story.judge(producers).violations).toEqual(['duplicate-append']);
  });

  test.each([
    [{ idempotent: true, maxInFlight: 5 }, 'violations'],
    [{ idempotent: false, maxInFlight: 1 }, 'violations'],
    [{ idempotent: false, maxInFlight: 5 }, 'witnesses'],
  ] as const)('an inversion with %o is among the %s', (settings, where) => {
    const story = new Story();
    const first = story.ok(story.send(0, settings), 1, 2);
    const second = story.ok(story.send(1, settings), 0);
    story.scan([second, first]);
    expect(story.judge(producers)).toEqual({ ...clean, [where]: ['producer-order-inversion'] });
  });

  test('an inversion of what was answered at its first attempt, by a leader that stayed, is a violation', () => {
    const story = new Story();
    const settings = { idempotent: false, maxInFlight: 5 };
    const first = story.ok(story.send(0, settings), 1);
    const second = story.ok(story.send(1, settings), 0, 2);
    story.scan([second, first]);
    expect(story.judge(producers).violations).toEqual(['producer-order-inversion']);
  });
});

describe('phantom-record, failed-write-visible, silent-corruption', () => {
  test('a record that nobody sent', () => {
    const story = cleanStory();
    story.fetch(story.view(), 4, 'stranger#1/0');
    expect(story.judge(records).violations).toEqual(['phantom-record']);
  });

  test('a record of another partition', () => {
    const story = cleanStory();
    const place = { topic: 'orders', partition: 0, valueTopic: 'orders', valuePartition: 3 };
    story.history.fetched({
      client: 'consumer',
      view: story.view(),
      offset: 1,
      value: 'producer#1/1',
      ...place,
    });
    expect(story.judge(records).violations).toEqual(['phantom-record']);
  });

  test('a record whose send had failed', () => {
    const story = new Story();
    const send = story.send(0);
    story.history.end(send, 'failed', 'NOT_ENOUGH_REPLICAS');
    story.scan([send]);
    expect(story.judge(records).violations).toEqual(['failed-write-visible']);
  });

  test('bytes that are no value', () => {
    const story = cleanStory();
    story.fetch(story.view(), 1, null);
    expect(story.judge(records).violations).toEqual(['silent-corruption']);
  });

  test('a damaged batch that a reader is told of is a violation, unless something harms what is durable', () => {
    const met = (harm?: (story: Story) => void) => {
      const story = new Story();
      harm?.(story);
      story.history.corruptionReported({ client: 'consumer', topic: 'orders', partition: 0, offset: 3 });
      return story.judge(records);
    };
    expect(met().violations).toEqual(['damage-served']);
    expect(met((story) => story.effect('power-loss', 'unsynced-lost')).violations).toEqual(['damage-served']);
    expect(met((story) => story.effect('bit-rot', 'anything-lost')).witnesses).toEqual(['damage-served']);
    expect(met((story) => story.effect('fsync-fail', 'marked-clean')).witnesses).toEqual(['damage-served']);
  });
});
