// What the script of the page is told: lanes, faults, the finding, and the window in which the story happens.

import type { Finding, KeptRun } from '../../sim/index.ts';
import { offsetOf, tellsLoss } from '../evidence.ts';
import { clipped } from '../format.ts';
import type { RunFacts } from '../run-facts.ts';
import type { Chain } from './chain.ts';
import type { PageHead } from './page-head.ts';

/** Faults that are drawn; random ones may be thousands. */
const faultsMax = 400;

export function headOf(run: RunFacts, chain: Chain, kept: KeptRun, finding: Finding | null): PageHead {
  const turn = kept.pointOfNoReturn ?? null;
  const { topic, partition } = finding?.evidence ?? {};
  const hasPartition = typeof topic === 'string' && typeof partition === 'number';
  return {
    endUs: run.endUs,
    window: windowOf(run, chain),
    finding: finding === null ? null : findingOf(finding, run.isFailure),
    turn: turn === null ? null : { timeUs: turn.timeUs, label: 'the point of no return' },
    lanes: run.lanes.map(({ node, role, lives, pauses }) => ({ node, role, lives, pauses })),
    phases: run.phases,
    faults: run.faults
      .filter(({ tookEffect }) => tookEffect)
      .slice(0, faultsMax)
      .map(({ fault, target, beganUs, endedUs, detail }) => ({
        ...{ fault, targets: target.split(', '), beganUs, endedUs },
        detail: clipped(detail, 200),
      })),
    names: namesOf(kept),
    partition: hasPartition ? `${topic}/${partition}` : null,
    isAboutControllers: finding !== null && (!hasPartition || topic.startsWith('__cluster')),
  };
}

function findingOf({ timeUs, invariant }: Finding, isFailure: boolean): PageHead['finding'] {
  return { timeUs, label: `the finding: ${invariant}`, isFailure };
}

/** From the record of which the finding speaks to its loss; at least the moment of the finding and what is near it. */
function windowOf(run: RunFacts, { lines }: Chain): readonly [number, number] {
  const { finding } = run;
  if (finding === null) return [0, untilHealed(run)];
  const record = lines.filter(({ sort }) => sort === 'record');
  const before = record.filter(({ timeUs }) => timeUs <= finding.timeUs && offsetOf(finding) !== undefined);
  const lost = record.find(({ timeUs, text }) => timeUs > finding.timeUs && tellsLoss(text));
  const least = Math.min(finding.timeUs, ...before.map(({ timeUs }) => timeUs));
  const most = Math.max(finding.timeUs, lost?.timeUs ?? 0);
  const margin = Math.max(nearUs, (most - least) / 10);
  return [Math.max(0, least - margin), Math.min(run.endUs, most + margin)];
}

/** What is near a finding. */
const nearUs = 20_000;

/** The end of the last fault, and some of what came behind it: a run goes on in peace for long. */
function untilHealed({ faults, endUs }: RunFacts): number {
  const last = Math.max(0, ...faults.map(({ endedUs }) => endedUs ?? endUs));
  return last === 0 ? endUs : Math.min(endUs, last * 1.25);
}

function namesOf({ outcome }: KeptRun): (readonly [number, string])[] {
  const names = new Map<number, string>();
  for (const { node, event } of outcome.trace ?? []) {
    if (event.kind === 'broker-started') names.set(event.brokerId, node);
  }
  return [...names];
}
