// Where a short and noisy series changed its level: first a step, which is a cut whose sides differ more than chance
// explains; where there is none, an episode, which is a level that came and went, and that no single cut shows. Of the
// cuts that are rare enough (deals.ts) the one counts at which levels fit best. Then each part is looked at in the same
// way. Pure.

import { Deals, type Seen, type Stretch } from './deals.ts';
import { median } from './median.ts';

/** The probability that a series in which nothing changed is said to have changed. */
export const alarmRate = 0.01;
/** Results in each part: fewer are an outlier, not a level. */
export const sideMin = 3;

/** How the errors are shared out: nearly all for steps, since an episode stands out where there is one. */
const shares = { step: 0.92, episode: 0.08 } as const;

export interface Step {
  /** The first value of the new level. */
  readonly at: number;
  /** How often chance alone makes a step, or an episode, as clear. */
  readonly p: number;
}

export class StepFinder {
  readonly #deals = new Deals();

  /** In the order of the series; none where chance could have made them, or where there are too few values to tell. */
  stepsIn(values: readonly number[]): Step[] {
    return this.#stepsWithin(values, 0, alarmRate);
  }

  /** The parts share what the whole was allowed to err, so that all of it errs no more often than is said. */
  #stepsWithin(values: readonly number[], from: number, rate: number): Step[] {
    if (values.every((value) => value === values[0])) return [];
    const seen = this.#bestOf(values, 'step', rate) ?? this.#bestOf(values, 'episode', rate);
    if (seen === undefined) return [];
    const parts = partsAround(seen.stretch, values.length);
    return parts.flatMap(([start, end]) => [
      ...(start === 0 ? [] : [{ at: from + start, p: seen.p }]),
      ...this.#stepsWithin(values.slice(start, end), from + start, rate / parts.length),
    ]);
  }

  #bestOf(values: readonly number[], shape: Shape, rate: number): Seen | undefined {
    const rare = this.#seen(values, shape).filter(({ p }) => p <= shares[shape] * rate);
    const best = leastOf(rare, ({ stretch }) => misfitOf(values, stretch));
    if (best === undefined) return undefined;
    const near = neighboursOf(best.stretch, shape, values.length);
    return { p: best.p, stretch: leastOf(near, (stretch) => misfitOf(values, stretch)) ?? best.stretch };
  }

  #seen(values: readonly number[], shape: Shape): Seen[] {
    const stretches = stretchesOf(shape, values.length);
    return stretches.length === 0 ? [] : this.#deals.seen(values, shape, stretches);
  }

  /** The fewest results in which a step can be told that has `after` of them behind it, or else half of them. */
  resultsWanted(after?: number): number {
    for (let count = 2 * sideMin; ; count++) {
      const place = count - (after ?? Math.floor(count / 2));
      const apart = Array.from({ length: count }, (_, at) => at);
      const step = this.#seen(apart, 'step').find(({ stretch }) => stretch[1] === place);
      if (step !== undefined && step.p <= shares.step * alarmRate) return count;
    }
  }
}

// ---- parts of a series

type Shape = keyof typeof shares;

/** What lies before a step; or an episode with something before and behind it. */
function stretchesOf(shape: Shape, count: number): Stretch[] {
  const stretches: Stretch[] = [];
  const [firstFrom, lastFrom] = shape === 'step' ? [0, 0] : [sideMin, count - 2 * sideMin];
  const grid = gridOf(shape, count);
  for (let from = firstFrom; from <= lastFrom; from += grid) {
    for (let to = from + sideMin; to <= count - sideMin; to += grid) stretches.push([from, to]);
  }
  return stretches;
}

/** Places at which the ends of an episode are tried: there are as many episodes as the square of them. */
const placesMax = 36;

/** In a long series the ends of an episode are looked for at every so many results, and then around there. */
function gridOf(shape: Shape, count: number): number {
  return shape === 'step' ? 1 : Math.ceil(count / placesMax);
}

function neighboursOf([from, to]: Stretch, shape: Shape, count: number): Stretch[] {
  const around = gridOf(shape, count) - 1;
  const moves = Array.from({ length: 2 * around + 1 }, (_, at) => at - around);
  return moves
    .flatMap((one) => moves.map((other): Stretch => [from + one, to + other]))
    .filter((stretch) => partsAround(stretch, count).every(([start, end]) => end - start >= sideMin));
}

/** The first of those for which `of` is least. */
function leastOf<T>(all: readonly T[], of: (one: T) => number): T | undefined {
  const measured = all.map((one) => ({ one, size: of(one) }));
  return measured.toSorted((a, b) => a.size - b.size)[0]?.one;
}

function partsAround([from, to]: Stretch, count: number): Stretch[] {
  const ends = [...(from === 0 ? [0] : [0, from]), to, count];
  return ends.slice(1).map((end, at): Stretch => [ends[at] as number, end]);
}

/**
 * How far all values together lie from the medians of their parts. Ranks could not tell the place: whatever comes
 * first after a step may by chance be the nearest to what was before.
 */
function misfitOf(values: readonly number[], stretch: Stretch): number {
  return partsAround(stretch, values.length).reduce((sum, [start, end]) => {
    const part = values.slice(start, end);
    const middle = median(part);
    return sum + part.reduce((far, value) => far + Math.abs(value - middle), 0);
  }, 0);
}
