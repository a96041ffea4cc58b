// The checkers of files, of liveness and of the harness itself.

import { describe, expect, test } from 'vitest';
import { Material } from '../material.ts';
import { judge } from '../verdict.ts';
import { diskLog } from './disk-log.ts';
import { harness } from './harness.ts';
import { liveness } from './liveness.ts';
import { clean, Story } from './testing-material.ts';

/** Headers of batches of one record each, with empty bodies. */
function logFile(batches: readonly { base: number; last?: number; epoch?: number }[], tail = 0) {
  const bytes = new Uint8Array(batches.length * 61 + tail);
  const view = new DataView(bytes.buffer);
  for (const [index, { base, last = base, epoch = 0 }] of batches.entries()) {
    view.setBigInt64(index * 61, BigInt(base));
    view.setInt32(index * 61 + 8, 49);
    view.setInt32(index * 61 + 12, epoch);
    view.setInt32(index * 61 + 23, last - base);
  }
  return { node: 'broker-1', path: 'orders-0/00000000000000000000.log', bytes };
}

describe('log-offset-disorder', () => {
  const walk = (...file: Parameters<typeof logFile>) =>
    new Story().judge(diskLog, { logFiles: [logFile(...file)] });

  test('batches that follow each other are clean', () => {
    expect(walk([{ base: 0, last: 4 }, { base: 5 }, { base: 9, epoch: 1 }])).toEqual(clean);
  });

  test.each([
    ['an overlap', [{ base: 0, last: 4 }, { base: 4 }], 0],
    ['a step back', [{ base: 3 }, { base: 1 }], 0],
    [
      'an older epoch',
      [
        { base: 0, epoch: 2 },
        { base: 1, epoch: 1 },
      ],
      0,
    ],
    ['a batch that ends before it begins', [{ base: 5, last: 4 }], 0],
    ['bytes behind the last batch', [{ base: 0 }], 7],
  ])('%s is a violation', (_, batches, tail) => {
    expect(walk(batches, tail).violations).toEqual(['log-offset-disorder']);
  });

  test('files of one log are one sequence', () => {
    const second = { ...logFile([{ base: 2 }]), path: 'orders-0/00000000000000000002.log' };
    const first = logFile([{ base: 0, last: 4 }]);
    expect(new Story().judge(diskLog, { logFiles: [second, first] }).violations).toEqual([
      'log-offset-disorder',
    ]);
  });
});

describe('flushed-data-lost', () => {
  const recovered = (logEndOffset: number, lying = false) => {
    const story = new Story();
    story.event('log-flushed', { recoveryPoint: 10 });
    if (lying) story.effect('fsync-lie', 'anything-lost');
    story.event('log-recovered', { logEndOffset, logStartOffset: 0 });
    return story.judge(diskLog);
  };

  test('recovery keeps what fsync confirmed', () => {
    expect(recovered(10)).toEqual(clean);
    expect(recovered(9).violations).toEqual(['flushed-data-lost']);
    expect(recovered(9, true).witnesses).toEqual(['flushed-data-lost']);
  });

  test('a replica that began to follow may have died while it cut, until it flushes again', () => {
    const story = new Story();
    story.event('log-flushed', { recoveryPoint: 10 });
    story.event('follower-began', {});
    story.event('log-recovered', { logEndOffset: 8, logStartOffset: 0 });
    expect(story.judge(diskLog)).toEqual(clean);
    story.event('log-flushed', { recoveryPoint: 9 });
    story.event('log-recovered', { logEndOffset: 8, logStartOffset: 0 });
    expect(story.judge(diskLog).violations).toEqual(['flushed-data-lost']);
  });

  test('a log that was moved away and comes back begins with nothing', () => {
    const story = new Story();
    story.event('log-flushed', { recoveryPoint: 10 });
    story.event('log-deleted', {});
    story.event('log-recovered', { logEndOffset: 0, logStartOffset: 0 });
    story.event('log-flushed', { recoveryPoint: 4 });
    story.event('log-recovered', { logEndOffset: 4, logStartOffset: 0 });
    expect(story.judge(diskLog)).toEqual(clean);
    story.event('log-recovered', { logEndOffset: 3, logStartOffset: 0 });
    expect(story.judge(diskLog).violations).toEqual(['flushed-data-lost']);
  });
});

describe('flushed-data-lost, of a log that starts over', () => {
  const recovered = (start: number, end: number, flushedAgain: boolean) => {
    const story = new Story();
    story.event('log-flushed', { recoveryPoint: 10 });
    story.event('log-start-moved', { logStartOffset: start });
    story.event('log-truncated', { logEndOffset: end });
    if (flushedAgain) story.event('log-flushed', { recoveryPoint: 23 });
    story.event('log-recovered', { logEndOffset: 0, logStartOffset: 0 });
    return story.judge(diskLog);
  };

  test('nothing of it is left, until something is flushed again', () => {
    expect(recovered(22, 22, false)).toEqual(clean);
    expect(recovered(22, 22, true).violations).toEqual(['flushed-data-lost']);
  });

  test('one that is cut above its start has lost what was flushed', () => {
    expect(recovered(4, 8, false).violations).toEqual(['flushed-data-lost']);
  });
});

describe('client-stuck and false-fatal', () => {
  const waits = [{ node: 'producer', task: 'sender', waitingFor: 'answer to Produce' }];

  test('a run that converged is clean, one that did not names its waits', () => {
    const story = new Story();
    story.acked(1);
    expect(story.judge(liveness)).toEqual(clean);
    story.send(1);
    expect(story.judge(liveness, { converged: false, pendingWaits: waits }).violations).toEqual([
      'client-stuck',
      'client-stuck',
    ]);
  });

  test('a reader that stops before the end is stuck', () => {
    const reading = (last: number) => {
      const story = new Story();
      const sends = story.acked(3);
      const view = story.view();
      for (let offset = 0; offset <= last; offset++) story.fetch(view, offset);
      story.scan(sends);
      return story.judge(liveness);
    };
    expect(reading(2)).toEqual(clean);
    expect(reading(1).violations).toEqual(['client-stuck']);
  });

  test('a client that died owes no answer', () => {
    const story = new Story();
    story.send(0);
    expect(story.judge(liveness)).toEqual(clean);
  });

  test('a broker may give up for its disk, and for nothing else', () => {
    const story = new Story();
    story.event('broker-halted', { reason: 'sync failed' });
    expect(story.judge(liveness).violations).toEqual(['false-fatal']);
    const excused = new Story();
    excused.effect('fsync-fail', 'unsynced-lost', { excusesHalt: true });
    excused.event('broker-halted', { reason: 'sync failed' });
    expect(excused.judge(liveness)).toEqual({ violations: [], witnesses: ['false-fatal'] });
  });

  test('a fatal answer to a send', () => {
    const story = new Story();
    story.history.end(story.send(0), 'failed', 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(story.judge(liveness).violations).toEqual(['false-fatal']);
  });
});

describe('vacuous-pass', () => {
  test('a floor that is reached, and one that is not', () => {
    const story = new Story();
    story.acked(3);
    expect(story.judge(harness, { floor: { ackedWrites: 3 } })).toEqual(clean);
    expect(story.judge(harness, { floor: { ackedWrites: 4 } }).violations).toEqual(['vacuous-pass']);
  });

  test('a required fault that did nothing', () => {
    const story = new Story();
    story.effect('crash', 'harmless', { tookEffect: false });
    expect(story.judge(harness, { requiredFaults: ['crash'] }).violations).toEqual(['vacuous-pass']);
    story.effect('crash', 'harmless');
    expect(story.judge(harness, { requiredFaults: ['crash'] })).toEqual(clean);
  });
});

test('a checker that throws makes the verdict unknown, never a pass', () => {
  const broken = {
    name: 'broken',
    doc: '',
    invariants: {},
    check: () => {
      throw new Error('out of ideas');
    },
  };
  const parts = {
    entries: [],
    events: [],
    effects: [],
    logFiles: [],
    pendingWaits: [],
    converged: true,
    floor: {},
    requiredFaults: [],
    end: { step: 0, timeUs: 0 },
  };
  const judgement = judge(broken, new Material(parts));
  expect(judgement.verdict).toBe('unknown');
  expect(judgement.reason).toContain('out of ideas');
});
