// Who leads what, told by the trace alone.

import { beforeEach, expect, test } from 'vitest';
import { partitionOfGroup } from '../engine/index.ts';
import { ClusterModel } from './cluster-model.ts';

let model: ClusterModel;

beforeEach(() => {
  model = new ClusterModel(new Map([1, 2, 3].map((id) => [id, `broker-${id}`])));
});

function see(kind: string, fields: Record<string, unknown>, node = 'broker-1'): void {
  model.see({ step: 1, timeUs: 1, node, incarnation: 1, event: { kind, ...fields } });
}

function committed(leader: number, isr: string, partitionEpoch: number, more: object = {}): void {
  const place = { topic: 'orders', partition: 0, topicId: 'a', replicas: '1,2,3' };
  see('partition-committed', { ...place, leader, isr, partitionEpoch, ...more });
}

test('what was committed last holds; what is told late does not', () => {
  expect(model.leaderOf('orders', 0)).toBeUndefined();
  expect(model.replicasOf('orders', 0)).toBeUndefined();
  committed(1, '1,2,3', 0);
  committed(2, '2,3', 5);
  committed(1, '1', 4);
  expect(model.leaderOf('orders', 0)).toBe('broker-2');
  expect(model.replicasOf('orders', 0)).toEqual({
    replicas: ['broker-1', 'broker-2', 'broker-3'],
    isr: ['broker-2', 'broker-3'],
  });
  expect(model.isInSync('broker-1')).toBe(false);
  expect(model.isInSync('broker-3')).toBe(true);
});

test('nobody leads, and an empty ISR', () => {
  committed(-1, '', 1);
  expect(model.leaderOf('orders', 0)).toBeUndefined();
  expect(model.replicasOf('orders', 0)?.isr).toEqual([]);
});

test('a topic that was made again begins anew, and news of the old one does not end it', () => {
  committed(1, '1,2,3', 9);
  committed(3, '3', 0, { topicId: 'b' });
  see('topic-deleted', { topic: 'orders', topicId: 'a' });
  expect(model.leaderOf('orders', 0)).toBe('broker-3');
  see('topic-deleted', { topic: 'orders', topicId: 'b' });
  expect(model.leaderOf('orders', 0)).toBeUndefined();
});

test('the active controller is the one of the newest epoch, until it resigns', () => {
  see('controller-activated', { epoch: 3 }, 'broker-1');
  see('controller-activated', { epoch: 5 }, 'broker-2');
  see('controller-activated', { epoch: 4 }, 'broker-3');
  expect(model.controller()).toBe('broker-2');
  see('controller-resigned', { epoch: 3 }, 'broker-1');
  expect(model.controller()).toBe('broker-2');
  see('controller-resigned', { epoch: 5 }, 'broker-2');
  expect(model.controller()).toBeUndefined();
});

test('a group is coordinated by the leader of its partition of the offsets topic', () => {
  expect(model.coordinatorOf('billing')).toBeUndefined();
  for (let partition = 0; partition < 3; partition++) {
    committed(partition + 1, '1,2,3', 0, { topic: '__consumer_offsets', partition });
  }
  expect(model.coordinatorOf('billing')).toBe(`broker-${partitionOfGroup('billing', 3) + 1}`);
});
