// Verdicts: what a checker may say, and how many sayings become one. Three values, merged by the worst: *violated* is
// worse than *unknown* is worse than *holds*. A checker that throws has said *unknown*, never "holds".
//
// A loss that the configuration permits (see losses.ts) is no violation but a *witness*: some scenarios
// exist to show it, and fail when it no longer shows.

import type { Material } from './material.ts';

export type Verdict = 'holds' | 'violated' | 'unknown';

/** One anomaly, told so that a person can look it up: the invariant, a sentence, the step, the facts. */
export interface Finding {
  readonly invariant: string;
  readonly prose: string;
  readonly step: number;
  readonly timeUs: number;
  /** Flat facts: offsets, values, names. */
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Judgement {
  readonly checker: string;
  readonly verdict: Verdict;
  /** The worst first: in the order of steps, at most `findingsMax` of each invariant. */
  readonly violations: readonly Finding[];
  readonly witnesses: readonly Finding[];
  /** Facts that were looked at: a judgement over nothing is worth nothing. */
  readonly judged: number;
  /** Why the verdict is unknown. */
  readonly reason: string | null;
}

/** Findings of one invariant that one run keeps; the first are the ones that explain. */
export const findingsMax = 20;

/** What a checker writes its findings into. */
export interface Report {
  violated(invariant: string, at: At, prose: string, evidence: Finding['evidence']): void;
  /** An anomaly that the configuration permits. */
  witnessed(invariant: string, at: At, prose: string, evidence: Finding['evidence']): void;
  /** Either of the two. */
  found(lawful: boolean, invariant: string, at: At, prose: string, evidence: Finding['evidence']): void;
  judged(facts: number): void;
}

export interface At {
  readonly step: number;
  readonly timeUs: number;
}

export interface Checker {
  readonly name: string;
  readonly doc: string;
  /** Stable names with one line each: scenarios and reports speak of these. */
  readonly invariants: Readonly<Record<string, string>>;
  check(material: Material, report: Report): void;
}

export function checker<const C extends Checker>(row: C): C {
  return row;
}

/** Lets one checker judge; whatever it throws makes it unknown. */
export function judge(row: Checker, material: Material): Judgement {
  const violations = new Findings(row);
  const witnesses = new Findings(row);
  let judged = 0;
  let reason: string | null = null;
  const report: Report = {
    violated: (...finding) => violations.add(...finding),
    witnessed: (...finding) => witnesses.add(...finding),
    found: (lawful, ...finding) => (lawful ? witnesses : violations).add(...finding),
    judged: (facts) => {
      judged += facts;
    },
  };
  try {
    row.check(material, report);
  } catch (error) {
    reason = `the checker ${row.name} broke: ${error instanceof Error ? error.message : String(error)}`;
  }
  const worst = violations.list.length > 0 ? 'violated' : reason === null ? 'holds' : 'unknown';
  return {
    checker: row.name,
    verdict: worst,
    violations: violations.list,
    witnesses: witnesses.list,
    judged,
    reason,
  };
}

export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('violated')) return 'violated';
  return verdicts.includes('unknown') ? 'unknown' : 'holds';
}

/** The first finding of each invariant is the one that explains. */
export function firstOfEach(findings: readonly Finding[]): Finding[] {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    if (!first.has(finding.invariant)) first.set(finding.invariant, finding);
  }
  return [...first.values()];
}

class Findings {
  readonly list: Finding[] = [];
  readonly #row: Checker;
  readonly #counts = new Map<string, number>();

  constructor(row: Checker) {
    this.#row = row;
  }

  add(invariant: string, at: At, prose: string, evidence: Finding['evidence']): void {
    if (!Object.hasOwn(this.#row.invariants, invariant)) {
      throw new Error(`${this.#row.name} declares no invariant ${invariant}`);
    }
    const count = (this.#counts.get(invariant) ?? 0) + 1;
    this.#counts.set(invariant, count);
    if (count > findingsMax) return;
    this.list.push({ invariant, prose, step: at.step, timeUs: at.timeUs, evidence });
  }
}
