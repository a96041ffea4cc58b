// Whether each of the two invariants can fire: the converter is broken on purpose, then the internal checkers
// are made blind; and whether both stay silent where the two truths agree.

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ClientOperation } from '../client-side/from-simulator.ts';
import type { SendOperation } from '../record/history.ts';
import type { Checker } from '../verdict.ts';
import { ackedWrites } from './acked-writes.ts';
import { consumers } from './consumers.ts';
import { offsets } from './offsets.ts';
import { order } from './order.ts';
import { producers } from './producers.ts';
import { reads } from './reads.ts';
import { records } from './records.ts';
import { clean, Story } from './testing-material.ts';
import { twoTruths } from './two-truths.ts';

type Break = (operations: ClientOperation[]) => ClientOperation[];
const broken = vi.hoisted(() => ({ by: undefined as Break | undefined }));

vi.mock('../client-side/from-simulator.ts', async (importOriginal) => {
  const whole = await importOriginal<typeof import('../client-side/from-simulator.ts')>();
  return {
    ...whole,
    clientOperations: (entries: Parameters<typeof whole.clientOperations>[0]) => {
      const operations = whole.clientOperations(entries);
      return broken.by === undefined ? operations : broken.by(operations);
    },
  };
});

afterEach(() => {
  broken.by = undefined;
  vi.restoreAllMocks();
});

function denied(invariant: string) {
  return { violations: [invariant], witnesses: [] };
}

/** Four records, a reader, a final scan. */
function healthy(): Story {
  const story = new Story();
  const sends = story.acked(4);
  const view = story.view();
  for (const offset of [0, 1, 2, 3]) story.fetch(view, offset);
  story.scan(sends);
  return story;
}

function change(one: number, how: (operation: ClientOperation) => ClientOperation): Break {
  return (operations) => operations.map((operation, place) => (place === one ? how(operation) : operation));
}

function acknowledgedAt(operation: ClientOperation, offset: number): ClientOperation {
  return operation.send === undefined ? operation : { ...operation, send: { ...operation.send, offset } };
}

function without(operation: ClientOperation, offset: number): ClientOperation {
  if (operation.reads === undefined) return operation;
  const kept = operation.reads.records.filter((record) => record.offset !== offset);
  return { ...operation, reads: { ...operation.reads, records: kept } };
}

describe('two truths that agree', () => {
  test('a healthy run', () => expect(healthy().judge(twoTruths)).toEqual(clean));

  test('a true anomaly is left to the checker that tells it', () => {
    const story = new Story();
    story.scan([...story.acked(2), 'producer#1/0']);
    expect(story.judge(producers).violations).toEqual(['duplicate-append']);
    expect(story.judge(twoTruths)).toEqual(clean);
  });

  test('what an application sent again may stand there twice', () => {
    const story = new Story();
    const [send, other] = story.acked(2) as [SendOperation, SendOperation];
    send.sentAgain = 1;
    story.scan([send, other, send]);
    vi.spyOn(producers, 'check').mockImplementation(() => {});
    expect(story.judge(twoTruths)).toEqual(clean);
  });

  test('what a fault took is explained by it', () => {
    const story = new Story();
    const sends = story.acked(3);
    story.effect('power-loss', 'unsynced-lost');
    story.scan(sends.slice(0, 2));
    expect(story.judge(twoTruths)).toEqual(clean);
  });

  test('what retention took was there', () => {
    const story = new Story();
    story.acked(3);
    story.event('log-start-moved', { logStartOffset: 3, reason: 'retention' });
    story.scan([]);
    vi.spyOn(ackedWrites, 'check').mockImplementation(() => {});
    expect(story.judge(twoTruths)).toEqual(clean);
  });

  test('what was not scanned is not known to be absent', () => {
    const story = new Story();
    story.acked(3);
    expect(story.judge(twoTruths)).toEqual(clean);
  });
});

describe('a broken converter is denied', () => {
  const breaks: Readonly<Record<string, Break>> = {
    'it moves an acknowledgement to where another record stands': change(0, (one) => acknowledgedAt(one, 3)),
    'it moves an acknowledgement to where nothing stands': change(0, (one) => acknowledgedAt(one, 9)),
    'it drops a record from every reader': (operations) => operations.map((one) => without(one, 2)),
    'it drops the last record from every reader': (operations) => operations.map((one) => without(one, 3)),
    'it says that a send failed': change(1, (one) => ({ ...one, outcome: 'fail' })),
    'it forgets a send': (operations) => operations.slice(1),
    'it drops a poll': (operations) => operations.filter((_, place) => place !== 6),
    'it tells a poll twice': (operations) =>
      operations.flatMap((one, place) => (place === 6 ? [one, one] : [one])),
  };

  test.each(Object.entries(breaks))('%s', (_what, by) => {
    const story = healthy();
    broken.by = by;
    const { violations, witnesses } = story.judge(twoTruths);
    expect(new Set(violations)).toEqual(new Set(['client-truth-denied']));
    expect(witnesses).toEqual([]);
  });

  test('it makes one process of sends that overlap', () => {
    const story = new Story();
    const [first, second] = [story.send(0), story.send(1)];
    story.ok(second, 1);
    story.ok(first, 0);
    story.scan([first, second]);
    expect(story.judge(twoTruths)).toEqual(clean);
    broken.by = (operations) => operations.map((one) => (one.send ? { ...one, process: 'producer' } : one));
    expect(story.judge(twoTruths)).toEqual(denied('client-truth-denied'));
  });
});

describe('a blind internal checker is silent', () => {
  const stories: Readonly<Record<string, { blind: readonly Checker[]; tell: (story: Story) => void }>> = {
    'a duplicate': {
      blind: [producers],
      tell: (story) => story.scan([...story.acked(2), 'producer#1/0']),
    },
    'an offset with two values': {
      blind: [offsets],
      tell: (story) => {
        const sends = story.acked(2);
        story.ok(story.send(2), 1);
        story.scan(sends);
      },
    },
    'an aborted read': {
      blind: [records],
      tell: (story) => {
        const sends = story.acked(1);
        const failed = story.send(1);
        story.history.end(failed, 'failed', 'MESSAGE_TOO_LARGE');
        story.scan([...sends, failed]);
      },
    },
    'a record of nobody': {
      blind: [records],
      tell: (story) => story.scan([...story.acked(1), 'nobody#1/0']),
    },
    'the end of a log that is gone': {
      blind: [ackedWrites],
      tell: (story) => story.scan(story.acked(3).slice(0, 2)),
    },
    'a record that one reader leaves out': {
      blind: [consumers],
      tell: (story) => {
        const sends = story.acked(3);
        const view = story.view();
        for (const offset of [0, 2]) story.fetch(view, offset);
        story.scan(sends);
      },
    },
    'a reader that reads again': {
      blind: [consumers],
      tell: (story) => {
        const sends = story.acked(3);
        const view = story.view();
        for (const offset of [0, 1, 0]) story.fetch(view, offset);
        story.scan(sends);
      },
    },
    'a record that stands before what was acknowledged before it': {
      blind: [order, producers],
      tell: (story) => {
        const [first, second] = [story.ok(story.send(0), 1), story.ok(story.send(1), 0)];
        story.scan([second, first]);
      },
    },
    'a record that was read and is gone': {
      blind: [ackedWrites, reads],
      tell: (story) => {
        const sends = story.acked(3);
        const view = story.view();
        for (const offset of [0, 1]) story.fetch(view, offset);
        const records = [0, 2].map((offset) => {
          return { offset, value: `producer#1/${offset}`, valueTopic: 'orders', valuePartition: 0 };
        });
        const ends = { complete: true, logStartOffset: 0, logEndOffset: sends.length, corruptAt: [] };
        story.history.scan({ topic: 'orders', partition: 0, ...ends, records });
      },
    },
  };

  test.each(Object.entries(stories))('%s', (_what, { blind, tell }) => {
    const story = new Story();
    tell(story);
    expect(story.judge(twoTruths)).toEqual(clean);
    for (const row of blind) vi.spyOn(row, 'check').mockImplementation(() => {});
    const { violations } = story.judge(twoTruths);
    expect(new Set(violations)).toEqual(new Set(['internal-truth-silent']));
  });
});
