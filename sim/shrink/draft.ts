// A scenario on its way to a smaller one: plain data that is copied and changed. Whether it is still a scenario is
// asked of the schema before it is run.

import type { RunOutcome } from '../outcome.ts';
import type { Scenario, ScenarioFault, ScenarioWorkload } from '../scenario/schema.ts';
import type { Goal } from './goal.ts';

export type Draft = Scenario & { seed: string };

/** A part of a draft, to look through keys that only some kinds have. */
export type Loose = Record<string, unknown>;

export interface Send {
  at: number;
  client?: number | undefined;
  life?: number | undefined;
  partition?: number | undefined;
  key?: string | undefined;
}

/** One smaller scenario that may show the same. */
export interface Edit {
  /** `broker-3 is left out`. */
  readonly what: string;
  readonly draft: Draft;
}

export function copied<T>(value: T): T {
  return structuredClone(value);
}

/** The edit that `change` makes; for lists of edits. */
export function edit(draft: Draft, what: string, change: (draft: Draft) => void): Edit {
  const changed = copied(draft);
  change(changed);
  return { what, draft: changed };
}

export function faultsOf(draft: Draft): { phase: number; at: number; fault: ScenarioFault }[] {
  return draft.phases.flatMap(({ faults = [] }, phase) => faults.map((fault, at) => ({ phase, at, fault })));
}

export function workloadsOf(draft: Draft): { phase: number; at: number; workload: ScenarioWorkload }[] {
  return draft.phases.flatMap(({ workloads = [] }, phase) =>
    workloads.map((workload, at) => ({ phase, at, workload })),
  );
}

/** The records that a workload sends one by one; undefined when it sends at a rate, or not at all. */
export function sendsOf(workload: ScenarioWorkload): Send[] | undefined {
  return (workload as Loose)['sends'] as Send[] | undefined;
}

export function nameOf(workload: ScenarioWorkload): string {
  return workload.name ?? workload.workload;
}

/** What happens in a run, as one would count it when telling it. */
export interface EventCount {
  /** Faults that took effect, each node that was hurt apart. */
  readonly faults: number;
  readonly sends: number;
  /** Readers, members of groups and operators, each as one. */
  readonly others: number;
  readonly total: number;
}

export function eventsOf(draft: Draft, outcome: Pick<RunOutcome, 'effects' | 'counters'>): EventCount {
  const faults = outcome.effects.filter((effect) => effect.tookEffect).length;
  const sends = outcome.counters['send'] ?? 0;
  const others = workloadsOf(draft)
    .filter(({ workload }) => workload.workload !== 'produce')
    .reduce((sum, { workload }) => sum + (workload.clients ?? 1), 0);
  return { faults, sends, others, total: faults + sends + others };
}

/** What the smaller scenario has to show, said as an expectation. */
export function expectationFor({ invariant, shown }: Goal, expected: boolean): Scenario['expect'] {
  if (shown !== 'witnessed') return { verdict: 'pass' };
  const named = invariant as never;
  const always = { seeds: 1, of: 1 };
  return expected ? { witness: named, inAtLeast: always } : { verdict: 'pass', never: [named] };
}
