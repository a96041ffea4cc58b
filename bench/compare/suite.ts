// A suite: rounds of A, of A again as a control, and of B, until the looks have their answer; then the comparison of A
// with B and that of A with itself. When A differs from itself, the method saw something that is not there, and
// everything that it saw in these rounds is void.
//
// In a duet the halves of a round run at the same time, each against a broker of its own. What the machine does to one
// of them it does to the other in the same moment, so that it cancels in the ratio: on shared machines the processor
// time of a record is known several times better. Rates and latencies of halves that share a machine say nothing, and
// are not compared. (Bulej and others, "Duet Benchmarking: Improving Measurement Accuracy in the Cloud", ICPE 2020.)
//
// How a half is measured is a parameter: tests hand in numbers.

import type { Comparison } from '../result.ts';
import { type Asked, compared, falseAlarms, type Round } from './comparing.ts';
import { type Looks, looksFor } from './looks.ts';
import { deciding, type Measures, metrics } from './metrics.ts';
import { type Half, ordersOf } from './order.ts';

export interface SuiteOptions {
  readonly workload: string;
  readonly a: string;
  readonly b: string;
  /** A and B are spelled the same: the comparison is itself one of A with A. */
  readonly same: boolean;
  readonly seed: string;
  readonly rounds: number;
  readonly roundsMax: number;
  readonly control: boolean;
  /** Whether the halves of a round run at the same time. */
  readonly duet: boolean;
  /** Whether a round goes ahead that is thrown away. */
  readonly warmUp: boolean;
  readonly measure: (half: Half, round: number) => Promise<Measures>;
  /** Settles when the caller wants no more rounds, with why. */
  readonly interrupted: Promise<string>;
  readonly onRound?: (done: number, of: number) => void;
}

export interface SuiteResult {
  /** A with B, and A with itself where there was a control; empty without a whole round. */
  readonly comparisons: Comparison[];
  /** Why it ended early; null: it did not. */
  readonly endedBecause: string | null;
  /** What a half threw, when that is why. */
  readonly error: unknown;
}

export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const looks = looksFor(options.rounds, options.roundsMax);
  const most = looks.at.at(-1) as number;
  const orders = ordersOf(most, options.seed, options.control);
  const rounds: Round[] = [];
  let ended: { because: string; error: unknown } | undefined;
  if (options.warmUp) {
    // The first halves fill caches of files and of compiled code, for both sides alike, and count for nothing.
    const warmed = await measureRound(['a', 'b'], -1, options);
    if ('because' in warmed) ended = warmed;
  }
  for (const order of ended === undefined ? orders : []) {
    const measured = await measureRound(order, rounds.length, options);
    if ('because' in measured) {
      ended = measured;
      break;
    }
    rounds.push({ order, measures: measured.measures });
    options.onRound?.(rounds.length, looks.at.find((at) => at > rounds.length) ?? most);
    if (looks.at.includes(rounds.length) && isDecided(compared(askedOf(options, 'b'), rounds, looks.surety)))
      break;
  }
  return {
    comparisons: rounds.length === 0 ? [] : comparisonsOf(options, rounds, looks, ended?.because),
    endedBecause: ended?.because ?? null,
    error: ended?.error,
  };
}

type MeasuredRound = { measures: Map<Half, Measures> } | { because: string; error: unknown };

/** A round that was not finished is none. */
async function measureRound(
  order: readonly Half[],
  round: number,
  options: SuiteOptions,
): Promise<MeasuredRound> {
  if (!options.duet) return await inTurn(order, round, options);
  // Each as a round of one half, so that all of them have ended, well or not, before the first that failed is told.
  const all = await Promise.all(order.map((half) => inTurn([half], round, options)));
  const measures = new Map<Half, Measures>();
  for (const one of all) {
    if ('because' in one) return one;
    for (const [half, measured] of one.measures) measures.set(half, measured);
  }
  return { measures };
}

async function inTurn(
  order: readonly Half[],
  round: number,
  { measure, interrupted }: SuiteOptions,
): Promise<MeasuredRound> {
  const measures = new Map<Half, Measures>();
  const interrupt = interrupted.then((because) => ({ because, error: undefined }));
  for (const half of order) {
    try {
      const one = await Promise.race([measure(half, round), interrupt]);
      if (isInterrupt(one)) return one;
      measures.set(half, one);
    } catch (error) {
      return { because: error instanceof Error ? error.message : String(error), error };
    }
  }
  return { measures };
}

function isInterrupt(
  one: Measures | { because: string; error: undefined },
): one is { because: string; error: undefined } {
  return typeof one['because'] === 'string';
}

function isDecided({ metrics }: Comparison): boolean {
  const known = deciding
    .map((name) => metrics.find((metric) => metric.name === name))
    .find((metric) => metric !== undefined && metric.ratios.length > 0);
  return known !== undefined && known.verdict !== 'inconclusive';
}

function comparisonsOf(
  options: SuiteOptions,
  rounds: readonly Round[],
  { surety }: Looks,
  endedBecause: string | undefined,
): Comparison[] {
  const main = compared(askedOf(options, 'b'), rounds, surety);
  const all = options.control ? [main, compared(askedOf(options, 'control'), rounds, surety)] : [main];
  const voidBecause = voidOf(options, all);
  const notes =
    endedBecause === undefined ? [] : [`ended early after ${rounds.length} rounds: ${endedBecause}`];
  return all.map((one) => ({ ...one, voidBecause, notes: [...one.notes, ...notes] }));
}

/** A control that found a difference. A comparison of A with A that was asked for is a result, and voids nothing. */
function voidOf({ a }: SuiteOptions, [, control]: readonly Comparison[]): string | null {
  const alarms = control === undefined ? [] : falseAlarms(control);
  return alarms.length === 0 ? null : `${a} differs from itself in ${alarms.join(', ')}`;
}

function askedOf({ workload, a, b, same, seed, duet }: SuiteOptions, half: 'b' | 'control'): Asked {
  const control = half === 'control';
  const question = control ? `${a} against itself in ${workload}` : `${b} against ${a} in ${workload}`;
  return { question, workload, a, b: control ? a : b, same: control || same, half, duet, metrics, seed };
}
