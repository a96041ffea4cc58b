// The search for the highest rate that meets an objective, whatever a rate and an objective are: up in doublings until
// one fails, then bisection of what is between, in the logarithm. Pure: measuring is somebody else's.
//
// One sample of a noisy machine decides nothing: a point that bounds the answer is measured until two samples of it
// agree. On the way up a rate that is met once is believed for now, because a higher one follows; the last of them is
// measured again before it is called the answer.

import { assert } from '../../engine/index.ts';

export interface SearchPlan {
  /** Where to begin. */
  readonly startRate: number;
  readonly rateMin: number;
  readonly rateMax: number;
  /** From one rate to the next, on the way up or down. */
  readonly factor: number;
  /** Done when the lowest that fails is at most so many times the highest that meets it. */
  readonly resolution: number;
  /** How often may be measured, at the most. */
  readonly stepsMax: number;
}

export interface Found {
  /** The highest rate that met the objective twice; null: none did. */
  readonly rate: number | null;
  /** The lowest that failed; null: none did, up to the highest rate there is. */
  readonly failedAt: number | null;
  /** False: the search had to stop before the two were close. */
  readonly close: boolean;
}

interface Votes {
  met: number;
  failed: number;
}

/** `measure`: whether this rate meets the objective, this time. `isOver`: no more time. */
export async function searchKnee(
  plan: SearchPlan,
  measure: (rate: number) => Promise<boolean>,
  isOver: () => boolean,
): Promise<Found> {
  assert(plan.factor > 1 && plan.resolution > 1, 'a search goes on, and ends');
  assert(
    plan.rateMin <= plan.startRate && plan.startRate <= plan.rateMax,
    'a search begins between its bounds',
  );
  return new Search(plan, measure, isOver).run();
}

class Search {
  readonly #plan: SearchPlan;
  readonly #measure: (rate: number) => Promise<boolean>;
  readonly #isOver: () => boolean;
  readonly #votes = new Map<number, Votes>();
  #steps = 0;

  constructor(plan: SearchPlan, measure: (rate: number) => Promise<boolean>, isOver: () => boolean) {
    this.#plan = plan;
    this.#measure = measure;
    this.#isOver = isOver;
  }

  async run(): Promise<Found> {
    while (!this.#exhausted()) {
      const next = this.#next();
      if (next === undefined) break;
      await this.#sample(next);
    }
    const rate = this.#met(2);
    const failedAt = this.#failed();
    return { rate: rate ?? null, failedAt: failedAt ?? null, close: this.#next() === undefined };
  }

  /** What is to be measured next; undefined when there is nothing left to learn. */
  #next(): number | undefined {
    const { startRate, rateMin, rateMax, factor, resolution } = this.#plan;
    const undecided = this.#undecidedFailure();
    if (undecided !== undefined) return undecided;
    const failed = this.#failed();
    const met = this.#met(1);
    if (met === undefined) {
      if (failed === undefined) return startRate;
      return failed <= rateMin ? undefined : Math.max(rateMin, whole(failed / factor));
    }
    if (failed === undefined && met < rateMax) return Math.min(rateMax, whole(met * factor));
    // Rates are whole numbers: two neighbours have nothing between them.
    const between = failed === undefined ? met : whole(Math.sqrt(met * failed));
    const close = failed === undefined || failed / met <= resolution || between <= met || between >= failed;
    if (!close) return between;
    return this.#votesOf(met).met < 2 ? met : undefined;
  }

  /** A rate that failed as often as it was met, and may still bound the answer. */
  #undecidedFailure(): number | undefined {
    const failed = this.#failed() ?? Number.POSITIVE_INFINITY;
    let lowest: number | undefined;
    for (const [rate, votes] of this.#votes) {
      if (rate >= failed || decided(votes) || votes.failed === 0) continue;
      if (lowest === undefined || rate < lowest) lowest = rate;
    }
    return lowest;
  }

  /** The lowest rate of which most samples failed. */
  #failed(): number | undefined {
    let lowest: number | undefined;
    for (const [rate, { met, failed }] of this.#votes) {
      if (failed < 2 || failed < met) continue;
      if (lowest === undefined || rate < lowest) lowest = rate;
    }
    return lowest;
  }

  /** The highest rate below every failure that was met at least so often. */
  #met(times: number): number | undefined {
    const failed = this.#failed() ?? Number.POSITIVE_INFINITY;
    let highest: number | undefined;
    for (const [rate, { met, failed: not }] of this.#votes) {
      if (rate >= failed || met < times || not > met) continue;
      if (highest === undefined || rate > highest) highest = rate;
    }
    return highest;
  }

  async #sample(rate: number): Promise<void> {
    this.#steps++;
    const votes = this.#votesOf(rate);
    if (await this.#measure(rate)) votes.met++;
    else votes.failed++;
    this.#votes.set(rate, votes);
  }

  #votesOf(rate: number): Votes {
    return this.#votes.get(rate) ?? { met: 0, failed: 0 };
  }

  #exhausted(): boolean {
    return this.#steps >= this.#plan.stepsMax || this.#isOver();
  }
}

/** Two samples agree. */
function decided({ met, failed }: Votes): boolean {
  return met >= 2 || failed >= 2;
}

function whole(rate: number): number {
  return Math.max(1, Math.round(rate));
}
