// What is kept of very many anomalies: all are counted, the worst are told.

import { expect, test } from 'vitest';
import { type Sighting, Sightings, witnessesMax } from './sightings.ts';

function sighting(weight: number): Sighting {
  return { key: 0, values: [], operations: [], weight };
}

function weights(found: Sightings): number[] {
  return [...found.all()].flatMap(({ worst }) => worst.map(({ weight }) => weight));
}

/** 0 to 100, neither rising nor falling. */
const mixed = Array.from({ length: 101 }, (_, place) => (place * 37) % 101);

test('the largest, where larger is worse', () => {
  const found = new Sightings();
  for (const weight of mixed) found.add('poll-skip', sighting(weight));
  expect(found.count('poll-skip')).toBe(101);
  expect(weights(found)).toEqual(Array.from({ length: witnessesMax }, (_, place) => 100 - place));
});

test('the smallest, where smaller is worse', () => {
  const found = new Sightings();
  for (const weight of mixed) found.add('nonmonotonic-poll', sighting(-weight));
  expect(weights(found)).toEqual(Array.from({ length: witnessesMax }, (_, place) => -100 + place));
});

test('few are told in order as well, and one may stand for many', () => {
  const found = new Sightings();
  expect(found.isEmpty).toBe(true);
  for (const weight of [2, 9, 5]) found.add('unseen', sighting(weight), weight);
  expect([found.isEmpty, found.count('unseen')]).toEqual([false, 16]);
  expect(weights(found)).toEqual([9, 5, 2]);
});
