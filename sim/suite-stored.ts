// From what a suite judged to what is stored of it: plain data, the same whenever the same seeds ran.

import { marksOfScenario } from './marks/coverage.ts';
import type { StoredFailure, StoredRun, StoredScenario } from './store.ts';
import type { JudgedScenario, WantedRun } from './suite.ts';
import type { RunSummary } from './summary.ts';
import { expectationInWords, seenInWords } from './words.ts';

export interface Storing {
  /** Where two runs of a seed part, when that is known. */
  readonly divergenceOf: (run: WantedRun) => string | null;
  /** The name of the kept run, null when it was not kept. */
  readonly keptOf: (run: WantedRun) => string | null;
  readonly replayOf: (run: WantedRun) => string;
}

export function storedScenario(
  judged: JudgedScenario,
  storing: Storing,
  fingerprint: string,
): StoredScenario {
  const { of, runs, witness } = judged;
  const telling = (seed: string, control: boolean) => {
    const run = { of, seed, control };
    return { seed, control, replay: storing.replayOf(run), kept: storing.keptOf(run) };
  };
  const failures: StoredFailure[] = judged.failures.map((failure) => {
    const { kind, control, signature, seeds, finding } = failure;
    const seed = seeds[0] as string;
    const divergence = kind === 'nondeterministic' ? storing.divergenceOf({ of, seed, control }) : null;
    return { kind, signature, seeds, finding, divergence, ...telling(seed, control) };
  });
  const stored = runs.map(({ seed, control, summary }) => storedRun(seed, control, summary));
  return {
    name: of.name,
    file: of.file,
    story: of.scenario.story,
    text: of.text,
    expectation: expectationInWords(of.scenario),
    seen: seenInWords(judged),
    // Interrupted before its first run: of that nobody may say that it is as expected.
    result: runs.length === 0 ? 'unknown' : judged.result,
    seeds: judged.seeds,
    passed: judged.passed,
    witnessed: judged.witnessed,
    controls: judged.controls,
    controlsClean: judged.controlsClean,
    fingerprint,
    failures,
    marks: marksOfScenario(stored),
    missing: runs.length === 0 ? ['no seed of it was run'] : judged.missing,
    witness: witness === null ? null : { finding: witness.finding, ...telling(witness.seed, false) },
    runs: stored,
  };
}

export function storedRun(seed: string, control: boolean, summary: RunSummary): StoredRun {
  return {
    seed,
    control,
    verdict: summary.verdict,
    signature: summary.signature,
    witnesses: summary.witnesses.map((finding) => finding.invariant),
    marks: Object.keys(summary.marks),
    fingerprint: summary.fingerprint,
    steps: summary.steps,
    virtualUs: summary.virtualUs,
    ackedWrites: summary.ackedWrites,
    effectiveFaults: summary.effectiveFaults,
  };
}
