// Is one seed one history? Runs the same thing twice and compares. When the two differ, the interesting place
// is the first step that differs: everything after it is consequence.

import { assert } from '../engine/index.ts';
import { loggedSteps } from './limits.ts';
import type { StepListener } from './scheduler.ts';

/** One step of one run, for people. */
export interface LoggedStep {
  readonly step: number;
  readonly timeUs: number;
  readonly owner: string;
  readonly label: string;
  /**
   * The fingerprint just before the step ran, with the step itself: differs when the step before did
   * something else.
   */
  readonly digest: number;
}

/** The steps of one run, in columns. */
export class StepLog {
  #count = 0;
  #times = new Float64Array(4096);
  #digests = new Uint32Array(4096);
  readonly #owners: string[] = [];
  readonly #labels: string[] = [];

  readonly listener: StepListener = (timeUs, owner, label, digest) => {
    const at = this.#count;
    if (at >= loggedSteps) return;
    if (at === this.#times.length) this.#grow();
    this.#times[at] = timeUs;
    this.#digests[at] = digest;
    this.#owners.push(owner);
    this.#labels.push(label);
    this.#count++;
  };

  get count(): number {
    return this.#count;
  }

  /** Step `step`, from 1; undefined behind the end. */
  at(step: number): LoggedStep | undefined {
    const at = step - 1;
    if (at < 0 || at >= this.#count) return undefined;
    return {
      step,
      timeUs: this.#times[at] as number,
      owner: this.#owners[at] as string,
      label: this.#labels[at] as string,
      digest: this.#digests[at] as number,
    };
  }

  /** One JSON line a step, so that two processes can be compared. */
  *lines(): Generator<string> {
    for (let step = 1; step <= this.#count; step++) yield `${JSON.stringify(this.at(step))}\n`;
  }

  /** Takes in a line that `lines` wrote. */
  take(line: string): void {
    const { timeUs, owner, label, digest } = JSON.parse(line) as LoggedStep;
    this.listener(timeUs, owner, label, digest, 0);
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const digests = new Uint32Array(this.#digests.length * 2);
    times.set(this.#times);
    digests.set(this.#digests);
    this.#times = times;
    this.#digests = digests;
  }
}

/** Where two runs part. Either side is undefined when that run had ended. */
export interface Divergence {
  readonly step: number;
  readonly first: LoggedStep | undefined;
  readonly second: LoggedStep | undefined;
  /** The last step that both have in common, in which one of them may have done something else already. */
  readonly before: LoggedStep | undefined;
  readonly text: string;
}

/** The first step that differs; undefined when there is none in what was logged. */
export function firstDivergence(first: StepLog, second: StepLog): Divergence | undefined {
  const common = Math.min(first.count, second.count);
  // Once digests differ they stay different: find the first by halving.
  let same = 0;
  let different = common + 1;
  while (different - same > 1) {
    const middle = (same + different) >> 1;
    if (first.at(middle)?.digest === second.at(middle)?.digest) same = middle;
    else different = middle;
  }
  if (different > common && first.count === second.count) return undefined;
  const here = first.at(different);
  const there = second.at(different);
  const before = first.at(same);
  const text = [
    `the runs part at step ${different}`,
    `  first:  ${described(here)}`,
    `  second: ${described(there)}`,
    `  before: ${described(before)}`,
  ].join('\n');
  return { step: different, first: here, second: there, before, text };
}

function described(step: LoggedStep | undefined): string {
  if (step === undefined) return 'nothing';
  return `step ${step.step} at ${step.timeUs} us: ${step.owner}, ${step.label} (${step.digest.toString(16)})`;
}

export interface Comparison {
  readonly same: boolean;
  readonly fingerprints: readonly [string, string];
  /** Where they part, when they differ. */
  readonly divergence: Divergence | undefined;
}

/**
 * Runs `run` twice and compares. `run` makes a world with the listener it is given, runs it to its end, in
 * slices (each yield is passed on), and returns the fingerprint.
 */
export function* twice(
  run: (onStep: StepListener) => Generator<undefined, string, void>,
): Generator<undefined, Comparison, void> {
  const logs = [new StepLog(), new StepLog()] as const;
  const first = yield* run(logs[0].listener);
  const second = yield* run(logs[1].listener);
  const divergence = firstDivergence(logs[0], logs[1]);
  const same = first === second;
  assert(!same || divergence === undefined, 'the same fingerprint means the same steps');
  return { same, fingerprints: [first, second], divergence };
}
