// The judgement of the gate: from measured rounds, a baseline and a comparison with an anchor to what is worse, what
// is in doubt, and what was not judged. Pure.

import type { Comparison } from '../result.ts';
import { type Baseline, differencesOf, type Machine, type WorkloadBaseline } from './baseline.ts';
import { compared, directionOf, kindOf } from './comparing.ts';
import { looksFor } from './looks.ts';
import { median } from './median.ts';
import { type Measures, type Metric, metrics } from './metrics.ts';
import { metricText } from './text.ts';

/** Rounds of today against a number of another day: not paired, and so held to less. */
const storedProcessorMargin = 0.1;

export interface Findings {
  readonly regressions: string[];
  readonly doubts: string[];
  /** What was judged and is no worse. */
  readonly passed: string[];
  /** What was not judged, and why. */
  readonly notes: string[];
}

export function noFindings(): Findings {
  return { regressions: [], doubts: [], passed: [], notes: [] };
}

export const gateExit = { passed: 0, regression: 1, input: 2, inconclusive: 3 } as const;

/** A gate that judged nothing has not passed. */
export function gateCode({ regressions, doubts, passed }: Findings): number {
  if (regressions.length > 0) return gateExit.regression;
  return doubts.length > 0 || passed.length === 0 ? gateExit.inconclusive : gateExit.passed;
}

/** What rounds of the working tree say against the stored numbers. */
export function againstBaseline(
  workload: string,
  baseline: Baseline,
  here: Machine,
  measured: readonly Measures[],
  seed: string,
  findings: Findings,
): Comparison | undefined {
  const stored = baseline.workloads[workload];
  if (stored === undefined) {
    findings.notes.push(`${workload}: not in the baseline`);
    return undefined;
  }
  const elsewhere = differencesOf(baseline.machine, here);
  if (elsewhere.length > 0) {
    findings.notes.push(
      `${workload}: stored processor time is refused, another machine: ${elsewhere.join('; ')}`,
    );
  }
  const judged = storedMetrics(stored, elsewhere.length === 0);
  const values: Measures = { ...stored.counts, ...stored.processor };
  const change = baseline.changes.at(-1);
  const asked = {
    question: `self against the baseline in ${workload}`,
    workload,
    a: `baseline of ${change?.at} by ${change?.by}: ${change?.because}`,
    b: 'self',
    same: false,
    half: 'b' as const,
    duet: false,
    metrics: judged,
    seed,
  };
  const rounds = measured.map((measures) => ({
    order: ['a', 'b'] as const,
    measures: new Map([
      ['a' as const, values],
      ['b' as const, measures],
    ]),
  }));
  const { surety } = looksFor(measured.length, measured.length);
  const comparison = compared(asked, rounds, surety);
  judgeMetrics(comparison, findings);
  judgeFromNothing(workload, judged, values, measured, findings);
  return comparison;
}

function storedMetrics(stored: WorkloadBaseline, sameMachine: boolean): Metric[] {
  return metrics.flatMap((metric) => {
    if (metric.kind === 'count') return stored.counts[metric.name] === undefined ? [] : [metric];
    if (metric.kind !== 'processor' || stored.processor[metric.name] === undefined) return [];
    return sameMachine ? [{ ...metric, margin: storedProcessorMargin }] : [];
  });
}

/** What interleaved rounds say against a released anchor. */
export function againstAnchor(comparisons: readonly Comparison[], findings: Findings): void {
  for (const comparison of comparisons) {
    if (comparison.same) continue;
    if (comparison.voidBecause === null) judgeMetrics(comparison, findings);
    else findings.doubts.push(`${comparison.question}: VOID, ${comparison.voidBecause}`);
  }
}

function judgeMetrics(comparison: Comparison, findings: Findings): void {
  const { question } = comparison;
  for (const metric of comparison.metrics) {
    if (kindOf(metric) === 'other') continue;
    const line = `${question}: ${metricText(metric).trim().replace(/ +/g, ' ')}`;
    if (metric.ratios.length === 0) {
      if (comparison.rounds.some(({ a }) => (a[metric.name] ?? 0) > 0))
        findings.notes.push(`${question}: ${metric.name} could not be measured here`);
      continue;
    }
    if (directionOf(metric) === 'worse') findings.regressions.push(line);
    else if (metric.verdict === 'inconclusive') findings.doubts.push(line);
    else findings.passed.push(line);
  }
}

/** Something where the baseline has nothing is worse, though it has no ratio. */
function judgeFromNothing(
  workload: string,
  judged: readonly Metric[],
  stored: Measures,
  measured: readonly Measures[],
  findings: Findings,
): void {
  for (const { name } of judged) {
    if (stored[name] !== 0) continue;
    const now = measured.flatMap((measures) => measures[name] ?? []);
    if (now.length === 0 || median(now) === 0) continue;
    findings.regressions.push(`${workload}: ${name} was 0 in the baseline and is ${median(now)}`);
  }
}

export function findingsText({ regressions, doubts, passed, notes }: Findings): string[] {
  const rows = (word: string, of: readonly string[]): string[] =>
    of.map((line) => `  ${word.padEnd(11)} ${line}`);
  return [
    ...rows('REGRESSION', regressions),
    ...rows('in doubt', doubts),
    ...rows('passed', passed),
    ...rows('note', notes),
  ];
}
