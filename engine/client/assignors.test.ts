// The assignors: Kafka's own examples, and for the sticky one what it promises, over random histories.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TopicPartition } from '../base/ids.ts';
import { assignPartitions, type GroupAssignment, type GroupMember } from './assignors.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-wire.ts';

function member(memberId: string, topics: readonly string[], more: Partial<GroupMember> = {}): GroupMember {
  return { memberId, groupInstanceId: null, topics, ownedPartitions: [], generationId: -1, ...more };
}

function shown(given: GroupAssignment): Record<string, string> {
  return Object.fromEntries(
    [...given].map(([id, list]) => [
      id,
      list.map(({ topic, partition }) => `${topic}${partition}`).join(' '),
    ]),
  );
}

describe('range and roundrobin', () => {
  const counts = new Map([
    ['a', 3],
    ['b', 3],
  ]);

  test('range gives the first members of each topic one more', () => {
    const given = assignPartitions('range', [member('y', ['a', 'b']), member('x', ['a', 'b'])], counts);
    expect(shown(given)).toEqual({ x: 'a0 a1 b0 b1', y: 'a2 b2' });
  });

  test('static members come first, by their instance', () => {
    const members = [member('a', ['a']), member('z', ['a'], { groupInstanceId: 'i' })];
    expect(shown(assignPartitions('range', members, counts))).toEqual({ z: 'a0 a1', a: 'a2' });
  });

  test('roundrobin deals across topics and passes over members without the topic', () => {
    const given = assignPartitions('roundrobin', [member('x', ['a', 'b']), member('y', ['b'])], counts);
    expect(shown(given)).toEqual({ x: 'a0 a1 a2 b1', y: 'b0 b2' });
    const alike = assignPartitions('roundrobin', [member('x', ['a', 'b']), member('y', ['a', 'b'])], counts);
    expect(shown(alike)).toEqual({ x: 'a0 a2 b1', y: 'a1 b0 b2' });
  });

  test('a topic that nobody has any more is passed over', () => {
    expect(shown(assignPartitions('range', [member('x', ['gone'])], counts))).toEqual({ x: '' });
  });
});

describe('cooperative-sticky', () => {
  test('withholds what moves for one round, then gives it', () => {
    const counts = new Map([['a', 4]]);
    const owned = [0, 1, 2, 3].map((partition) => ({ topic: 'a', partition }));
    const one = member('x', ['a'], { ownedPartitions: owned, generationId: 1 });
    const first = assignPartitions('cooperative-sticky', [one, member('y', ['a'])], counts);
    expect(shown(first)).toEqual({ x: 'a0 a1', y: '' });
    const kept = member('x', ['a'], { ownedPartitions: first.get('x') ?? [], generationId: 2 });
    const second = assignPartitions('cooperative-sticky', [kept, member('y', ['a'])], counts);
    expect(shown(second)).toEqual({ x: 'a0 a1', y: 'a2 a3' });
  });

  test('believes the younger of two claims', () => {
    const counts = new Map([['a', 2]]);
    const zero = [{ topic: 'a', partition: 0 }];
    const stale = member('x', ['a'], { ownedPartitions: zero, generationId: 3 });
    const fresh = member('y', ['a'], { ownedPartitions: zero, generationId: 4 });
    expect(shown(assignPartitions('cooperative-sticky', [stale, fresh], counts))).toEqual({
      x: 'a1',
      y: 'a0',
    });
  });

  test('over random changes: balanced, whole, and never in two hands', () => {
    const steps = fc.array(
      fc.record({ join: fc.boolean(), who: fc.nat(5), partitions: fc.integer({ min: 1, max: 9 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(steps, (history) => {
        let owned = new Map<string, readonly TopicPartition[]>([['m0', []]]);
        let generationId = 0;
        for (const { join, who, partitions } of history) {
          const id = `m${who}`;
          if (join) owned.set(id, owned.get(id) ?? []);
          else if (owned.size > 1) owned.delete(id);
          const counts = new Map([
            ['a', partitions],
            ['b', 3],
          ]);
          for (let round = 0; ; round++) {
            expect(round).toBeLessThan(3);
            const before = owned;
            const members = [...owned].map(([memberId, ownedPartitions]) =>
              member(memberId, ['a', 'b'], { ownedPartitions, generationId }),
            );
            const given = assignPartitions('cooperative-sticky', members, counts);
            generationId++;
            const all = [...given].flatMap(([memberId, list]) =>
              list.map(({ topic, partition }) => ({ memberId, key: `${topic}${partition}` })),
            );
            expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
            for (const { memberId, key } of all) {
              for (const [other, list] of before) {
                if (other === memberId) continue;
                const held = list.some(({ topic, partition }) => `${topic}${partition}` === key);
                expect(held, `${key} goes to ${memberId} while ${other} has it`).toBe(false);
              }
            }
            owned = new Map(given);
            if (all.length < partitions + 3) continue;
            const sizes = [...given.values()].map((list) => list.length);
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
            break;
          }
        }
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

test('subscriptions and assignments survive the wire, and strange bytes are refused', () => {
  const subscription = {
    topics: ['a', 'b'],
    ownedPartitions: [{ topic: 'a', partition: 3 }],
    generationId: 5,
  };
  expect(decodeSubscription(encodeSubscription(subscription, ''))).toEqual({ ok: true, value: subscription });
  const partitions = [
    { topic: 'a', partition: 0 },
    { topic: 'b', partition: 2 },
  ];
  expect(decodeAssignment(encodeAssignment(partitions))).toEqual({ ok: true, value: partitions });
  expect(decodeAssignment(new Uint8Array(0))).toEqual({ ok: true, value: [] });
  expect(decodeSubscription(Uint8Array.of(0, 1, 255, 255, 255, 255)).ok).toBe(false);
});
