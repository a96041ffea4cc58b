// What a member makes of a coordinator that refuses it: another process has its instance id, which is the end of it as
// in Kafka; or the group is between two generations, which passes.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { type ConsumerOverrides, Setting } from './testing-reader.ts';

const zero = { topic: 'orders', partition: 0 };

/** A member of a stable group of one. */
function member(assignor: 'range' | 'cooperative-sticky', options: ConsumerOverrides = {}) {
  const setting = new Setting();
  const reader = setting.consumer({ groupId: 'g', enableAutoCommit: false, ...options });
  reader.subscribe([assignor]);
  reader.pollFor(1_500);
  expect(reader.events).toEqual(['assigned 0,1,2,3']);
  const count = (api: string) => setting.cluster.requests.filter((request) => request.api === api).length;
  const refuse = (api: string, errorCode: number) => {
    setting.cluster.script = (asked) => (asked === api ? { kind: 'error', errorCode } : undefined);
  };
  return { setting, reader, count, refuse };
}

describe('a static member whose place another process has taken', () => {
  for (const assignor of ['range', 'cooperative-sticky'] as const) {
    test(`hears it from a heartbeat, loses what it had and never joins again (${assignor})`, () => {
      const { setting, reader, count, refuse } = member(assignor, { groupInstanceId: 'a' });
      const joins = count('JoinGroup');
      refuse('Heartbeat', ErrorCode.FENCED_INSTANCE_ID);
      setting.append(0, ['unread']);
      setting.world.advance(4_000);
      reader.pollFor(10_000);
      expect(reader.events).toEqual(['assigned 0,1,2,3', 'lost 0,1,2,3']);
      expect(reader.consumer.takeProblems()).toEqual([{ kind: 'group', error: 'FENCED_INSTANCE_ID' }]);
      expect(reader.consumer.refusedByGroup).toBe('FENCED_INSTANCE_ID');
      expect([count('JoinGroup'), count('Heartbeat'), reader.partitions]).toEqual([joins, 1, []]);
    });
  }

  test('hears it from a commit, which is certainly not done', () => {
    const { setting, reader, count, refuse } = member('range', {
      groupInstanceId: 'a',
      heartbeatIntervalMs: 9_000,
      sessionTimeoutMs: 30_000,
    });
    const joins = count('JoinGroup');
    refuse('OffsetCommit', ErrorCode.FENCED_INSTANCE_ID);
    const commit = reader.consumer.commit([{ ...zero, offset: 5 }], 1_000);
    expect(setting.world.finish(reader.runtime, commit)).toEqual({
      ok: false,
      error: { error: 'FENCED_INSTANCE_ID', certainty: 'not-written' },
    });
    reader.pollFor(2_000);
    expect(reader.events.at(-1)).toBe('lost 0,1,2,3');
    expect([reader.consumer.refusedByGroup, count('JoinGroup')]).toEqual(['FENCED_INSTANCE_ID', joins]);
  });

  test('hears it when it joins', () => {
    const { setting, reader, count, refuse } = member('cooperative-sticky', { groupInstanceId: 'a' });
    refuse('JoinGroup', ErrorCode.FENCED_INSTANCE_ID);
    const joins = count('JoinGroup');
    setting.cluster.groups.group('g').state = 'joining';
    reader.pollFor(8_000);
    expect(reader.events).toEqual(['assigned 0,1,2,3', 'lost 0,1,2,3']);
    expect(reader.consumer.takeProblems()).toEqual([{ kind: 'group', error: 'FENCED_INSTANCE_ID' }]);
    expect(count('JoinGroup')).toBe(joins + 1);
  });
});

describe('between joining and the assignment', () => {
  const commitOf = ({ setting, reader }: ReturnType<typeof member>) =>
    setting.world.finish(reader.runtime, reader.consumer.commit([{ ...zero, offset: 5 }]));
  const refused = { ok: false, error: { error: 'REBALANCE_IN_PROGRESS', certainty: 'not-written' } };

  test('a commit is refused, and asks for no further round', () => {
    const of = member('cooperative-sticky');
    const { reader, count } = of;
    const joins = count('JoinGroup');
    const { generationId } = reader.consumer;
    // The leader cannot assign at once: it waits for news of a topic that is not there.
    reader.consumer.subscribe(['orders', 'missing']);
    while (reader.consumer.generationId === generationId) reader.pollFor(50);
    expect(commitOf(of)).toEqual(refused);
    reader.pollFor(12_000);
    expect(reader.events).toEqual(['assigned 0,1,2,3', 'assigned ']);
    expect([reader.partitions, count('JoinGroup')]).toEqual([[0, 1, 2, 3], joins + 1]);
    expect(commitOf(of)).toEqual({ ok: true, value: undefined });
  });

  test('one that is tried again on another connection is refused, and the member joins once more', () => {
    const of = member('cooperative-sticky');
    const { setting, reader, count } = of;
    const joins = count('JoinGroup');
    const { generationId } = reader.consumer;
    let lost = false;
    setting.cluster.script = (api) => {
      if (api === 'SyncGroup' && !lost) return { kind: 'silence' };
      if (api !== 'OffsetCommit' || lost) return undefined;
      lost = true;
      return { kind: 'lose-request' };
    };
    setting.cluster.groups.group('g').state = 'joining';
    while (reader.consumer.generationId === generationId) reader.pollFor(50);
    expect(commitOf(of)).toMatchObject({ ok: false, error: { error: 'REBALANCE_IN_PROGRESS' } });
    expect(setting.cluster.groups.committed('g', 'orders-0')).toBeUndefined();
    reader.pollFor(8_000);
    expect([reader.partitions, count('JoinGroup')]).toEqual([[0, 1, 2, 3], joins + 2]);
    expect(commitOf(of)).toEqual({ ok: true, value: undefined });
  });
});
