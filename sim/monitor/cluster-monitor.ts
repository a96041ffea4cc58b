// The monitor of a run: hears every event as it happens, keeps the state of the cluster, and lets the rules look at it
// in the very step. Events that nobody asks about cost one look into a map.

import type { AnyEvent } from '../record/events.ts';
import type { RecordedEvent } from '../record/recorder.ts';
import { type At, type Finding, findingsMax } from '../verdict.ts';
import { stateOf } from './cluster-events.ts';
import { ClusterState } from './cluster-state.ts';
import { logStartsOf } from './log-start-events.ts';
import type { Handlers, StateRule, Tell } from './rule.ts';

type Handler = (event: AnyEvent, recorded: RecordedEvent) => void;

/** What one rule found in a run: the first findings, and how many there were. */
export interface RuleFindings {
  readonly found: readonly { readonly lawful: boolean; readonly finding: Finding }[];
  readonly count: number;
  /** Facts that were looked at. */
  readonly facts: number;
  /** Why the rule could not go on: it threw. */
  readonly broken: string | undefined;
}

export class ClusterMonitor {
  readonly cluster = new ClusterState();
  readonly #handlers = new Map<string, Handler[]>();
  readonly #findings = new Map<string, Ledger>();

  constructor(rules: readonly StateRule[]) {
    const watches = rules.map((rule) => {
      const ledger = this.#findings.get(rule.invariant) ?? new Ledger(rule.invariant);
      this.#findings.set(rule.invariant, ledger);
      return { ledger, watch: rule.watch(this.cluster, ledger) };
    });
    for (const { ledger, watch } of watches) this.#add(watch.before ?? {}, ledger);
    this.#add(stateOf(this.cluster), undefined);
    this.#add(logStartsOf(this.cluster), undefined);
    for (const { ledger, watch } of watches) this.#add(watch.after ?? {}, ledger);
  }

  /** Takes in the next event of the run. */
  take(recorded: RecordedEvent): void {
    const handlers = this.#handlers.get(recorded.event.kind);
    if (handlers === undefined) return;
    for (const handle of handlers) handle(recorded.event, recorded);
  }

  findingsOf(invariant: string): RuleFindings | undefined {
    return this.#findings.get(invariant);
  }

  /** A rule that throws is out of the game, and says so; the state itself must not throw. */
  #add(handlers: Handlers, ledger: Ledger | undefined): void {
    for (const [kind, handler] of Object.entries(handlers)) {
      const handle = handler as Handler;
      const list = this.#handlers.get(kind) ?? [];
      this.#handlers.set(kind, list);
      list.push(ledger === undefined ? handle : (event, recorded) => ledger.guard(handle, event, recorded));
    }
  }
}

class Ledger implements Tell, RuleFindings {
  readonly found: { lawful: boolean; finding: Finding }[] = [];
  readonly #invariant: string;
  #kept = { lawful: 0, unlawful: 0 };
  count = 0;
  facts = 0;
  broken: string | undefined;

  constructor(invariant: string) {
    this.#invariant = invariant;
  }

  // Rules take these two apart from their ledger.

  readonly judged = (facts: number): void => {
    this.facts += facts;
  };

  readonly tell = (lawful: boolean, at: At, prose: string, evidence: Finding['evidence']): void => {
    this.count++;
    const kind = lawful ? 'lawful' : 'unlawful';
    if (this.#kept[kind] >= findingsMax) return;
    this.#kept[kind]++;
    const { step, timeUs } = at;
    this.found.push({ lawful, finding: { invariant: this.#invariant, prose, step, timeUs, evidence } });
  };

  guard(handle: Handler, event: AnyEvent, recorded: RecordedEvent): void {
    if (this.broken !== undefined) return;
    try {
      handle(event, recorded);
    } catch (error) {
      this.broken = `${this.#invariant} broke: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
