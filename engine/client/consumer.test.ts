// The consumer against the scripted broker: what it reads, what it commits, and how it shares with others.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { buildMarkerBatch } from '../protocol/control-records.ts';
import { batchAt } from '../protocol/record-batch.ts';
import type { AssignorName } from './assignors.ts';
import { Setting } from './testing-reader.ts';

const zero = { topic: 'orders', partition: 0 };

describe('assigned partitions', () => {
  test('are read in order from the earliest record, then as records come', () => {
    const setting = new Setting();
    setting.append(0, ['a', 'b']);
    setting.append(0, ['c']);
    const reader = setting.consumer({ maxPollRecords: 2 });
    reader.consumer.assign([zero]);
    expect(reader.poll(2000)).toHaveLength(2);
    expect(reader.poll(2000)).toHaveLength(1);
    setting.append(0, ['d']);
    reader.poll(2000);
    expect(reader.values).toEqual(['a', 'b', 'c', 'd']);
    expect(reader.read.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
  });

  test('can be sought, paused and resumed; a seek into a batch starts in its middle', () => {
    const setting = new Setting();
    setting.append(0, ['a', 'b', 'c']);
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    reader.poll(2000);
    reader.consumer.seek(zero, 1);
    reader.poll(2000);
    expect(reader.values).toEqual(['a', 'b', 'c', 'b', 'c']);
    reader.consumer.pause([zero]);
    setting.append(0, ['d']);
    expect(reader.poll(1000)).toEqual([]);
    reader.consumer.resume([zero]);
    expect(reader.poll(2000)).toHaveLength(1);
    reader.consumer.seekToEnd([zero]);
    expect(setting.world.finish(reader.runtime, reader.consumer.position(zero))).toBe(4);
  });

  test('are reset when the position is out of range, or told as a problem', () => {
    const setting = new Setting();
    setting.append(0, ['a']);
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    reader.consumer.seek(zero, 77);
    reader.poll(3000);
    expect(reader.values).toEqual(['a']);
    const strict = setting.consumer({ autoOffsetReset: 'none' });
    strict.consumer.assign([zero]);
    strict.consumer.seek(zero, 77);
    strict.poll(3000);
    expect(strict.consumer.takeProblems()).toContainEqual({ kind: 'out-of-range', ...zero, offset: 77 });
  });

  test('a batch with a wrong checksum is a problem and never data', () => {
    const setting = new Setting();
    setting.append(0, ['a']);
    const bad = setting.append(0, ['bad']);
    bad[bad.length - 2] = (bad[bad.length - 2] as number) ^ 1;
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    reader.pollFor(3000);
    expect(reader.values).toEqual(['a']);
    const problems = reader.consumer.takeProblems();
    expect(problems[0]).toMatchObject({ kind: 'corrupt', topic: 'orders', partition: 0, offset: 1 });
    const careless = setting.consumer({ checkCrcs: false });
    careless.consumer.assign([zero]);
    careless.pollFor(1000);
    expect(careless.read).toHaveLength(2);
  });

  test('read_committed hides aborted transactions and control records', () => {
    const setting = new Setting();
    const transactional = { isTransactional: true, producerEpoch: 0, baseSequence: 0 };
    const marker = (producerId: number, type: 'commit' | 'abort') =>
      setting.appendBatch(
        0,
        buildMarkerBatch({ type, coordinatorEpoch: 0, producerId, producerEpoch: 0, timestampMs: 5 }),
      );
    setting.append(0, ['aborted'], { ...transactional, producerId: 7 });
    setting.append(0, ['kept'], { ...transactional, producerId: 8 });
    marker(7, 'abort');
    marker(8, 'commit');
    setting.append(0, ['later'], { ...transactional, producerId: 7, baseSequence: 1 });
    marker(7, 'commit');
    setting.cluster.abortedTransactions.push({ producerId: 7, firstOffset: 0 });
    const committed = setting.consumer({ isolationLevel: 'read_committed' });
    committed.consumer.assign([zero]);
    committed.poll(2000);
    expect(committed.values).toEqual(['kept', 'later']);
    expect(setting.world.finish(committed.runtime, committed.consumer.position(zero))).toBe(6);
    const uncommitted = setting.consumer();
    uncommitted.consumer.assign([zero]);
    uncommitted.poll(2000);
    expect(uncommitted.values).toEqual(['aborted', 'kept', 'later']);
  });

  test('lost responses and moved leaders neither lose nor repeat records', () => {
    const setting = new Setting([1, 2]);
    let fetches = 0;
    setting.cluster.script = (api) =>
      api === 'Fetch' && ++fetches % 3 === 0 ? { kind: 'lose-response' } : undefined;
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    const expected: string[] = [];
    for (let round = 0; round < 12; round++) {
      expected.push(`v${round}`);
      setting.append(0, [`v${round}`]);
      if (round === 6) Object.assign(setting.cluster.partition('orders', 0), { leaderId: 2, leaderEpoch: 1 });
      reader.pollFor(700);
    }
    reader.pollFor(3000);
    expect(reader.values).toEqual(expected);
    expect(reader.consumer.takeProblems()).toEqual([]);
  });

  test('a log cut below the position is told', () => {
    const setting = new Setting();
    setting.append(0, ['a', 'b']);
    setting.append(0, ['lost']);
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    reader.poll(2000);
    const partition = setting.cluster.partition('orders', 0);
    partition.batches.pop();
    partition.leaderEpoch = 1;
    setting.append(0, ['new']);
    batchAt(partition.batches[1] as Uint8Array).assignOffsets(2, 1);
    reader.pollFor(3000);
    expect(reader.consumer.takeProblems()).toContainEqual({
      kind: 'truncated',
      ...zero,
      offset: 3,
      divergingOffset: 2,
    });
    expect(reader.values).toEqual(['a', 'b', 'lost', 'new']);
  });

  test('fetch sessions tell only what changed, and survive a broker that forgot', () => {
    const setting = new Setting();
    setting.cluster.sessions.keep = true;
    const reader = setting.consumer({ fetchMaxWaitMs: 100 });
    reader.consumer.assign([zero, { topic: 'orders', partition: 1 }]);
    setting.append(0, ['a']);
    reader.pollFor(1000);
    const fetches = () =>
      setting.cluster.requests.filter(({ api }) => api === 'Fetch').map(({ request }) => request);
    const incremental = fetches().filter(({ sessionEpoch }) => sessionEpoch > 0);
    expect(incremental.length).toBeGreaterThan(3);
    expect(incremental.at(-1).topics).toEqual([]);
    setting.cluster.sessions.forget();
    setting.append(1, ['b']);
    reader.pollFor(1000);
    expect(reader.values).toEqual(['a', 'b']);
  });
});

describe('commits', () => {
  test('an automatic commit never passes what polls returned', () => {
    const setting = new Setting();
    const reader = setting.consumer({ groupId: 'g', autoCommitIntervalMs: 100, maxPollRecords: 2 });
    reader.subscribe();
    let highest = 0;
    for (let round = 0; round < 40; round++) {
      setting.append(0, [`v${round}`]);
      const before = highest;
      const records = reader.poll(60);
      setting.world.advance(5);
      // Until the next poll begins, at most what the polls before this one returned is committed.
      expect(setting.cluster.groups.committed('g', 'orders-0') ?? 0).toBeLessThanOrEqual(before);
      highest = (records.at(-1)?.offset ?? highest - 1) + 1;
    }
    expect(setting.cluster.groups.committed('g', 'orders-0')).toBeGreaterThan(10);
  });

  test('close commits, leaves, and the next consumer goes on there', () => {
    const setting = new Setting();
    setting.append(0, ['a', 'b']);
    const first = setting.consumer({ groupId: 'g' });
    first.subscribe();
    first.pollFor(1500);
    setting.world.finish(first.runtime, first.consumer.close());
    expect(setting.cluster.groups.committed('g', 'orders-0')).toBe(2);
    expect(setting.cluster.groups.group('g').members.size).toBe(0);
    setting.append(0, ['c']);
    const second = setting.consumer({ groupId: 'g' });
    second.subscribe();
    second.pollFor(1500);
    expect(second.values).toEqual(['c']);
    setting.world.advance(60_000);
    expect(first.runtime.tasks.pending()).toEqual([]);
  });

  test('a lost commit is unknown, a refused one certainly not done', () => {
    const setting = new Setting();
    const reader = setting.consumer({ groupId: 'g', enableAutoCommit: false });
    reader.consumer.assign([zero]);
    const commit = () =>
      setting.world.finish(reader.runtime, reader.consumer.commit([{ ...zero, offset: 5 }], 1_000));
    expect(commit()).toEqual({ ok: true, value: undefined });
    setting.cluster.script = (api) => (api === 'OffsetCommit' ? { kind: 'lose-response' } : undefined);
    expect(commit()).toMatchObject({ ok: false, error: { certainty: 'unknown' } });
    setting.cluster.script = (api) =>
      api === 'OffsetCommit' ? { kind: 'error', errorCode: ErrorCode.ILLEGAL_GENERATION } : undefined;
    expect(commit()).toEqual({ ok: false, error: { error: 'ILLEGAL_GENERATION', certainty: 'not-written' } });
  });
});

describe('groups', () => {
  const all = [0, 1, 2, 3];

  for (const assignor of ['range', 'roundrobin', 'cooperative-sticky'] as const) {
    test(`two members share all partitions, and the survivor gets all back (${assignor})`, () => {
      const setting = new Setting();
      const [one, two] = [setting.consumer({ groupId: 'g' }), setting.consumer({ groupId: 'g' })];
      one.subscribe([assignor]);
      one.keepPolling();
      setting.world.advance(2_000);
      expect(one.partitions).toEqual(all);
      two.subscribe([assignor]);
      two.keepPolling();
      setting.world.advance(20_000);
      expect([...one.partitions, ...two.partitions].sort()).toEqual(all);
      expect(one.partitions).toHaveLength(2);
      for (const partition of all) setting.append(partition, [`p${partition}`]);
      setting.world.advance(2_000);
      expect([...one.values, ...two.values].sort()).toEqual(['p0', 'p1', 'p2', 'p3']);
      one.stopped = true;
      setting.world.advance(200);
      setting.world.finish(one.runtime, one.consumer.close());
      setting.world.advance(20_000);
      expect(two.partitions).toEqual(all);
      setting.append(0, ['after']);
      setting.world.advance(2_000);
      expect(two.values.filter((value) => value === 'after')).toHaveLength(1);
    });
  }

  test('eager gives everything back, cooperative only what moves', () => {
    const events = (assignor: AssignorName) => {
      const setting = new Setting();
      const [one, two] = [setting.consumer({ groupId: 'g' }), setting.consumer({ groupId: 'g' })];
      one.subscribe([assignor]);
      one.keepPolling();
      setting.world.advance(2_000);
      two.subscribe([assignor]);
      two.keepPolling();
      setting.world.advance(20_000);
      return one.events.slice(0, 2);
    };
    expect(events('range')).toEqual(['assigned 0,1,2,3', 'revoked 0,1,2,3']);
    expect(events('cooperative-sticky')).toEqual(['assigned 0,1,2,3', 'revoked 2,3']);
  });

  test('an expelled member hears that it lost its partitions, and joins again', () => {
    const setting = new Setting();
    const reader = setting.consumer({ groupId: 'g' });
    reader.subscribe();
    reader.pollFor(1_500);
    setting.cluster.groups.expel('g', reader.consumer.memberId);
    reader.pollFor(8_000);
    expect(reader.events).toEqual(['assigned 0,1,2,3', 'lost 0,1,2,3', 'assigned 0,1,2,3']);
  });

  test('a member that does not poll leaves after maxPollIntervalMs', () => {
    const setting = new Setting();
    const reader = setting.consumer({ groupId: 'g', maxPollIntervalMs: 10_000 });
    reader.subscribe();
    reader.pollFor(1_500);
    setting.world.advance(9_000);
    expect(setting.cluster.groups.group('g').members.size).toBe(1);
    setting.world.advance(5_000);
    expect(setting.cluster.groups.group('g').members.size).toBe(0);
    reader.pollFor(3_000);
    expect(reader.events).toEqual(['assigned 0,1,2,3', 'lost 0,1,2,3', 'assigned 0,1,2,3']);
  });

  test('a group that refuses the member is told as a problem, not tried for ever', () => {
    const setting = new Setting();
    setting.cluster.script = (api) =>
      api === 'JoinGroup' ? { kind: 'error', errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL } : undefined;
    const reader = setting.consumer({ groupId: 'g' });
    reader.subscribe();
    reader.pollFor(2_000);
    expect(reader.consumer.takeProblems()).toEqual([{ kind: 'group', error: 'INCONSISTENT_GROUP_PROTOCOL' }]);
    expect(setting.cluster.requests.filter(({ api }) => api === 'JoinGroup')).toHaveLength(1);
  });

  test('joining survives a coordinator that loses responses and loads', () => {
    const setting = new Setting();
    let count = 0;
    setting.cluster.script = (api) => {
      if (api !== 'JoinGroup' && api !== 'SyncGroup' && api !== 'FindCoordinator') return undefined;
      count++;
      if (count % 5 === 1) return { kind: 'lose-request' };
      if (count % 5 === 2) return { kind: 'error', errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE };
      return undefined;
    };
    setting.append(0, ['a']);
    const reader = setting.consumer({ groupId: 'g' });
    reader.subscribe();
    reader.pollFor(20_000);
    expect(reader.values).toEqual(['a']);
  });
});
