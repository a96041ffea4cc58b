// Simulated measurements, for the tests of the verdicts: what a shared machine does to a broker that costs the same
// in every round. Log-normal noise of each half, a tail of halves that were disturbed, a drift over the comparison
// and a wander from half to half.

import { SeededRandom } from '../random.ts';
import { isAdrift } from './drift.ts';
import { looksFor } from './looks.ts';
import { type Half, ordersOf } from './order.ts';
import { judge, type Verdict } from './verdict.ts';

export interface Noise {
  /** Standard deviation of the logarithm of one half. */
  readonly deviation: number;
  /** The share of halves that were disturbed, and by how much at the mean. */
  readonly disturbedShare: number;
  readonly disturbance: number;
  /** Over thirty rounds. */
  readonly drift: number;
  readonly wander: number;
}

export class SimulatedMachine {
  readonly #random: SeededRandom;
  readonly #noise: Noise;
  #level = 0;

  constructor(noise: Noise, seed: string) {
    this.#noise = noise;
    this.#random = new SeededRandom(seed);
  }

  /** What A and B cost in each round; `shift` 0.05 when B costs 5 % more. */
  rounds(rounds: number, shift: number, seed: string): { a: number; b: number }[] {
    return ordersOf(rounds, seed, false).map((order) => {
      const cost = new Map<Half, number>();
      for (const half of order) cost.set(half, this.#half() * (half === 'b' ? 1 + shift : 1));
      return { a: cost.get('a') as number, b: cost.get('b') as number };
    });
  }

  #half(): number {
    const { deviation, disturbedShare, disturbance, drift, wander } = this.#noise;
    this.#level += drift / 60 + wander * this.#normal();
    const disturbed = this.#random.fraction() < disturbedShare;
    const more = disturbed ? -disturbance * Math.log(this.#random.fraction()) : 0;
    return 10 * Math.exp(this.#level + deviation * this.#normal() + more);
  }

  /** Box and Muller. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.#random.fraction()));
    return radius * Math.cos(2 * Math.PI * this.#random.fraction());
  }
}

/** The whole procedure, look by look, as `suite.ts` does it with real rounds. */
export function simulatedVerdict(
  noise: Noise,
  shift: number,
  { margin, first, most, seed }: { margin: number; first: number; most: number; seed: string },
): { verdict: Verdict; rounds: number } {
  const looks = looksFor(first, most);
  const last = looks.at.at(-1) as number;
  const all = new SimulatedMachine(noise, seed).rounds(last, shift, seed);
  for (const rounds of looks.at) {
    const seen = all.slice(0, rounds);
    const judged = judge(
      seen.map(({ a, b }) => b / a),
      margin,
      looks.surety,
      seed,
    );
    if (judged.verdict !== 'inconclusive' && !isAdrift(seen)) return { verdict: judged.verdict, rounds };
  }
  return { verdict: 'inconclusive', rounds: last };
}
