// The timeline in letters, and the trail in sentences.

import { expect, test } from 'vitest';
import type { AnyEvent } from '../record/events.ts';
import { lanesText } from './lanes-text.ts';
import { trailSentences } from './trail-sentences.ts';

const at = (timeUs: number, node: string, event: AnyEvent) => ({ timeUs, node, incarnation: 1, event });

const trace = [
  at(0, 'client-1', { kind: 'node-booted', role: 'client' }),
  at(0, 'broker-1', { kind: 'node-booted', role: 'broker' }),
  at(360_000, 'broker-1', { kind: 'power-lost', writes: 1, lostWrites: 1, tornWrites: 0, lostNames: 0 }),
  at(540_000, 'broker-1', { kind: 'node-booted', role: 'broker' }),
  at(600_000, 'broker-1', { kind: 'node-paused', reason: 'x' }),
] as const;

const effect = (fault: string, tookEffect: boolean, fromUs: number, toUs: number) => ({
  ...{ fault, target: 'broker-1', tookEffect },
  began: { timeUs: fromUs },
  ended: { timeUs: toUs },
});

test('a timeline has a row for each node, brokers first, and for each fault that took effect', () => {
  const effects = [effect('power-loss', true, 360_000, 540_000), effect('wipe', false, 0, 1)];
  const lines = lanesText({ trace, effects, endUs: 720_000, findingUs: 180_000 });
  const width = 'power-loss of broker-1'.length;
  expect(lines[1]).toBe(
    `${'broker-1'.padStart(width)} |>${'='.repeat(35)}!${'.'.repeat(17)}>${'='.repeat(5)}${'~'.repeat(12)}|`,
  );
  expect(lines[2]).toBe(`${'client-1'.padStart(width)} |>${'='.repeat(71)}|`);
  expect(lines[3]).toBe(`power-loss of broker-1 |${' '.repeat(36)}${'-'.repeat(19)}${' '.repeat(17)}|`);
  expect(lines[4]).toBe(`${' '.repeat(width + 2 + 18)}^ finding`);
  expect(lines.join('\n')).not.toContain('wipe');
});

test('nothing is drawn of a run without a trace', () => {
  expect(lanesText({ trace: [], effects: [], endUs: 10, findingUs: null })).toEqual([]);
});

test('a trail is told by what its steps said, not by how bytes travel; its last step is always told', () => {
  const bytes = at(2, 'b', { kind: 'bytes-delivered', connection: 1, from: 'a', bytes: 9 });
  const step = (number: number, label: string, ...events: (typeof bytes)[]) => ({
    ...{ step: number, timeUs: number, node: 'b', label, events, repeated: 3 },
  });
  const received = at(2, 'b', {
    ...{ kind: 'request-received', api: 'Fetch', version: 1, correlationId: 4, peer: 'a:40000' },
  });
  const trail = [
    step(1, 'timer'),
    step(2, 'connection: bytes arrive', bytes, received),
    step(3, 'connection: send'),
  ];
  const told = trailSentences(trail, String).map(({ text }) => text);
  expect(told).toEqual([
    'a timer of b fires, after 3 like it',
    'b receives the request Fetch (number 4) of a',
    'b: connection: send',
  ]);
  expect(trailSentences([step(1, 'x', bytes)], String).map(({ text }) => text)).toEqual([
    '9 bytes of a reach b',
  ]);
});
