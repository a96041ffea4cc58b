// The window of time: never outside the run, and what is zoomed stays under the pointer.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centred, firstAt, moved, niceStep, secondsText, type View, viewOf, zoomed } from './view.ts';

const endUs = 1_000_000;
const inside = ({ fromUs, toUs }: View) => fromUs >= 0 && toUs <= endUs && toUs - fromUs >= 39.999;
const time = fc.double({ min: -2 * endUs, max: 2 * endUs, noNaN: true });

test('every window lies in the run', () => {
  fc.assert(
    fc.property(time, time, time, fc.double({ min: 0.01, max: 100, noNaN: true }), (a, b, c, factor) => {
      const view = viewOf(a, b, endUs);
      for (const next of [
        view,
        zoomed(view, factor, c, endUs),
        moved(view, c, endUs),
        centred(view, c, endUs),
      ]) {
        expect(inside(next)).toBe(true);
      }
    }),
  );
});

test('zooming keeps the moment under the pointer where it is', () => {
  const view = viewOf(400_000, 600_000, endUs);
  const share = ({ fromUs, toUs }: View) => (450_000 - fromUs) / (toUs - fromUs);
  expect(share(zoomed(view, 0.1, 450_000, endUs))).toBeCloseTo(share(view), 9);
});

test('places and steps', () => {
  expect([0, 5, 6, 20, 21].map((at) => firstAt([5, 5, 20], at))).toEqual([0, 0, 2, 2, 3]);
  expect([1, 3, 30, 5_000, 5_001].map(niceStep)).toEqual([1, 5, 50, 5_000, 10_000]);
  expect([1, 50, 20_000, 1_000_000, 5_000_000].map((step) => secondsText(3_140_000, step))).toEqual([
    ...['3.140000', '3.14000', '3.14', '3', '3'],
  ]);
});
