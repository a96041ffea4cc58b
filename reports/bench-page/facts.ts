// What is said of a stored benchmark before any picture: in which order its cells stand (what was lost comes first),
// one sentence for each question that was asked, and the badges at it. Pure; the page, the text and JUnit share it.

import type { BenchResult, Comparison, Knee, Sweep, WorkloadRun } from '../../bench/result.ts';
import { duration, maybe, number, percent } from '../format.ts';
import { spaced } from './words.ts';

export type Metric = Comparison['metrics'][number];
export type Outcome = 'worse' | 'better' | 'equivalent' | 'inconclusive' | 'false difference';
export type Kind = 'good' | 'warn' | 'bad';

export interface Badge {
  readonly text: string;
  readonly kind: Kind;
  readonly why: string;
}

/** The answer to one question. */
export interface Answer {
  readonly what: 'comparison' | 'run' | 'knee' | 'sweep';
  readonly name: string;
  readonly sentence: string;
  readonly badges: readonly Badge[];
}

// ---- order

/** Void runs, then the smallest shares of a limit; what has no limit stands last. */
export function losingFirst(runs: readonly WorkloadRun[]): WorkloadRun[] {
  const rank = ({ ledger, share }: WorkloadRun) =>
    ledger.sound ? (share === null ? Number.MAX_VALUE : share.share) : -1;
  return runs.toSorted((one, other) => rank(one) - rank(other));
}

const outcomeRanks: readonly Outcome[] = [
  'false difference',
  'worse',
  'inconclusive',
  'equivalent',
  'better',
];

/** In a sentence a difference comes before what is merely equivalent. */
const toldRanks: readonly Outcome[] = ['false difference', 'worse', 'inconclusive', 'better', 'equivalent'];

/** By the worst that was found in them; the more B lost, the earlier. */
export function worstFirst(comparisons: readonly Comparison[]): Comparison[] {
  const rank = (comparison: Comparison) => outcomeRanks.indexOf(worstOutcome(comparison));
  return comparisons.toSorted((one, other) => rank(one) - rank(other) || loss(other) - loss(one));
}

/** The largest loss of B over all metrics, as a ratio of at least 1. */
function loss({ metrics }: Comparison): number {
  const losses = metrics.map(({ medianRatio, better }) =>
    medianRatio === null || medianRatio <= 0 ? 1 : better === 'higher' ? 1 / medianRatio : medianRatio,
  );
  return Math.max(1, ...losses);
}

export function outcomeOf(metric: Metric, same: boolean): Outcome {
  if (metric.verdict !== 'different') return metric.verdict;
  if (same) return 'false difference';
  return (metric.medianRatio ?? 1) > 1 === (metric.better === 'higher') ? 'better' : 'worse';
}

function worstOutcome({ metrics, same }: Comparison): Outcome {
  const found = metrics.map((metric) => outcomeOf(metric, same));
  return outcomeRanks.find((outcome) => found.includes(outcome)) ?? 'inconclusive';
}

/** What the whole comparison is called: something better outweighs what is merely equivalent, and nothing else. */
function summaryOutcome(comparison: Comparison): Outcome {
  const worst = worstOutcome(comparison);
  const { metrics, same } = comparison;
  const isBetter = metrics.some((metric) => outcomeOf(metric, same) === 'better');
  return worst === 'equivalent' && isBetter ? 'better' : worst;
}

/** Comparisons of equals that found a difference: then the method did, and no comparison beside them counts. */
export function falseDifferences({ comparisons }: BenchResult): Comparison[] {
  return comparisons.filter((comparison) => worstOutcome(comparison) === 'false difference');
}

/** Why a comparison says nothing; null: it does. */
export function voidBecause(comparison: Comparison, bench: BenchResult): string | null {
  if (comparison.voidBecause !== null) return comparison.voidBecause;
  const hasFalse = falseDifferences(bench).length > 0;
  return hasFalse ? 'a comparison of equals in this run found a difference' : null;
}

// ---- badges

const outcomeKinds: Readonly<Record<Outcome, Kind>> = {
  'false difference': 'bad',
  worse: 'bad',
  inconclusive: 'warn',
  equivalent: 'good',
  better: 'good',
};

export function outcomeBadge(outcome: Outcome): Badge {
  return { text: outcome.toUpperCase(), kind: outcomeKinds[outcome], why: '' };
}

export function runBadges(run: Pick<WorkloadRun, 'stamps' | 'ledger'>): Badge[] {
  const stamps = run.stamps.map(
    ({ name, why }): Badge => ({ text: name, kind: name === 'VOID' ? 'bad' : 'warn', why }),
  );
  const isSaid = run.stamps.some(({ name }) => name === 'VOID');
  if (!run.ledger.sound && !isSaid) {
    const why = run.ledger.examples[0] ?? 'the ledger does not add up';
    stamps.unshift({ text: 'VOID', kind: 'bad', why });
  }
  if (stamps.length === 0) return [{ text: 'VALID', kind: 'good', why: 'nothing is doubtful' }];
  return stamps.toSorted((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind));
}

const kinds: readonly Kind[] = ['bad', 'warn', 'good'];

/** The worst of several. */
export function worstKind(badges: readonly Badge[]): Kind {
  return kinds.find((kind) => badges.some((badge) => badge.kind === kind)) ?? 'good';
}

// ---- sentences

/** One answer for each question, what was lost first. */
export function answersOf(bench: BenchResult): Answer[] {
  const answers = [
    ...worstFirst(bench.comparisons).map((one) => comparisonAnswer(one, voidBecause(one, bench))),
    ...losingFirst(bench.runs).map(runAnswer),
    ...bench.knees.map(kneeAnswer),
    ...bench.sweeps.map(sweepAnswer),
  ];
  const rank = ({ badges }: Answer) => kinds.indexOf(worstKind(badges));
  return answers.toSorted((one, other) => rank(one) - rank(other));
}

/** Metrics that one sentence names. */
const metricsTold = 3;

function comparisonAnswer(comparison: Comparison, why: string | null): Answer {
  const { question, metrics, same, rounds } = comparison;
  const rank = (metric: Metric) => toldRanks.indexOf(outcomeOf(metric, same));
  const ordered = metrics.toSorted((one, other) => rank(one) - rank(other));
  const told = ordered.slice(0, metricsTold).map((metric) => metricSentence(metric, comparison));
  const rest = metrics.length - told.length;
  const more = rest > 0 ? `; ${rest} further metrics below` : '';
  const whole = outcomeBadge(summaryOutcome(comparison));
  const method: Badge[] = why === null ? [] : [{ text: 'VOID', kind: 'bad', why }];
  return {
    ...{ what: 'comparison', name: comparison.workload },
    sentence: `${question}: ${told.join('; ')}${more} (n = ${rounds.length} rounds).`,
    badges: [...method, whole],
  };
}

function metricSentence(metric: Metric, { same, confidence }: Comparison): string {
  const { medianRatio, low, high } = metric;
  const name = spaced(metric.name);
  if (medianRatio === null) return `${name} was not measured`;
  const level = confidenceText(confidence);
  const interval = low === null || high === null ? '' : `, ${level} interval ${ratio(low)} to ${ratio(high)}`;
  return `${name} ${ratio(medianRatio)} times${interval}, ${outcomeOf(metric, same)}`;
}

/** How sure an interval is: `95 %`. */
export function confidenceText(confidence: number): string {
  return `${number(confidence * 100, confidence > 0.99 ? 2 : confidence > 0.95 ? 1 : 0)} %`;
}

export function ratio(value: number): string {
  return number(value, Math.abs(value - 1) < 0.02 ? 4 : 3);
}

function runAnswer(run: WorkloadRun): Answer {
  const { name, throughput, share, durability } = run;
  const { recordsPerSecond, megabytesPerSecond, offeredRecordsPerSecond: offered } = throughput;
  const of =
    share === null ? 'no limit was measured' : `${percent(share.share)} of the ${share.binding} limit`;
  const asked = offered === null ? '' : ` of ${number(offered)} offered`;
  const latency = run.latencies[0];
  const p99 = latency?.whole.p99Us ?? null;
  const late =
    latency === undefined || p99 === null
      ? ''
      : `, p99 ${duration(p99)} (n = ${number(latency.whole.count)})`;
  const rate = `${number(recordsPerSecond)} records/s${asked}, ${number(megabytesPerSecond, 1)} MB/s`;
  return {
    ...{ what: 'run', name, badges: runBadges(run) },
    sentence: `${name}: ${rate}, ${of}${late}; ${durability}.`,
  };
}

function kneeAnswer(knee: Knee): Answer {
  const { workload, objective, recordsPerSecond, failedAtRecordsPerSecond: failed } = knee;
  const promise = `p${objective.percentile} within ${number(objective.latencyMs, 1)} ms`;
  const none: Badge = { text: 'NO KNEE', kind: 'bad', why: 'no rate met the objective' };
  const doubts = knee.points.flatMap(({ stamps }) => stamps).map(({ name }) => name);
  const stamped = [...new Set(doubts)].map((text): Badge => ({ text, kind: 'warn', why: 'at some rates' }));
  const good: Badge[] = stamped.length > 0 ? stamped : [{ text: 'VALID', kind: 'good', why: '' }];
  const kept =
    recordsPerSecond === null
      ? `no rate met ${promise}`
      : `${promise} holds up to ${number(recordsPerSecond)} records/s`;
  const least = failed === null ? '' : `; the lowest rate that failed is ${number(failed)}`;
  const lost =
    failed === null && recordsPerSecond !== null ? ', and no rate that was tried failed it' : least;
  return {
    ...{ what: 'knee', name: workload, badges: recordsPerSecond === null ? [none] : good },
    sentence: `${workload}: ${kept}${lost} (n = ${knee.points.length} rates).`,
  };
}

function sweepAnswer({ name, over, points }: Sweep): Answer {
  const best = points.reduce<Sweep['points'][number] | undefined>(
    (most, point) =>
      most === undefined || point.run.throughput.recordsPerSecond > most.run.throughput.recordsPerSecond
        ? point
        : most,
    undefined,
  );
  const broken = points.filter(({ run }) => !run.ledger.sound).length;
  const voids: Badge[] =
    broken === 0
      ? []
      : [{ text: 'VOID', kind: 'bad', why: `${broken} of ${points.length} points have a gap` }];
  const stamps = new Set(points.flatMap(({ run }) => run.stamps.map((stamp) => stamp.name)));
  stamps.delete('VOID');
  const warned = [...stamps].map((text): Badge => ({ text, kind: 'warn', why: 'at some points' }));
  const badges = [...voids, ...warned];
  const most = maybe(best?.run.throughput.recordsPerSecond ?? null, (value) => `${number(value)} records/s`);
  const at = best === undefined ? 'no point was run' : `most at ${placeOf(best.at)}: ${most}`;
  return {
    ...{
      what: 'sweep',
      name,
      badges: badges.length > 0 ? badges : [{ text: 'VALID', kind: 'good', why: '' }],
    },
    sentence: `${name} over ${over.join(', ')}: ${at} (n = ${points.length} points).`,
  };
}

/** Where a point of a sweep stands, in words. */
export function placeOf(at: Sweep['points'][number]['at']): string {
  return Object.entries(at)
    .map(([path, value]) => `${path} ${typeof value === 'number' ? number(value) : String(value)}`)
    .join(', ');
}
