// The words with which scenarios name nodes.

import { describe, expect, test } from 'vitest';
import { targetsOf } from './targets.ts';
import { TestingStage } from './testing-stage.ts';

function cluster(seed = '1') {
  const brokers = [1, 2, 3, 4, 5].map((id) => `broker-${id}`);
  const controllers = [1, 2, 3].map((id) => `controller-${id}`);
  const stage = new TestingStage(seed, brokers, ['produce-1', 'produce-2'], controllers);
  stage.partitions.set('orders/0', {
    replicas: ['broker-2', 'broker-3', 'broker-5'],
    isr: ['broker-2', 'broker-5'],
  });
  return stage;
}

function named(text: string, seed = '1', beside: readonly string[] = []): string[] {
  const stage = cluster(seed);
  const besides = stage.nodes.filter(({ name }) => beside.includes(name));
  return targetsOf(text, 'broker', stage, stage.draws('target'), besides).map(({ name }) => name);
}

/** What ten seeds make of it. */
function everNamed(text: string): Set<string> {
  return new Set(Array.from({ length: 10 }, (_, seed) => named(text, String(seed))).flat());
}

describe('of a partition', () => {
  test('leader, followers, in sync or not, and the ISR', () => {
    expect(named('leader-of orders/0')).toEqual(['broker-2']);
    expect(named('followers-of orders/0')).toEqual(['broker-3', 'broker-5']);
    expect(named('isr-of orders/0')).toEqual(['broker-2', 'broker-5']);
    expect(named('outside-isr-of orders/0')).toEqual(['broker-3']);
    expect(named('follower-of orders/0').length).toBe(1);
    expect(everNamed('follower-of orders/0')).toEqual(new Set(['broker-3', 'broker-5']));
  });

  test('nobody, when there is no such partition', () => {
    for (const word of ['follower-of', 'followers-of', 'isr-of', 'outside-isr-of'])
      expect(named(`${word} other/0`)).toEqual([]);
  });
});

describe('of a crowd', () => {
  test('minorities and majorities of brokers and of voters', () => {
    expect(named('minority').length).toBe(2);
    expect(named('majority').length).toBe(3);
    expect(named('voters-minority').length).toBe(1);
    expect(named('voters-majority').length).toBe(2);
    expect([...everNamed('voters-minority')].every((name) => name.startsWith('controller-'))).toBe(true);
    expect(everNamed('voters-minority').size).toBeGreaterThan(1);
  });

  test('roles, and whoever is not in a set', () => {
    expect(named('controllers')).toEqual(['controller-1', 'controller-2', 'controller-3']);
    expect(named('controller')).toEqual(['controller-1']);
    expect(named('active-controller')).toEqual(['controller-1']);
    expect(named('clients')).toEqual(['produce-1', 'produce-2']);
    const beside = ['broker-1', 'broker-2', 'controller-1', 'controller-2', 'controller-3'];
    expect(named('others', '1', beside)).toEqual([
      'broker-3',
      'broker-4',
      'broker-5',
      'produce-1',
      'produce-2',
    ]);
  });

  test('several at once, each node once', () => {
    expect(named('broker-5, leader-of orders/0, isr-of orders/0, controller')).toEqual([
      'broker-2',
      'broker-5',
      'controller-1',
    ]);
  });
});
