// Consumers of a group whose coordinator moves, loads, and is gone for a while.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { type ConsumerOverrides, Setting } from './testing-reader.ts';

const assigned = 'assigned 0,1,2,3';

/** A member of a stable group of one, with broker 1 as coordinator; no partition is led there. */
function member(options: ConsumerOverrides = {}) {
  const setting = new Setting([1, 2, 3]);
  for (const partition of [0, 1, 2, 3]) setting.cluster.lead('orders', partition, 3);
  const reader = setting.consumer({ groupId: 'g', autoCommitIntervalMs: 300, ...options });
  reader.subscribe();
  reader.pollFor(1_500);
  expect(reader.events).toEqual([assigned]);
  const asked = (api: string) => setting.cluster.requests.filter((request) => request.api === api);
  return { setting, reader, asked };
}

describe('a coordinator that moved', () => {
  test('is looked for by the next heartbeat and the next commit; the group stays as it is', () => {
    const { setting, reader, asked } = member();
    setting.cluster.coordinatorId = 2;
    setting.append(0, ['a']);
    reader.pollFor(8_000);
    expect(reader.events).toEqual([assigned]);
    expect(reader.consumer.takeProblems()).toEqual([]);
    expect(setting.cluster.groups.committed('g', 'orders-0')).toBe(1);
    expect(asked('Heartbeat').at(-1)?.nodeId).toBe(2);
    expect(asked('JoinGroup').every(({ nodeId }) => nodeId === 1)).toBe(true);
  });

  test('is told when the member leaves', () => {
    const { setting, reader, asked } = member();
    setting.cluster.coordinatorId = 2;
    setting.world.finish(reader.runtime, reader.consumer.close());
    expect(setting.cluster.groups.group('g').members.size).toBe(0);
    expect(asked('LeaveGroup').at(-1)?.nodeId).toBe(2);
  });

  test('because its broker is gone is found among the others', () => {
    const { setting, reader, asked } = member();
    setting.cluster.stopNode(1);
    setting.append(0, ['a']);
    reader.pollFor(2_000);
    setting.cluster.coordinatorId = 2;
    reader.pollFor(6_000);
    expect(reader.values).toEqual(['a']);
    expect(setting.cluster.groups.committed('g', 'orders-0')).toBe(1);
    expect(asked('Heartbeat').at(-1)?.nodeId).toBe(2);
    expect(reader.events).toEqual([assigned]);
  });

  test('in the middle of a round is joined again, under the same member id', () => {
    const { setting, reader } = member();
    const { memberId } = reader.consumer;
    let moved = false;
    setting.cluster.script = (api) => {
      if (api !== 'SyncGroup' || moved) return undefined;
      moved = true;
      setting.cluster.coordinatorId = 2;
      return { kind: 'error', errorCode: ErrorCode.NOT_COORDINATOR };
    };
    setting.cluster.groups.group('g').state = 'joining';
    reader.pollFor(10_000);
    expect(moved).toBe(true);
    expect(reader.consumer.memberId).toBe(memberId);
    expect(reader.events.at(-1)).toBe(assigned);
    expect(reader.consumer.takeProblems()).toEqual([]);
  });

  test('a heartbeat that nobody took is sent again soon', () => {
    const { setting, reader, asked } = member({ heartbeatIntervalMs: 10_000, enableAutoCommit: false });
    setting.cluster.script = (api) =>
      api === 'Heartbeat' && asked('Heartbeat').length <= 3
        ? { kind: 'error', errorCode: ErrorCode.NOT_COORDINATOR }
        : undefined;
    reader.pollFor(12_000);
    expect(asked('Heartbeat')).toHaveLength(4);
  });
});

describe('a coordinator that is not ready', () => {
  for (const errorCode of [
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_COORDINATOR,
  ]) {
    for (const api of ['FindCoordinator', 'JoinGroup', 'SyncGroup', 'OffsetFetch', 'OffsetCommit']) {
      test(`is waited for: ${api} answered ${errorCode}`, () => {
        const setting = new Setting([1, 2]);
        let refusals = 0;
        setting.cluster.script = (asked) =>
          asked === api && refusals < 3 && ++refusals > 0 ? { kind: 'error', errorCode } : undefined;
        setting.append(0, ['a']);
        const reader = setting.consumer({ groupId: 'g', autoCommitIntervalMs: 200 });
        reader.subscribe();
        reader.pollFor(8_000);
        expect(refusals).toBe(3);
        expect(reader.values).toEqual(['a']);
        expect(setting.cluster.groups.committed('g', 'orders-0')).toBe(1);
        expect(reader.consumer.takeProblems()).toEqual([]);
      });
    }
  }
});
