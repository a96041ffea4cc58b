// Every event has a sentence that reads as one: no field that is missing, no name of a kind, no full stop of its own.

import { describe, expect, test } from 'vitest';
import { type AnyEvent, eventDocs } from '../record/events.ts';
import { nodeNames, sentenceKinds, sentenceOf } from './sentences.ts';

/** Any field that a kind may have, with a value that can be found again. */
const fields: Readonly<Record<string, string | number | boolean>> = {
  ...{ topic: 'orders', partition: 7, peer: 'broker-2:9092', local: 'produce-1:40000', api: 'Produce' },
  ...{
    isr: '1,2',
    mark: 'a-rare-turn',
    replicas: '1,2,3',
    reason: 'because',
    group: 'billing',
    text: 'words',
    state: 'stable',
  },
  ...{ fault: 'crash', target: 'broker-1', from: 'broker-1', to: 'broker-2:9092', role: 'broker' },
  ...{ path: 'orders-0/0.log', operation: 'write', how: 'prefix', change: 'rename', label: 'task' },
  ...{ message: 'broken', resource: 'broker:', key: 'k', value: 'v', leads: true, unclean: true },
  ...{ cleanShutdown: false, cacheKept: false, incarnationId: 'x', topicId: 'y' },
};

/** Numbers for all that is not named above. */
const anyEvent = (kind: string) =>
  new Proxy({ kind } as Record<string, unknown>, {
    get: (target, name) => target[name as string] ?? fields[name as string] ?? 4,
    has: () => true,
  }) as unknown as AnyEvent;

const named = (id: number) => `broker-${id}`;

describe('a sentence', () => {
  test.each(Object.keys(eventDocs))('of %s', (kind) => {
    const text = sentenceOf({ node: 'broker-9', incarnation: 2, event: anyEvent(kind) }, named);
    expect(text).not.toMatch(/undefined|NaN|\[object|:\d{4,}/);
    expect(text).not.toContain(`${kind} `);
    expect(text).toMatch(/^[a-z0-9].*[^.]$/);
    expect(text.split(' ').length).toBeGreaterThan(2);
  });

  test('is there for every kind, and for no other', () => {
    expect(sentenceKinds().sort()).toEqual(Object.keys(eventDocs).sort());
  });

  test('names the life where it is not the first, errors by their names, and nodes by what they are called', () => {
    const named = nodeNames([
      {
        node: 'controller-1',
        incarnation: 1,
        event: { kind: 'broker-started', brokerId: 101, cleanShutdown: true },
      },
    ]);
    const told = (event: AnyEvent, incarnation = 1) =>
      sentenceOf({ node: 'broker-1', incarnation, event }, named);
    const refused = { topic: 't', partition: 0, error: 6, baseOffset: -1, acks: -1 };
    expect(told({ kind: 'produce-answered', ...refused }, 3)).toBe(
      'broker-1 (life 3) refuses a write to t/0: NOT_LEADER_OR_FOLLOWER (acks=all)',
    );
    expect(told({ kind: 'raft-vote-granted', epoch: 5, candidate: 101 })).toContain('votes for controller-1');
    expect(told({ kind: 'broker-fenced', brokerId: 3, brokerEpoch: 1 })).toContain('fences broker-3');
  });

  test('of a kind that this version does not know says its fields', () => {
    const event = { kind: 'brand-new', size: 3 } as unknown as AnyEvent;
    expect(sentenceOf({ node: 'n', incarnation: 1, event }, named)).toBe('n: brand-new size=3');
  });
});
