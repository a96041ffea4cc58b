// What a search asks of whoever runs it: one run after the other. The searches are generators and know nothing of
// threads, time or files; they yield a trial and are given its outcome.

import type { RunOutcome } from '../outcome.ts';
import type { RunOptions } from '../run.ts';
import type { Scenario } from '../scenario/schema.ts';

export interface Trial {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly options: RunOptions;
  /** Without it there is no answer at all: it runs also when no time is left. */
  readonly isNeeded?: boolean;
}

/** `invalid`: no scenario, by the schema. `enough`: no time is left; whatever was found so far is the answer. */
export type Answer = RunOutcome | 'invalid' | 'enough';

export type Searching<T> = Generator<Trial, T, Answer>;

/** A run that is asked about: a scenario or its control under a seed. */
export interface Subject {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly control: boolean;
}
