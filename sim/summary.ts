// What a suite keeps of each of its runs: enough to judge and to count, little enough to keep a million of them. The
// whole story of a run is in its seed; `replay` tells it.

import type { RunOutcome } from './outcome.ts';
import type { Finding } from './verdict.ts';

export type RunSummary = Omit<
  RunOutcome,
  'counters' | 'effects' | 'course' | 'drawn' | 'trace' | 'history' | 'waits'
> & {
  /** Of those checkers that broke, or found a violation. */
  readonly judgements: RunOutcome['judgements'];
  readonly ackedWrites: number;
  readonly effectiveFaults: number;
};

export function summaryOf(outcome: RunOutcome): RunSummary {
  const {
    counters,
    effects,
    course: _,
    drawn: __,
    trace: ___,
    history: ____,
    waits: _____,
    ...rest
  } = outcome;
  return {
    ...rest,
    violations: firstOfEach(outcome.violations),
    witnesses: firstOfEach(outcome.witnesses),
    judgements: outcome.judgements.filter(({ reason, verdict }) => reason !== null || verdict === 'violated'),
    ackedWrites: counters['send ok'] ?? 0,
    effectiveFaults: effects.filter((effect) => effect.tookEffect).length,
  };
}

/** The first finding of each invariant is the one that explains. */
export function firstOfEach(findings: readonly Finding[]): Finding[] {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    if (!first.has(finding.invariant)) first.set(finding.invariant, finding);
  }
  return [...first.values()];
}
