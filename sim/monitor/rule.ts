// What a rule on the cluster's state is: a name, and what it looks at when which event comes. Rules run inside the step
// of the event, so that a finding names the very step in which the cluster went wrong.

import type { AnyEvent, AnyEventKind } from '../record/events.ts';
import type { RecordedEvent } from '../record/recorder.ts';
import type { At, Finding } from '../verdict.ts';
import type { ClusterState } from './cluster-state.ts';

export type Handlers = {
  readonly [K in AnyEventKind]?: (event: Extract<AnyEvent, { kind: K }>, recorded: RecordedEvent) => void;
};

/** What a rule says. */
export interface Tell {
  readonly judged: (facts: number) => void;
  /** `lawful`: the faults of the run permit it; then it is a witness. */
  readonly tell: (lawful: boolean, at: At, prose: string, evidence: Finding['evidence']) => void;
}

export interface Watch {
  /** Called before the event changed the state of the cluster. */
  readonly before?: Handlers;
  /** Called after it did. */
  readonly after?: Handlers;
}

export interface StateRule {
  readonly invariant: string;
  readonly doc: string;
  watch(cluster: ClusterState, tell: Tell): Watch;
}
