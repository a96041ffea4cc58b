// In which order the halves of a round run. Pure.
//
// Rounds come in pairs: an order is drawn, and the second round is its mirror image, as in ABBA and BAAB. Whatever
// changes steadily over a pair then falls on each of them alike.

import { SeededRandom } from '../random.ts';

/** A, A again as a control, and B. */
export const halves = ['a', 'control', 'b'] as const;
export type Half = (typeof halves)[number];

/** The orders of `rounds` rounds; without a control it is left out. */
export function ordersOf(rounds: number, seed: string, withControl: boolean): Half[][] {
  const random = new SeededRandom(`${seed}/order`);
  const orders: Half[][] = [];
  while (orders.length < rounds) {
    const drawn = shuffled(withControl ? halves : ['a', 'b'], random);
    orders.push(drawn, drawn.toReversed());
  }
  return orders.slice(0, rounds);
}

function shuffled(of: readonly Half[], random: SeededRandom): Half[] {
  const rest = [...of];
  const order: Half[] = [];
  while (rest.length > 0) {
    const at = Math.floor((random.word() / 2 ** 32) * rest.length);
    order.push(...rest.splice(at, 1));
  }
  return order;
}

/** Which of two halves came first. */
export function orderOf(order: readonly Half[], a: Half, b: Half): 'AB' | 'BA' {
  return order.indexOf(a) < order.indexOf(b) ? 'AB' : 'BA';
}
