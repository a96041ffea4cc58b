// From the rounds of a suite to a stored comparison: ratios inside each round, a verdict for each metric. Pure.

import type { Comparison } from '../result.ts';
import { driftMax, driftOf, isAdrift, type RoundValues } from './drift.ts';
import type { Surety } from './looks.ts';
import { type Measures, type Metric, metricNamed } from './metrics.ts';
import { type Half, orderOf } from './order.ts';
import { judge } from './verdict.ts';

export interface Round {
  readonly order: readonly Half[];
  readonly measures: ReadonlyMap<Half, Measures>;
}

export interface Asked {
  readonly question: string;
  readonly workload: string;
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** Which half is B: the control is another A. */
  readonly half: 'b' | 'control';
  /** The halves of a round ran at the same time. */
  readonly duet: boolean;
  readonly metrics: readonly Metric[];
  readonly seed: string;
}

export type ComparedMetric = Comparison['metrics'][number];

const duetNote =
  'a duet: the halves of a round ran at the same time, so that rates and latencies are not compared';

export function compared(asked: Asked, rounds: readonly Round[], surety: Surety): Comparison {
  const { question, workload, a, b, same, half, duet } = asked;
  const notes: string[] = duet ? [duetNote] : [];
  const metrics = asked.metrics
    .filter(({ inDuet }) => inDuet || !duet)
    .map((metric) => comparedIn(metric, asked, rounds, surety, notes));
  return {
    question,
    workload,
    a,
    b,
    same,
    confidence: surety.level,
    voidBecause: null,
    notes,
    rounds: rounds.map(({ order, measures }) => ({
      order: orderOf(order, 'a', half),
      a: { ...measures.get('a') },
      b: { ...measures.get(half) },
    })),
    metrics,
  };
}

function comparedIn(
  { name, unit, better, margin }: Metric,
  { half, seed, duet }: Asked,
  rounds: readonly Round[],
  surety: Surety,
  notes: string[],
): ComparedMetric {
  const values = rounds.flatMap(({ measures }) => valuesOf(measures.get('a'), measures.get(half), name));
  const ratios = values.flatMap(ratioOf);
  const judged = judge(ratios, margin, surety, `${seed}/${half}/${name}`);
  // What moves both halves at the same time is what a duet is for.
  const adrift = !duet && isAdrift(values);
  if (adrift) {
    const drift = `${(100 * driftOf(values)).toFixed(0)} %`;
    notes.push(`${name}: A itself moved by ${drift} within a pair of rounds, more than ${100 * driftMax} %`);
  }
  return {
    name,
    unit,
    better,
    ratios,
    margin,
    ...judged,
    verdict: adrift ? 'inconclusive' : judged.verdict,
  };
}

/** Nothing when one of the two could not be measured. */
function valuesOf(a: Measures | undefined, b: Measures | undefined, name: string): RoundValues[] {
  const [left, right] = [a?.[name] ?? null, b?.[name] ?? null];
  return left === null || right === null ? [] : [{ a: left, b: right }];
}

/** Nothing of both is the same; something against nothing has no ratio, and is left out. */
function ratioOf({ a, b }: RoundValues): number[] {
  if (a === 0 && b === 0) return [1];
  return a <= 0 || b <= 0 ? [] : [b / a];
}

/** Worse, better, or neither, of a metric that is different. */
export function directionOf({
  verdict,
  medianRatio,
  better,
}: ComparedMetric): 'better' | 'worse' | 'neither' {
  if (verdict !== 'different' || medianRatio === null) return 'neither';
  return medianRatio > 1 === (better === 'higher') ? 'better' : 'worse';
}

/** What a control found; its presence voids what was measured in the same rounds. */
export function falseAlarms({ same, metrics }: Comparison): string[] {
  return same ? metrics.filter(({ verdict }) => verdict === 'different').map(({ name }) => name) : [];
}

export function kindOf({ name }: ComparedMetric): Metric['kind'] {
  return metricNamed(name)?.kind ?? 'other';
}
