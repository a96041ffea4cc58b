// The marks that are seen in the trace, against traces written by hand: each reached by its turn, and not by its
// neighbour.

import { describe, expect, test } from 'vitest';
import type { AnyEvent } from '../record/events.ts';
import { MarkCounter } from './counter.ts';
import { markDocs, markNames, watchedMarks } from './index.ts';

type Told = readonly [node: string, event: AnyEvent, incarnation?: number];

/** The marks that these events reach, and how often. */
function reachedBy(...trace: readonly Told[]): Record<string, number> {
  const counter = new MarkCounter();
  for (const [at, [node, event, incarnation = 1]] of trace.entries()) {
    counter.take({ step: at + 1, cause: at, timeUs: at, node, incarnation, event });
  }
  return counter.counts();
}

const place = { topic: 'orders', partition: 0 };

function committed(partitionEpoch: number, changes: Partial<AnyEvent & { isr: string }> = {}): Told {
  const event = {
    kind: 'partition-committed',
    ...place,
    ...{ topicId: 't', leader: 1, leaderEpoch: 0, partitionEpoch, isr: '1,2,3', replicas: '1,2,3' },
    ...{ eligibleLeaderReplicas: '', minInsyncReplicas: 2, unclean: false, ...changes },
  } as AnyEvent;
  return ['controller-1', event];
}

const began = (fault: string, detail = ''): Told => [
  'world',
  { kind: 'fault-began', fault, target: 'x', detail },
];
const ended = (fault: string): Told => ['world', { kind: 'fault-ended', fault, target: 'x', hits: 1 }];
const appended = (logEndOffset: number): Told => [
  'broker-1',
  { kind: 'log-appended', ...place, logEndOffset, bytes: 9, batches: 1 },
];

test('names are stable words, each once, each with its line', () => {
  expect(markNames.length).toBeGreaterThanOrEqual(100);
  expect(new Set(markNames).size).toBe(markNames.length);
  expect(markDocs.size).toBe(markNames.length);
  for (const [mark, doc] of markDocs) {
    expect(mark).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(doc.length).toBeGreaterThan(15);
  }
});

test('what the engine tells is counted by its name', () => {
  const told: Told = ['broker-1', { kind: 'reached', mark: 'index-rebuilt' }];
  expect(reachedBy(told, told)).toEqual({ 'index-rebuilt': 2 });
});

describe('partitions', () => {
  test('an ISR shrinks to one and grows back', () => {
    const marks = reachedBy(committed(0), committed(1, { isr: '1' }), committed(2));
    expect(marks).toEqual({ 'isr-shrunk-to-one': 1, 'isr-fell-below-minimum': 1, 'isr-grew-back': 1 });
  });

  test('what a new controller tells again is no news', () => {
    const after = committed(1, { isr: '1' });
    expect(reachedBy(committed(0), after, after, after)).toEqual(reachedBy(committed(0), after));
  });

  test('elections: from the ISR, from the ELR, preferred, unclean', () => {
    expect(reachedBy(committed(0), committed(1, { leader: 2, isr: '2,3' }))).toEqual({ 'clean-election': 1 });
    const nobody = committed(1, { leader: -1, isr: '', eligibleLeaderReplicas: '3' });
    const elr = reachedBy(committed(0, { leader: 3 }), nobody, committed(2, { leader: 3, isr: '3' }));
    expect(elr).toMatchObject({
      'leader-elected-from-elr': 1,
      'partition-without-leader': 1,
      'isr-emptied': 1,
    });
    const preferred = reachedBy(committed(0), committed(1, { leader: 2 }));
    expect(preferred).toEqual({ 'clean-election': 1, 'preferred-election': 1 });
    const unclean = committed(1, { leader: 3, isr: '3', unclean: true });
    expect(reachedBy(committed(0, { isr: '1' }), unclean)).toEqual({ 'unclean-election': 1 });
  });

  test('a reassignment ends with others, or with those from before, in peace or under fire', () => {
    const more = committed(1, { replicas: '1,2,3,4' });
    const others = committed(2, { replicas: '1,2,4', isr: '1,2,4' });
    expect(reachedBy(committed(0), more, others)).toEqual({ 'reassignment-completed': 1 });
    expect(reachedBy(committed(0), more, committed(2))).toEqual({ 'reassignment-cancelled': 1 });
    const underFire = reachedBy(committed(0), more, began('crash'), others, ended('crash'));
    expect(underFire).toEqual({ 'reassignment-completed': 1, 'reassignment-completed-under-fire': 1 });
    expect(reachedBy(committed(0), began('crash'), ended('crash'), more, others)).toEqual({
      'reassignment-completed': 1,
    });
  });
});

describe('logs', () => {
  test('a roll while batches wait, and one behind them', () => {
    const rolled = (baseOffset: number): Told => [
      'broker-1',
      { kind: 'segment-rolled', ...place, baseOffset },
    ];
    expect(reachedBy(appended(10), rolled(12))).toEqual({ 'segment-rolled-under-load': 1 });
    expect(reachedBy(appended(10), rolled(10))).toEqual({});
  });

  test('a process dies between write and sync, and not when all is synced', () => {
    const flushed: Told = ['broker-1', { kind: 'log-flushed', ...place, recoveryPoint: 10 }];
    const crashed: Told = ['broker-1', { kind: 'node-crashed', reason: 'a fault' }];
    const key = 'crash-between-write-and-sync';
    expect(reachedBy(appended(10), crashed)[key]).toBe(1);
    expect(reachedBy(appended(10), flushed, crashed)[key]).toBeUndefined();
    expect(reachedBy(appended(10), crashed, crashed)[key]).toBe(1);
  });

  test('retention takes the segment of a reader', () => {
    const read = (fetchOffset: number): Told => [
      'broker-1',
      { kind: 'records-fetched', ...place, fetchOffset, bytes: 9 },
    ];
    const moved: Told = [
      'broker-1',
      { kind: 'log-start-moved', ...place, logStartOffset: 20, reason: 'retention' },
    ];
    const gone: Told = [
      'broker-1',
      { kind: 'segment-deleted', ...place, baseOffset: 10, reason: 'retention-time' },
    ];
    expect(reachedBy(read(15), moved, gone)['segment-deleted-under-reader']).toBe(1);
    expect(reachedBy(read(25), moved, gone)).toEqual({ 'segment-deleted-by-time': 1 });
  });

  const starts = (
    node: string,
    logStartOffset: number,
    reason: 'delete-records' | 'leader' = 'delete-records',
  ) => [node, { kind: 'log-start-moved', ...place, logStartOffset, reason }] as Told;
  const recovered = (logStartOffset: number): Told => [
    'broker-1',
    { kind: 'log-recovered', ...place, logStartOffset, logEndOffset: 9, recoveryPoint: 0, truncatedBytes: 0 },
  ];

  test('a log start that a restart forgot, and one that it had not to know any more', () => {
    const key = 'log-start-went-back';
    expect(reachedBy(starts('broker-1', 5), recovered(4))[key]).toBe(1);
    expect(reachedBy(starts('broker-1', 5), recovered(5))[key]).toBeUndefined();
    expect(reachedBy(starts('broker-2', 5), recovered(4))[key]).toBeUndefined();
    const wiped: Told = ['broker-1', { kind: 'disk-wiped', files: 1 }];
    expect(reachedBy(starts('broker-1', 5), wiped, recovered(0))[key]).toBeUndefined();
    const gone: Told = ['broker-1', { kind: 'log-deleted', ...place }];
    expect(reachedBy(starts('broker-1', 5), gone, recovered(0))[key]).toBeUndefined();
  });

  test('a deletion that is acknowledged, and led by the next leader', () => {
    const answered = (error: number): Told => [
      'broker-1',
      { kind: 'delete-records-answered', ...place, error, offset: 5, lowWatermark: 5 },
    ];
    const lead = (node: string, logStartOffset: number): Told => [
      node,
      {
        kind: 'leader-began',
        ...place,
        ...{ topicId: 't', leaderEpoch: 1, partitionEpoch: 1, isr: '1', replicas: '1' },
        ...{ logStartOffset, logEndOffset: 9, highWatermark: 9 },
      },
    ];
    expect(reachedBy(answered(0), lead('broker-2', 5))).toEqual({
      'deletion-acknowledged': 1,
      'deletion-outlived-its-leader': 1,
    });
    expect(reachedBy(answered(0), lead('broker-2', 4), lead('broker-1', 5))).toEqual({
      'deletion-acknowledged': 1,
    });
    expect(reachedBy(answered(7), lead('broker-2', 5))).toEqual({});
    expect(reachedBy(starts('broker-1', 5, 'leader'))).toEqual({ 'log-start-taken-from-leader': 1 });
  });

  test('a cut below what was readable anywhere', () => {
    const readable: Told = [
      'broker-1',
      {
        kind: 'high-watermark-moved',
        ...place,
        highWatermark: 9,
        logEndOffset: 9,
        leaderEpoch: 0,
        leads: true,
      },
    ];
    const cut = (logEndOffset: number): Told => [
      'broker-2',
      { kind: 'log-truncated', ...place, logEndOffset },
    ];
    expect(reachedBy(readable, cut(8))).toEqual({ 'truncated-below-readable': 1 });
    expect(reachedBy(readable, cut(9))).toEqual({});
  });

  test('a broker dies in its recovery', () => {
    const booted: Told = ['broker-1', { kind: 'node-booted', role: 'broker' }, 2];
    const started: Told = ['broker-1', { kind: 'broker-started', brokerId: 1, cleanShutdown: false }, 2];
    const crashed: Told = ['broker-1', { kind: 'node-crashed', reason: 'a fault' }, 2];
    expect(reachedBy(booted, crashed)['recovery-interrupted']).toBe(1);
    expect(reachedBy(booted, started, crashed)['recovery-interrupted']).toBeUndefined();
  });
});

describe('writes', () => {
  const planned = (producerEpoch: number, producerId = 7): Told => [
    'broker-1',
    {
      kind: 'append-planned',
      ...place,
      ...{ baseOffset: 0, lastOffset: 0, producerId, producerEpoch, baseSequence: 0, leaderEpoch: 0, crc: 1 },
    },
  ];

  test('a producer raises its epoch', () => {
    expect(reachedBy(planned(0), planned(1), planned(1))).toEqual({ 'producer-epoch-raised': 1 });
    expect(reachedBy(planned(0), planned(0), planned(1, 8))).toEqual({});
  });

  test('errors by name', () => {
    const answered = (error: number): Told => [
      'broker-1',
      { kind: 'produce-answered', ...place, error, baseOffset: -1, acks: -1 },
    ];
    expect(reachedBy(answered(0), answered(19), answered(20), answered(45))).toEqual({
      'produce-refused-not-enough-replicas': 1,
      'produce-refused-after-append': 1,
      'produce-refused-by-sequence': 1,
    });
  });

  test('a duplicate is answered by the leader that appended it, or by the next', () => {
    const lead = (logEndOffset: number): Told => [
      'broker-1',
      {
        kind: 'leader-began',
        ...place,
        ...{ topicId: 't', leaderEpoch: 1, partitionEpoch: 1, isr: '1', replicas: '1' },
        ...{ logStartOffset: 0, logEndOffset, highWatermark: 0 },
      },
    ];
    const duplicate: Told = [
      'broker-1',
      { kind: 'duplicate-answered', ...place, producerId: 7, baseSequence: 0, baseOffset: 5 },
    ];
    expect(reachedBy(lead(0), duplicate)).toEqual({ 'duplicate-answered': 1 });
    expect(reachedBy(lead(6), duplicate)).toMatchObject({ 'duplicate-answered-by-next-leader': 1 });
  });
});

describe('the quorum', () => {
  const state = (node: string, name: string, epoch: number): Told => [
    node,
    { kind: 'raft-state', state: name, epoch, leader: -1 },
  ];

  test('two candidates, nobody wins, the next epoch has a leader', () => {
    const marks = reachedBy(
      state('broker-1', 'candidate', 1),
      state('broker-2', 'candidate', 1),
      state('broker-1', 'leader', 2),
    );
    expect(marks).toEqual({ 'two-candidates-in-one-epoch': 1, 'election-without-winner': 1 });
    expect(reachedBy(state('broker-1', 'candidate', 1), state('broker-1', 'leader', 1))).toEqual({});
  });

  test('what a leader inherited is committed with the first of its epoch', () => {
    const commit = (offset: number, epoch: number): Told => [
      'broker-1',
      { kind: 'metadata-committed', offset, epoch },
    ];
    const key = 'inherited-metadata-committed';
    expect(reachedBy(commit(5, 1), state('broker-1', 'leader', 2), commit(9, 2))[key]).toBe(1);
    expect(reachedBy(commit(5, 1), state('broker-1', 'leader', 2), commit(6, 2), commit(9, 2))).toEqual({});
  });
});

describe('groups', () => {
  const group = (node: string, state: string): Told => [
    node,
    {
      kind: 'group-state',
      ...{ group: 'billing', state, generation: 1, members: 1, coordinatorPartition: 3, coordinatorEpoch: 0 },
    },
  ];
  const loaded = (node: string): Told => [
    node,
    { kind: 'coordinator-loaded', topic: '__consumer_offsets', partition: 3, groups: 1, coordinatorEpoch: 1 },
  ];

  test('the coordinator fails over in a rebalance, or outside of one', () => {
    const key = 'coordinator-failed-over-in-rebalance';
    const first = loaded('broker-1');
    expect(reachedBy(first, group('broker-1', 'PreparingRebalance'), loaded('broker-2'))[key]).toBe(1);
    expect(reachedBy(first, group('broker-1', 'Stable'), loaded('broker-2'))).toEqual({
      'coordinator-failed-over': 1,
    });
  });
});

describe('the world', () => {
  test('a pause outlives a session only of whoever stands still', () => {
    const paused: Told = ['broker-2', { kind: 'node-paused', reason: 'a fault' }];
    const fenced = (brokerId: number): Told => [
      'broker-1',
      { kind: 'broker-fenced', brokerId, brokerEpoch: 5 },
    ];
    expect(reachedBy(paused, fenced(2))).toEqual({ 'broker-fenced': 1, 'pause-outlived-session': 1 });
    expect(reachedBy(paused, fenced(3))).toEqual({ 'broker-fenced': 1 });
  });

  test('a half-open connection is noticed when its owner dials anew', () => {
    const gone: Told = [
      'client-1',
      { kind: 'connection-abandoned', connection: 1, from: 'client-1', to: 'broker-1' },
    ];
    const made = (from: string): Told => [
      from,
      { kind: 'connection-made', connection: 2, from, to: 'broker-1:9092' },
    ];
    expect(reachedBy(gone, made('client-1'), made('client-1'))).toEqual({ 'half-open-noticed': 1 });
    expect(reachedBy(gone, made('client-2'))).toEqual({});
  });

  test('a cut one way is told by what the fault did', () => {
    expect(reachedBy(began('network-cut', 'the line is cut (from)'))).toEqual({ 'cut-one-way': 1 });
    expect(reachedBy(began('network-cut', 'the line is cut (both)'))).toEqual({});
  });
});

test('every mark that is seen in the trace is looked for in some kind of event', () => {
  for (const { begin } of watchedMarks) expect(Object.keys(begin()).length).toBeGreaterThan(0);
});
