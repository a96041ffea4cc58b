// How often chance alone makes a stretch of a series stand out as one does. The rank sum of a stretch is as clear as it
// is rare when the same ranks are dealt in any order (Wilcoxon). A series has many stretches, and the clearest was
// chosen: so each deal is asked for its own clearest one, and what counts is how many deals have one as clear.
//
// Ranks, because one disturbed result must not make a level, and nobody knows how results of a machine are distributed.
// Rarity for each length of a stretch apart, and not one measure for all: else a short stretch at the end, where a
// change is new, could never be as clear as a long one. Deals and no approximation, because the series are short and
// have ties. They come from a seed that is made of the ranks: the same series has the same answer, everywhere. Pure.

/** Deals for one distribution: a probability of 0.01 is known to 0.0007. */
const deals = 19_999;

/** From the first value of it to the first behind it. */
export type Stretch = readonly [from: number, to: number];

export interface Seen {
  readonly stretch: Stretch;
  /** How often chance alone makes some stretch of the list as clear. */
  readonly p: number;
}

/** Keeps what it dealt: without ties, all series of one length have the same ranks. */
export class Deals {
  readonly #dealt = new Map<string, Dealt>();

  /** Each of `stretches`; they are always the same for `shape` and a number of values. */
  seen(values: readonly number[], shape: string, stretches: readonly Stretch[]): Seen[] {
    const ranks = doubledRanks(values);
    const seed = `${shape} ${ranks.toSorted((one, other) => one - other).join(' ')}`;
    const dealt = this.#dealt.get(seed) ?? dealtFrom(ranks, stretches, seed);
    this.#dealt.set(seed, dealt);
    const sums = sumsOf(ranks, new Int32Array(ranks.length + 1));
    return stretches.map((stretch) => {
      const [from, to] = stretch;
      const { times, places } = dealt.lengths[to - from] as Length;
      // What was seen counts as one of the deals, so that no probability is 0.
      const rarity = (1 + (times[offOf(sums, from, to)] as number)) / places;
      return { stretch, p: (1 + countUpTo(dealt.rarest, rarity)) / (deals + 1) };
    });
  }
}

/** Twice the rank of each, so that the mean rank of ties is a whole number. */
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * below + equal + 1;
  });
}

/** What the ranks add up to before each place, and in the end. */
function sumsOf(ranks: ArrayLike<number>, sums: Int32Array): Int32Array {
  for (let at = 0; at < ranks.length; at++) sums[at + 1] = (sums[at] as number) + (ranks[at] as number);
  return sums;
}

/** How far the doubled ranks of a stretch are from what they add up to on average. */
function offOf(sums: Int32Array, from: number, to: number): number {
  return Math.abs((sums[to] as number) - (sums[from] as number) - (to - from) * sums.length);
}

// ---- deals

/** A stretch and what is left of the series are equally far off: the two lengths are one. */
interface Length {
  /** By how far a stretch is off: how often one of this length was as far off in all deals, or farther. */
  readonly times: Uint32Array;
  /** How many stretches have this length. */
  places: number;
}

interface Dealt {
  readonly lengths: readonly (Length | undefined)[];
  /** Of each deal how rare its clearest stretch is, in order. */
  readonly rarest: Float64Array;
}

/** The same deals twice: for how far off each stretch is, and then for how rare that is. */
function dealtFrom(ranks: readonly number[], stretches: readonly Stretch[], seed: string): Dealt {
  const ordered = ranks.toSorted((one, other) => one - other);
  const lengths = lengthsOf(ranks.length, stretches);
  forEachDeal(ordered, seed, (sums) => {
    for (const [from, to] of stretches) {
      const { times } = lengths[to - from] as Length;
      const off = offOf(sums, from, to);
      times[off] = (times[off] as number) + 1;
    }
  });
  for (const length of new Set(lengths)) if (length !== undefined) sumFromTheEnd(length.times);
  const rarest = new Float64Array(deals);
  forEachDeal(ordered, seed, (sums, deal) => {
    let least = Number.MAX_VALUE;
    for (const [from, to] of stretches) {
      const { times, places } = lengths[to - from] as Length;
      const rarity = (times[offOf(sums, from, to)] as number) / places;
      if (rarity < least) least = rarity;
    }
    rarest[deal] = least;
  });
  return { lengths, rarest: rarest.sort() };
}

function lengthsOf(count: number, stretches: readonly Stretch[]): (Length | undefined)[] {
  const lengths: (Length | undefined)[] = new Array(count).fill(undefined);
  for (const [from, to] of stretches) {
    const [one, other] = [to - from, count - (to - from)];
    const length = lengths[one] ?? { times: new Uint32Array(one * other + 1), places: 0 };
    length.places++;
    lengths[one] = length;
    lengths[other] = length;
  }
  return lengths;
}

function forEachDeal(
  ranks: readonly number[],
  seed: string,
  look: (sums: Int32Array, deal: number) => void,
): void {
  const cards = Int32Array.from(ranks);
  const sums = new Int32Array(cards.length + 1);
  const below = drawsFrom(seed);
  for (let deal = 0; deal < deals; deal++) {
    for (let left = cards.length - 1; left > 0; left--) {
      const at = below(left + 1);
      const card = cards[left] as number;
      cards[left] = cards[at] as number;
      cards[at] = card;
    }
    look(sumsOf(cards, sums), deal);
  }
}

function sumFromTheEnd(times: Uint32Array): void {
  for (let at = times.length - 2; at >= 0; at--)
    times[at] = (times[at] as number) + (times[at + 1] as number);
}

/** How many of these, which are in order, are no larger. */
function countUpTo(ordered: Float64Array, value: number): number {
  let [from, to] = [0, ordered.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ordered[middle] as number) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Whole numbers below a limit, drawn from a text: a counter that goes on by an odd step, its bits stirred. */
function drawsFrom(text: string): (limit: number) => number {
  let counter = 0;
  for (let at = 0; at < text.length; at++) counter = stirred(counter + text.charCodeAt(at));
  return (limit) => {
    counter = (counter + 0x6d2b79f5) | 0;
    return Math.floor((stirred(counter) / 2 ** 32) * limit);
  };
}

function stirred(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
