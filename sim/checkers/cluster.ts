// The rules on the cluster's state (monitor/rules), as checkers: they were looked at while the run went on, here their
// findings are told. A run without a monitor, or without replicas, gives them nothing to judge.

import type { Material } from '../material.ts';
import type { StateRule } from '../monitor/rule.ts';
import { coordinatorRules, metadataRules, replicationRules } from '../monitor/rules/index.ts';
import { type Checker, checker, type Report } from '../verdict.ts';

export const replication = watched(
  'replication',
  'replicas, leaders and the ISR keep every committed record, at every step',
  replicationRules,
);

export const metadata = watched(
  'metadata',
  'all nodes take in the same committed metadata, at every step',
  metadataRules,
);

export const coordinators = watched(
  'coordinators',
  'one coordinator per group, and what it answers is in its log, at every step',
  coordinatorRules,
);

function watched(name: string, doc: string, rules: readonly StateRule[]): Checker {
  return checker({
    name,
    doc,
    invariants: Object.fromEntries(rules.map((rule) => [rule.invariant, rule.doc])),

    check(material: Material, report: Report): void {
      for (const { invariant } of rules) tellWatched(material, report, invariant);
    },
  });
}

/** What one rule found, into the report of the checker that declares it. */
export function tellWatched(material: Material, report: Report, invariant: string): void {
  const told = material.parts.monitor?.findingsOf(invariant);
  if (told === undefined) return;
  report.judged(told.facts);
  for (const { lawful, finding } of told.found) {
    const evidence = { ...finding.evidence, times: told.count };
    report.found(lawful, finding.invariant, finding, finding.prose, evidence);
  }
  if (told.broken !== undefined) throw new Error(told.broken);
}
