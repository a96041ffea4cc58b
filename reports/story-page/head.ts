// What the script of the page is told: lanes, faults, the finding, and the window in which the story happens.

import type { Finding, KeptRun } from '../../sim/index.ts';
import { clipped } from '../format.ts';
import type { RunFacts } from '../run-facts.ts';
import { aroundFinding, wholeRun } from '../timeline.ts';
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

/** From the first to the last moment of the record of which the finding speaks; else the time around the finding. */
function windowOf(run: RunFacts, { lines }: Chain): readonly [number, number] {
  // The final scan comes long after; it reads what is there by then.
  const telling = lines.filter(
    ({ sort, node }) => (sort === 'record' && node !== 'scanner') || sort === 'finding',
  );
  const times = telling.map(({ timeUs }) => timeUs);
  const [least, most] = [Math.min(...times), Math.max(...times)];
  if (times.length < 2 || most - least < 1_000) {
    if (run.finding === null) return [0, untilHealed(run)];
    const { fromUs, toUs } = aroundFinding(run) ?? wholeRun(run);
    return [fromUs, toUs];
  }
  const margin = (most - least) / 12;
  return [Math.max(0, least - margin), Math.min(run.endUs, most + margin)];
}

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
