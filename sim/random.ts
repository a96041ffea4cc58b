// Randomness by name. A decision is drawn from (seed, site, n): the site is the name of the place that
// decides, n counts the decisions taken there. There is no shared stream, so removing one fault, or one
// decision, leaves every other decision as it was: that is what makes shrinking work and keeps recorded
// failures alive when code moves.
//
// A draw is a pure function, so nothing needs to be recorded: the counters say how many decisions each site
// took, and `decisions` computes them again. A shrunk run overrides single decisions by name
// (`disk/broker-1/latency#17`).
//
// Two things can be done to many sites at once. Sites that are *calm* choose what is simplest: the first, the least,
// the unlikely not at all; of names and bytes (`next`) none is simpler, so these are drawn as ever. And a *fork* draws
// everything anew from a moment on: the same past with another future.
//
// No logarithms and no floating functions that the language does not specify bit by bit: distributions are
// made of integer arithmetic and of multiplications.

import seedrandom from 'seedrandom';
import { assert } from '../engine/index.ts';

/** A probability as people write it: 3 in 100. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

export const never: Ratio = { numerator: 0, denominator: 1 };

/** Name of a decision (`site#n`) to the 32 bits that it shall draw. */
export type Overrides = ReadonlyMap<string, number>;

export interface Decision {
  readonly site: string;
  readonly n: number;
  readonly value: number;
}

/** The bits that a seed expands to. */
interface Key {
  readonly high: number;
  readonly low: number;
}

/** A seed, expanded; gives every site its chooser. */
export class Randomness {
  readonly seed: string;
  #key: Key;
  readonly #choosers = new Map<string, Chooser>();
  readonly #overrides: Map<string, Map<number, number>>;
  readonly #calm: readonly string[];

  /** `calm`: the first words of the names of sites that choose what is simplest. */
  constructor(seed: string, overrides: Overrides = new Map(), calm: readonly string[] = []) {
    this.seed = seed;
    this.#key = expanded(seed);
    this.#overrides = bySite(overrides);
    this.#calm = calm;
  }

  /** From now on everything is drawn as under another seed; the counters go on. What was decided is forgotten. */
  fork(salt: string): void {
    this.#key = expanded(`${this.seed} ${salt}`);
    for (const chooser of this.#choosers.values()) chooser.rekey(this.#key);
  }

  /** The 32 bits of decision `n` of `site`. */
  draw(site: string, n: number): number {
    return this.#made(site).at(n);
  }

  /** The chooser of a site: the same object, with its counter, whenever it is asked for. */
  chooser(site: string): Chooser {
    return this.#made(site);
  }

  /** How many decisions each site took, in the order in which the sites first decided. */
  counts(): { site: string; decisions: number }[] {
    return [...this.#choosers.values()].map((chooser) => ({ site: chooser.site, decisions: chooser.taken }));
  }

  /** Every decision that `site` took. */
  decisions(site: string): Decision[] {
    const chooser = this.#made(site);
    return Array.from({ length: chooser.taken }, (_, n) => ({ site, n, value: chooser.at(n) }));
  }

  #made(site: string): Chooser {
    const known = this.#choosers.get(site);
    if (known !== undefined) return known;
    const isCalm = this.#calm.some((first) => site === first || site.startsWith(`${first}/`));
    const chooser = new Chooser(site, this.#key, this.#overrides.get(site), isCalm);
    this.#choosers.set(site, chooser);
    return chooser;
  }
}

/** Decides for one site. */
export class Chooser {
  readonly site: string;
  #key = 0;
  #tweak = 0;
  readonly #overrides: ReadonlyMap<number, number> | undefined;
  readonly #calm: boolean;
  #taken = 0;

  constructor(site: string, key: Key, overrides?: ReadonlyMap<number, number>, calm = false) {
    this.site = site;
    this.#overrides = overrides;
    this.#calm = calm;
    this.rekey(key);
  }

  rekey({ high, low }: Key): void {
    this.#key = mix(hashText(this.site, 0x811c9dc5) ^ high, low);
    this.#tweak = mix(hashText(this.site, 0x9747b28c) ^ low, high) | 1;
  }

  /** Decisions taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /** The 32 bits of decision `n`, without counting it. */
  at(n: number): number {
    if (this.#overrides !== undefined) {
      const value = this.#overrides.get(n);
      if (value !== undefined) return value;
    }
    return mix(this.#key ^ Math.imul(n, 0x9e3779b1), (this.#tweak + n) | 0);
  }

  /** The next 32 bits, for names and bytes. */
  next(): number {
    return this.at(this.#taken++);
  }

  /** The next 32 bits, for a choice: 0 at a calm site. */
  choice(): number {
    return this.#isCalm() ? this.#simplest() : this.next();
  }

  /** Whether the next decision is the simplest one: the site is calm, and nobody asked for another. */
  #isCalm(): boolean {
    return this.#calm && this.#overrides?.get(this.#taken) === undefined;
  }

  #simplest(): 0 {
    this.#taken++;
    return 0;
  }

  /**
   * A whole number below `n` (1 to 2^32), by one draw: the bias, at most n in 2^32, is the price of drawing
   * exactly once. The product is exact below 2^53 and monotone above, so the result never reaches `n`.
   */
  below(n: number): number {
    assert(Number.isInteger(n) && n >= 1 && n <= 2 ** 32, `a choice below ${n} is possible`);
    return Math.floor((this.choice() * n) / 2 ** 32);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /**
   * True in `numerator` of `denominator` cases; draws even when it cannot happen, so that counters do not
   * move.
   */
  ratio({ numerator, denominator }: Ratio): boolean {
    assert(numerator >= 0 && denominator >= 1 && numerator <= denominator, `${this.site}: a ratio is 0 to 1`);
    const isCalm = this.#isCalm();
    const drawn = this.below(denominator);
    return isCalm ? numerator === denominator : drawn < numerator;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, `${this.site}: a pick needs something to pick from`);
    return items[this.below(items.length)] as T;
  }

  /** A new array in a drawn order. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const isCalm = this.#isCalm();
      const drawn = this.below(last + 1);
      const other = isCalm ? last : drawn;
      const kept = shuffled[last] as T;
      shuffled[last] = shuffled[other] as T;
      shuffled[other] = kept;
    }
    return shuffled;
  }

  /**
   * A duration with an exponential tail of about mean `mean`: minus the binary logarithm of a uniform draw,
   * its whole part by counting zeros, the rest by a straight line. At most 33 times ln 2 times the mean.
   */
  exponential(mean: number): number {
    if (this.#isCalm()) return this.#simplest();
    const drawn = this.next();
    if (mean === 0) return 0;
    const zeros = Math.clz32(drawn);
    const scaled = zeros === 32 ? 1 : drawn / 2 ** (31 - zeros);
    return Math.floor((mean * (zeros + 2 - scaled) * 693_147) / 1_000_000);
  }
}

/** Mixes two 32-bit words into one in which each bit depends on all: two rounds of multiply and shift. */
export function mix(first: number, second: number): number {
  let value = first ^ Math.imul(second, 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15) ^ second, 0x846ca68b);
  value ^= value >>> 16;
  value = Math.imul(value, 0x2c1b3c6d);
  return (value ^ (value >>> 15)) >>> 0;
}

/** 32 bits of a text. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash, text.length);
}

/**
 * The expansion reads its key over and over until it has enough, so that `11` would be the same seed as `1`, and `1212`
 * the same as `12`: a word that is a repetition gets its length as well. Every other word stays what it was.
 */
function unrepeated(seed: string): string {
  const isRepetition = `${seed}${seed}`.indexOf(seed, 1) < seed.length;
  return isRepetition ? `${seed} (${seed.length})` : seed;
}

function expanded(seed: string): Key {
  const bits = seedrandom(unrepeated(seed));
  return { high: bits.int32(), low: bits.int32() };
}

function bySite(overrides: Overrides): Map<string, Map<number, number>> {
  const sites = new Map<string, Map<number, number>>();
  for (const [name, value] of overrides) {
    const cut = name.lastIndexOf('#');
    const n = Number(name.slice(cut + 1));
    assert(cut > 0 && Number.isInteger(n) && n >= 0, `an override is named site#n, not "${name}"`);
    assert(value >>> 0 === value, `the override ${name} is 32 bits`);
    const site = name.slice(0, cut);
    const known = sites.get(site) ?? new Map<number, number>();
    sites.set(site, known.set(n, value));
  }
  return sites;
}
