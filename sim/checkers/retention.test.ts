// What retention takes too early, and what it leaves too long. In these stories a step takes a millisecond.

import { describe, expect, test } from 'vitest';
import { epochMs } from '../clock.ts';
import type { GivenConfiguration } from '../contract/configuration.ts';
import type { LogFile } from '../material.ts';
import { retention } from './retention.ts';
import { clean, Story } from './testing-material.ts';

const broken = (invariant: string) => ({ violations: [invariant], witnesses: [] });

function given(topic: Record<string, string>, broker: Record<string, string> = {}): GivenConfiguration {
  return { broker, topics: { orders: topic }, electsUncleanly: false };
}

function wait(story: Story, steps: number): void {
  for (let step = 0; step < steps; step++) story.history.now();
}

describe('retained-too-short, by age', () => {
  /** Ten records in segments of five, of which the first is taken after so many milliseconds. */
  function taken(afterMs: number): Story {
    const story = new Story();
    story.acked(5);
    story.event('segment-rolled', { baseOffset: 5 });
    for (let n = 5; n < 10; n++) story.ok(story.send(n), n);
    wait(story, afterMs);
    story.event('segment-deleted', { baseOffset: 0, reason: 'retention-time' });
    return story;
  }

  test('what is old enough may go, what is not may not', () => {
    const configuration = given({ 'retention.ms': '100' });
    expect(taken(120).judge(retention, { configuration })).toEqual(clean);
    expect(taken(50).judge(retention, { configuration })).toEqual(broken('retained-too-short'));
  });

  test('the brokers say what counts where the topic says nothing; nothing is too old without a limit', () => {
    const ofBrokers = given({}, { 'log.retention.ms': '100' });
    expect(taken(120).judge(retention, { configuration: ofBrokers })).toEqual(clean);
    expect(taken(50).judge(retention, { configuration: ofBrokers })).toEqual(broken('retained-too-short'));
    const unlimited = given({ 'retention.ms': '-1' });
    expect(taken(10_000).judge(retention, { configuration: unlimited })).toEqual(
      broken('retained-too-short'),
    );
  });

  test('a limit that was changed counts as it was then', () => {
    const story = new Story();
    story.acked(5);
    story.event('segment-rolled', { baseOffset: 5 });
    story.event('config-changed', { resource: 'topic:orders', key: 'retention.ms', value: '20' });
    wait(story, 40);
    story.event('segment-deleted', { baseOffset: 0, reason: 'retention-time' });
    expect(story.judge(retention, { configuration: given({ 'retention.ms': '1000' }) })).toEqual(clean);
  });

  test('only the records of the segment count, and none where its end is not known', () => {
    const configuration = given({ 'retention.ms': '100' });
    const story = new Story();
    story.acked(5);
    story.event('segment-rolled', { baseOffset: 5 });
    wait(story, 200);
    for (let n = 5; n < 10; n++) story.ok(story.send(n), n);
    story.event('segment-deleted', { baseOffset: 0, reason: 'retention-time' });
    expect(story.judge(retention, { configuration })).toEqual(clean);
    story.event('segment-deleted', { baseOffset: 5, reason: 'retention-time' });
    expect(story.judge(retention, { configuration })).toEqual(clean);
    story.event('segment-rolled', { baseOffset: 10 }, 'broker-2');
    story.event('segment-deleted', { baseOffset: 5, reason: 'retention-time' }, 'broker-2');
    expect(story.judge(retention, { configuration })).toEqual(broken('retained-too-short'));
  });

  test('a segment that was cut away ends nothing any more', () => {
    const configuration = given({ 'retention.ms': '100' });
    const story = taken(50);
    const cut = new Story();
    cut.acked(5);
    cut.event('segment-rolled', { baseOffset: 3 });
    cut.event('log-truncated', { logEndOffset: 2 });
    wait(cut, 150);
    for (let n = 2; n < 5; n++) cut.ok(cut.send(n), n);
    cut.event('segment-rolled', { baseOffset: 9 });
    cut.event('segment-deleted', { baseOffset: 0, reason: 'retention-time' });
    expect(cut.judge(retention, { configuration })).toEqual(broken('retained-too-short'));
    story.event('log-truncated', { logEndOffset: 2 });
    expect(story.judge(retention, { configuration })).toEqual(broken('retained-too-short'));
  });

  test('wrong clocks say nothing of ages', () => {
    const configuration = given({ 'retention.ms': '100' });
    expect(taken(50).judge(retention, { configuration, clocksAreTrue: false })).toEqual(clean);
    const jumped = taken(50);
    jumped.effect('clock-jump', 'harmless');
    expect(jumped.judge(retention, { configuration })).toEqual(clean);
  });

  test('where nobody knows the settings nothing follows', () => {
    expect(taken(50).judge(retention)).toEqual(clean);
  });
});

describe('retained-too-short, for where the log starts, and for its policy', () => {
  /** The segment below 5 is taken; the log was made to start at `offset`, by whom `reason` says. */
  function taken(offset: number, reason: string): Story {
    const story = new Story();
    story.event('segment-rolled', { baseOffset: 5 });
    story.event('log-start-moved', { logStartOffset: offset, reason });
    story.event('segment-deleted', { baseOffset: 0, reason: 'log-start' });
    return story;
  }

  test.each(['delete-records', 'leader', 'recovery'])(
    'what lies below a start moved by %s may go',
    (reason) => {
      expect(taken(5, reason).judge(retention)).toEqual(clean);
      expect(taken(4, reason).judge(retention)).toEqual(broken('retained-too-short'));
    },
  );

  test('retention itself moves the start, and proves nothing by that', () => {
    expect(taken(5, 'retention').judge(retention)).toEqual(broken('retained-too-short'));
  });

  test('a log that is only compacted loses nothing to age or size', () => {
    for (const reason of ['retention-time', 'retention-size']) {
      const story = new Story();
      story.event('segment-deleted', { baseOffset: 0, reason });
      const policy = (value: string) => ({
        configuration: given({ 'cleanup.policy': value, 'retention.bytes': '0' }),
      });
      expect(story.judge(retention, policy('compact'))).toEqual(broken('retained-too-short'));
      expect(story.judge(retention, policy('compact,delete'))).toEqual(clean);
    }
  });
});

describe('retained-too-short, by size', () => {
  function taken(more: (story: Story) => void = () => {}): Story {
    const story = new Story();
    story.event('log-appended', { logEndOffset: 5, bytes: 500, batches: 1 });
    story.event('segment-rolled', { baseOffset: 5 });
    story.event('log-appended', { logEndOffset: 10, bytes: 700, batches: 1 });
    more(story);
    story.event('segment-deleted', { baseOffset: 0, reason: 'retention-size' });
    return story;
  }

  test.each([
    ['600', clean],
    ['700', clean],
    ['701', broken('retained-too-short')],
    ['-1', broken('retained-too-short')],
  ])('of 1200 bytes 500 are taken, and retention.bytes is %s', (bytes, expected) => {
    expect(taken().judge(retention, { configuration: given({ 'retention.bytes': bytes }) })).toEqual(
      expected,
    );
  });

  test('what was cut may still have been there: it is counted for the log, not against retention', () => {
    const cut = taken((story) => {
      story.event('segment-rolled', { baseOffset: 10 });
      story.event('log-appended', { logEndOffset: 12, bytes: 400, batches: 1 });
      story.event('log-truncated', { logEndOffset: 7 });
    });
    expect(cut.judge(retention, { configuration: given({ 'retention.bytes': '1100' }) })).toEqual(clean);
    expect(cut.judge(retention, { configuration: given({ 'retention.bytes': '1101' }) })).toEqual(
      broken('retained-too-short'),
    );
  });

  test('what was planned then is counted; where it was not written nothing is known', () => {
    const configuration = given({ 'retention.bytes': '800' });
    const planned = (story: Story) => {
      story.event('append-planned', { baseOffset: 10, lastOffset: 10 });
      story.event('append-planned', { baseOffset: 11, lastOffset: 12 });
    };
    const later = (...groups: readonly (readonly [end: number, bytes: number])[]) => {
      const story = taken(planned);
      for (const [logEndOffset, bytes] of groups)
        story.event('log-appended', { logEndOffset, bytes, batches: 1 });
      return story;
    };
    const judged = (story: Story) => story.judge(retention, { configuration });
    expect(judged(later([11, 50], [13, 50]))).toEqual(clean);
    expect(judged(later([11, 50], [13, 49]))).toEqual(broken('retained-too-short'));
    expect(judged(later([11, 10], [13, 10], [14, 500]))).toEqual(broken('retained-too-short'));
    expect(judged(later([11, 10]))).toEqual(clean);
    const dead = later([11, 10]);
    dead.event('log-recovered', { logStartOffset: 5, logEndOffset: 11 });
    dead.event('log-appended', { logEndOffset: 13, bytes: 10, batches: 1 });
    expect(judged(dead)).toEqual(clean);
    const known = later([11, 10], [13, 10]);
    known.event('log-recovered', { logStartOffset: 5, logEndOffset: 13 });
    expect(judged(known)).toEqual(broken('retained-too-short'));
  });

  test('what was written when the process died, and told by nobody, may have any size', () => {
    const configuration = given({ 'retention.bytes': '800' });
    const recovered = (logEndOffset: number) => {
      const story = taken((told) => told.event('log-recovered', { logStartOffset: 0, logEndOffset }));
      story.event('segment-rolled', { baseOffset: 20 });
      return story;
    };
    expect(recovered(10).judge(retention, { configuration })).toEqual(broken('retained-too-short'));
    expect(recovered(11).judge(retention, { configuration })).toEqual(clean);
    const later = recovered(11);
    later.event('segment-deleted', { baseOffset: 5, reason: 'retention-size' });
    expect(later.judge(retention, { configuration })).toEqual(broken('retained-too-short'));
  });

  test('each replica for itself', () => {
    const story = taken();
    story.event('segment-deleted', { baseOffset: 0, reason: 'retention-size' }, 'broker-2');
    const configuration = given({ 'retention.bytes': '600' });
    expect(story.judge(retention, { configuration })).toEqual(broken('retained-too-short'));
  });
});

describe('retained-too-long', () => {
  const rounds = { 'log.retention.check.interval.ms': '10' };

  /** One batch of `bytes`, whose youngest record is of that time. */
  function segment(base: number, atMs: number, bytes = 100): LogFile {
    const file = new Uint8Array(bytes);
    const view = new DataView(file.buffer);
    view.setBigInt64(0, BigInt(base));
    view.setInt32(8, bytes - 12);
    view.setBigInt64(35, BigInt(epochMs + atMs));
    return { node: 'broker-1', path: `orders-0/${String(base).padStart(20, '0')}.log`, bytes: file };
  }

  function ended(afterMs: number, more: (story: Story) => void = () => {}): Story {
    const story = new Story();
    story.event('broker-started', { brokerId: 1 });
    story.event('high-watermark-moved', { highWatermark: 3 });
    more(story);
    wait(story, afterMs);
    return story;
  }

  test('an old segment may stay for three rounds, not longer', () => {
    const configuration = given({ 'retention.ms': '50' }, rounds);
    const logFiles = [segment(0, 20), segment(1, 90)];
    expect(ended(70).judge(retention, { configuration, logFiles })).toEqual(clean);
    expect(ended(90).judge(retention, { configuration, logFiles })).toEqual(clean);
    expect(ended(110).judge(retention, { configuration, logFiles })).toEqual(broken('retained-too-long'));
  });

  test('where a limit was changed for all brokers, what one of them began with may count', () => {
    const logFiles = [segment(0, 20), segment(1, 90)];
    const judged = (began: string, changed: string) => {
      const story = ended(110, (told) => {
        told.event('config-changed', { resource: 'broker:', key: 'log.retention.ms', value: changed });
      });
      const configuration = given({}, { ...rounds, 'log.retention.ms': began });
      return story.judge(retention, { configuration, logFiles });
    };
    expect(judged('50', '60')).toEqual(broken('retained-too-long'));
    expect(judged('50', '5000')).toEqual(clean);
    expect(judged('5000', '50')).toEqual(clean);
  });

  test('what is not committed has to stay, and what was a moment ago may', () => {
    const configuration = given({ 'retention.ms': '50' }, rounds);
    const logFiles = [segment(0, 20), segment(1, 90)];
    const judged = (more: (story: Story) => void) =>
      ended(110, more).judge(retention, { configuration, logFiles });
    const moved = (to: number) => (story: Story) =>
      story.event('high-watermark-moved', { highWatermark: to });
    expect(judged(moved(1))).toEqual(broken('retained-too-long'));
    expect(judged(moved(0))).toEqual(clean);
    const late = ended(110, moved(0));
    moved(1)(late);
    expect(late.judge(retention, { configuration, logFiles })).toEqual(clean);
  });

  test('too much may stay for three rounds, not longer', () => {
    const configuration = given({ 'retention.bytes': '150' }, rounds);
    const logFiles = [segment(0, 20), segment(1, 30), segment(2, 40)];
    expect(ended(60).judge(retention, { configuration, logFiles })).toEqual(clean);
    expect(ended(90).judge(retention, { configuration, logFiles })).toEqual(broken('retained-too-long'));
    const enough = given({ 'retention.bytes': '201' }, rounds);
    expect(ended(90).judge(retention, { configuration: enough, logFiles })).toEqual(clean);
  });

  test('a broker that is not long there, a fault or a change a moment ago, and a run that stuck excuse', () => {
    const configuration = given({ 'retention.ms': '50' }, rounds);
    const logFiles = [segment(0, 20), segment(1, 90)];
    const late = new Story();
    wait(late, 100);
    late.event('broker-started', { brokerId: 1 });
    wait(late, 10);
    expect(late.judge(retention, { configuration, logFiles })).toEqual(clean);
    const hurt = ended(110);
    hurt.effect('pause', 'harmless');
    expect(hurt.judge(retention, { configuration, logFiles })).toEqual(clean);
    const changed = ended(110);
    changed.event('config-changed', { resource: 'topic:orders', key: 'retention.ms', value: '50' });
    expect(changed.judge(retention, { configuration, logFiles })).toEqual(clean);
    expect(ended(110).judge(retention, { configuration, logFiles, converged: false })).toEqual(clean);
  });

  test('what is compacted is not deleted, and Kafka looks every five minutes where nobody says otherwise', () => {
    const logFiles = [segment(0, 20), segment(1, 90)];
    const compacted = given({ 'retention.ms': '50', 'cleanup.policy': 'compact' }, rounds);
    expect(ended(110).judge(retention, { configuration: compacted, logFiles })).toEqual(clean);
    expect(ended(110).judge(retention, { configuration: given({ 'retention.ms': '50' }), logFiles })).toEqual(
      clean,
    );
  });
});
