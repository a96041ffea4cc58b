// What goes when not all fits: the least important and the farthest, and it is counted.

import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { registries } from '../../sim/index.ts';
import { eventDocs } from '../../sim/record/events.ts';
import { lost, smallTrace } from '../testing-suite.ts';
import { EventColumns } from './columns.ts';
import { fitEvents, pageEvents } from './fit.ts';
import { kindRows, type PageEvent } from './page-event.ts';
import { hasPromise } from './promises.ts';
import { manyEvents } from './testing-run.ts';

function unpacked(letters: string): PageEvent[] {
  const columns = new EventColumns(inflateRawSync(Buffer.from(letters, 'base64')));
  return Array.from({ length: columns.count }, (_, at) => columns.event(at));
}

describe('fitting', () => {
  const events = pageEvents(manyEvents(20_000), []);

  test('keeps everything when there is room, in the same letters each time', () => {
    const all = fitEvents(events, lost, 1_000_000);
    expect(all.kept).toBe(20_000);
    expect(all.leftOut).toEqual([]);
    expect(unpacked(all.letters)).toEqual(events);
    expect(fitEvents(events, lost, 1_000_000).letters).toBe(all.letters);
  });

  test('keeps landmarks, and what is near the finding, within its size', () => {
    const some = fitEvents(events, lost, 30_000);
    expect(some.letters.length).toBeLessThanOrEqual(30_000);
    expect(some.letters.length).toBeGreaterThan(15_000);
    const kept = unpacked(some.letters);
    const crashes = (list: readonly PageEvent[]) =>
      list.filter(({ event }) => event.kind === 'node-crashed').length;
    expect(crashes(kept)).toBe(crashes(events));
    expect(crashes(events)).toBeGreaterThan(0);
    const missing = some.leftOut.reduce((sum, [, count]) => sum + count, 0);
    expect(missing).toBe(events.length - some.kept);
    const distance = (list: readonly PageEvent[]) =>
      Math.max(
        ...list
          .filter(({ event }) => event.kind === 'request-sent')
          .map(({ timeUs }) => Math.abs(timeUs - lost.timeUs)),
      );
    expect(distance(kept)).toBeLessThan(distance(events));
    expect(kept.map(({ step }) => step)).toEqual([...kept.map(({ step }) => step)].sort((a, b) => a - b));
  });

  test('keeps nothing where there is no room, and no more events than a browser draws', () => {
    expect(fitEvents(events, null, 10).kept).toBe(0);
    expect(fitEvents(events, null, 1_000_000, 50).kept).toBe(50);
  });

  test('drops what nobody reads', () => {
    const planned = pageEvents(smallTrace, []).find(({ event }) => event.kind === 'append-planned');
    expect(planned?.event).toHaveProperty('baseOffset', 7);
    expect(planned?.event).not.toHaveProperty('crc');
  });
});

test('every kind of event has its group', () => {
  expect(Object.keys(kindRows)).toEqual(expect.arrayContaining(Object.keys(eventDocs)));
});

test('every invariant has its promise in plain words', () => {
  const invariants = registries.checkers.flatMap(({ invariants }) => Object.keys(invariants));
  expect(invariants.length).toBeGreaterThan(20);
  expect(invariants.filter((name) => !hasPromise(name))).toEqual([]);
});
