// One scenario of a campaign, added up run by run: counts, and what tells something, but never the runs
// themselves. The same sums make the report of one machine while it runs, and of many afterwards; they depend
// on which runs were added and in the order of their seeds, and on nothing else.

import { assert } from '../../engine/index.ts';
import { shortageOf } from '../expectation.ts';
import { ScenarioMarks } from '../marks/coverage.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { StoredFailure, StoredRow, StoredScenario, StoredTelling } from '../store.ts';
import { type FailureKind, SuiteFingerprint, type SuiteResult, worstOf } from '../suite.ts';
import { expectationInWords, seenInWords } from '../words.ts';

/** What is summed up: a file, or all generated scenarios under one name. */
export interface Summed {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly scenario: Pick<Scenario, 'story' | 'expect' | 'reaches'>;
}

/** How a run is told when it is the first of its failure, or the first to show the witness. */
export type Tell = () => Pick<StoredTelling, 'finding' | 'replay' | 'kept'>;

type Open<T> = { -readonly [K in keyof T]: T[K] };
type Failure = Open<StoredFailure> & { seeds: string[]; count: number };

/** Different reasons to fail of one scenario that are told apart; the runs of all others are counted under one name. */
const failuresMax = 500;
const furtherReasons = 'further reasons';

export interface SumOptions {
  /** Seeds that are listed of each failure; a plain suite lists all. */
  readonly seedsListed: number;
}

export class ScenarioSum {
  readonly of: Summed;
  readonly #options: SumOptions;
  readonly #failures = new Map<string, Failure>();
  readonly #fingerprint = new SuiteFingerprint();
  #seeds = 0;
  #passed = 0;
  #witnessed = 0;
  readonly #marks = new ScenarioMarks();
  #controls = 0;
  #controlsClean = 0;
  #known: boolean | null = null;
  #witness: StoredTelling | null = null;
  #steps = 0;
  #virtualUs = 0;

  constructor(of: Summed, options: SumOptions) {
    this.of = of;
    this.#options = options;
  }

  get runs(): number {
    return this.#seeds + this.#controls;
  }

  /** Adds a run; true when it is one of the first `keptMax` of its failure, or shows the witness for the first time. */
  add(row: StoredRow, tell: Tell, keptMax = 1): boolean {
    const { scenario, seed, control, fingerprint, trouble } = row;
    this.#fingerprint.add({ scenario, seed, control, fingerprint });
    this.#steps += row.steps;
    this.#virtualUs += row.virtualUs;
    const clean = trouble === null ? 1 : 0;
    if (control) {
      this.#controls++;
      this.#controlsClean += clean;
    } else {
      this.#seeds++;
      this.#passed += clean;
    }
    this.#marks.add(row);
    const isFirst = this.#witnesses(row, tell);
    if (trouble === null) return isFirst;
    return this.#fail(trouble.kind, trouble.signature, row, tell) <= keptMax || isFirst;
  }

  /** A run that was not the same when it was run again. `wasClean`: nothing else was wrong with it. */
  addNondeterministic(row: StoredRow, signature: string, divergence: string | null, tell: Tell): void {
    const known = this.#failures.get(keyOf('nondeterministic', row.control, signature));
    if (known?.seeds.includes(row.seed)) return;
    if (row.trouble === null) {
      if (row.control) this.#controlsClean--;
      else this.#passed--;
    }
    this.#fail('nondeterministic', signature, row, tell);
    const failure = this.#failures.get(keyOf('nondeterministic', row.control, signature));
    if (failure !== undefined && failure.divergence === null) failure.divergence = divergence;
  }

  /** The kept run of a failure is known only when it was run again, with everything recorded. */
  keep(seed: string, control: boolean, kept: string): void {
    for (const failure of this.#failures.values()) {
      if (failure.seed === seed && failure.control === control) failure.kept = kept;
    }
    if (this.#witness?.seed === seed && !control) this.#witness = { ...this.#witness, kept };
  }

  /** `runs` are given where they are listed, as a plain suite does. */
  stored(runs: StoredScenario['runs'] | null): StoredScenario {
    const { name, file, text, scenario } = this.of;
    const missing =
      this.runs === 0
        ? ['no seed of it was run']
        : shortageOf(scenario, {
            seeds: this.#seeds,
            showing: this.#witnessed,
            known: this.#known,
            reaching: (mark) => this.#marks.seedsOf(mark),
          }).map(({ reason }) => reason);
    const failures = [...this.#failures.values()].sort(nondeterministicFirst);
    const counted = {
      of: { name, file, text, scenario: scenario as Scenario },
      seeds: this.#seeds,
      passed: this.#passed,
      witnessed: this.#witnessed,
      controls: this.#controls,
      controlsClean: this.#controlsClean,
    };
    return {
      ...{ name, file, story: scenario.story, text },
      expectation: expectationInWords(counted.of.scenario),
      seen: seenInWords(counted),
      result: this.#result(missing.length > 0),
      seeds: this.#seeds,
      passed: this.#passed,
      witnessed: this.#witnessed,
      controls: this.#controls,
      controlsClean: this.#controlsClean,
      fingerprint: this.#fingerprint.text(),
      failures: failures.map(({ count, ...failure }) => (runs === null ? { ...failure, count } : failure)),
      marks: this.#marks.all(),
      missing,
      witness: this.#witness,
      runs: runs ?? [],
      ...(runs === null
        ? { totals: { runs: this.runs, steps: this.#steps, virtualUs: this.#virtualUs } }
        : {}),
    };
  }

  #result(isBlind: boolean): SuiteResult {
    if (this.runs === 0) return 'unknown';
    const kinds = [...this.#failures.values()].map(({ kind }) => kind);
    return worstOf(isBlind ? [...kinds, 'blind'] : kinds);
  }

  #witnesses({ seed, control, witnesses }: StoredRow, tell: Tell): boolean {
    const { expect } = this.of.scenario;
    if (control || !('witness' in expect)) return false;
    const shows = witnesses.includes(expect.witness);
    if (seed === String(expect.firstSeed)) this.#known = shows;
    if (!shows) return false;
    this.#witnessed++;
    if (this.#witness !== null) return false;
    this.#witness = { ...tell(), seed, control };
    return true;
  }

  /** How many runs have failed for this reason, this one included. */
  #fail(kind: FailureKind, reason: string, { seed, control }: StoredRow, tell: Tell): number {
    const isKnown = this.#failures.has(keyOf(kind, control, reason));
    const signature = isKnown || this.#failures.size < failuresMax ? reason : furtherReasons;
    const key = keyOf(kind, control, signature);
    const known = this.#failures.get(key);
    if (known === undefined) {
      const told = tell();
      this.#failures.set(key, {
        ...{ kind, signature, seeds: [seed], finding: told.finding, divergence: null },
        ...{ seed, control, replay: told.replay, kept: told.kept, count: 1 },
      });
      return 1;
    }
    known.count++;
    if (known.seeds.length < this.#options.seedsListed) known.seeds.push(seed);
    assert(known.count >= known.seeds.length, 'no more seeds are listed than there are');
    return known.count;
  }
}

function keyOf(kind: FailureKind, control: boolean, signature: string): string {
  return `${kind} ${control} ${signature}`;
}

/** As a suite lists them: then no other verdict is worth anything. The sort keeps the order of all others. */
function nondeterministicFirst(a: Failure, b: Failure): number {
  return Number(b.kind === 'nondeterministic') - Number(a.kind === 'nondeterministic');
}
