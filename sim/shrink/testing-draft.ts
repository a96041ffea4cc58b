// Small drafts for the tests of this folder, and a world that is only a predicate over drafts.

import type { RunOutcome } from '../outcome.ts';
import type { Scenario } from '../scenario/schema.ts';
import { type Draft, faultsOf, sendsOf, workloadsOf } from './draft.ts';
import type { Answer, Searching } from './trial.ts';

export function draftOf(changes: object = {}): Draft {
  const phases = [
    {
      name: 'hurt',
      until: { virtualSeconds: 10 },
      workloads: [
        { workload: 'produce', topic: 'orders', sends: [{ at: 1.234567 }, { at: 2 }, { at: 3.5 }] },
      ],
      faults: [
        { fault: 'pause', target: 'broker-2', at: 1, for: 2 },
        { fault: 'crash', target: 'broker-1', at: 2.25, for: 1.5 },
      ],
    },
  ];
  const cluster = { brokers: 3, topics: { orders: { partitions: 2 } } };
  const expect = { verdict: 'pass' };
  const story = 'A draft for tests, nothing more.';
  return { story, seed: '7', cluster, phases, expect, ...changes } as unknown as Draft;
}

const moment = { step: 1, timeUs: 1 };

/** The outcome of a toy run: what the draft asks for took effect, and the invariant is violated or not. */
export function outcomeOf(draft: Scenario, violated: string | null): RunOutcome {
  const finding = { invariant: violated ?? '', prose: 'so it was', ...moment, evidence: {} };
  const effects = faultsOf(draft as Draft).map(({ fault }) => ({
    ...{ fault: 'oneOf' in fault ? 'group' : fault.fault, target: 'broker-1', tookEffect: true, detail: '' },
    ...{ damage: 'harmless', excusesHalt: false, partition: null, began: moment, ended: moment },
  }));
  const sends = workloadsOf(draft as Draft).flatMap(({ workload }) => sendsOf(workload) ?? []).length;
  return {
    ...{ seed: '7', verdict: violated === null ? 'holds' : 'violated', witnesses: [], judgements: [] },
    violations: violated === null ? [] : [finding],
    ...{ fingerprint: '', steps: 100, virtualUs: 1e6, counters: { send: sends }, effects, signature: '' },
    ...{ crash: null, standstill: null, trace: [], history: [] },
  } as unknown as RunOutcome;
}

/** Drives a search in a toy world; also which trials were run. */
export function driven<T>(
  searching: Searching<T>,
  answer: (
    scenario: Draft,
    options: { fork?: { afterStep: number; salt: string } | undefined },
    isNeeded: boolean,
  ) => Answer,
): { result: T; trials: number } {
  let trials = 0;
  let turn = searching.next();
  while (!turn.done) {
    const { scenario, seed, options, isNeeded = false } = turn.value;
    trials++;
    turn = searching.next(answer({ ...scenario, seed }, options, isNeeded));
  }
  return { result: turn.value, trials };
}
