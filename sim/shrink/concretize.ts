// From a scenario that leaves much to the seed to one that says what the seed made of it: every fault at its time, on
// its target, for its while; every record at its moment; every phase as long as it was. A fault keeps the name under
// which it drew, so that what it still draws (how much it slows, which bits) stays the same.

import type { BegunFault } from '../fault-plan.ts';
import type { RunOutcome } from '../outcome.ts';
import type { ScenarioFault, ScenarioPhase, ScenarioWorkload } from '../scenario/schema.ts';
import { listedSendsMax } from '../workloads/produce.ts';
import { copied, type Draft, faultsOf, type Loose, nameOf, type Send, sendsOf } from './draft.ts';
import { secondsOf } from './numbers.ts';

/**
 * `timed`: every fault at a time. `triggered`: a fault that waited for an event still does, for the one that it met;
 * inside a step the moment matters more than a clock can say.
 */
export type Moments = 'timed' | 'triggered';

/** Whether every fault has its time already. */
export function isDrawn(draft: Draft): boolean {
  return faultsOf(draft).every(({ fault }) => 'at' in fault && typeof fault.at === 'number');
}

/** The draft with every fault that took effect written down as it happened. */
export function withDrawnFaults(draft: Draft, outcome: RunOutcome, moments: Moments): Draft {
  const changed = copied(draft);
  for (const phase of changed.phases) {
    const begun = (outcome.course?.faults ?? []).filter((one) => one.phase === phase.name);
    const faults = begun.flatMap((one) => asHappened(one, moments));
    if (faults.length > 0) phase.faults = faults;
    else delete phase.faults;
    drawLength(phase, outcome);
  }
  return changed;
}

function asHappened({ fault, site, atUs, nth, hurts }: BegunFault, moments: Moments): ScenarioFault[] {
  const { at: _, every: __, ratio: ___, weight: ____, on, for: ______, as: _____, target, ...rest } = fault;
  const waits = moments === 'triggered' && on !== undefined && nth !== null;
  const when = waits ? { on: { ...on, nth } } : { at: secondsOf(atUs) };
  return hurts
    .filter(({ effect }) => effect.tookEffect)
    .map(({ effect, forUs }) => {
      // Who it is is known only when it happens: what names the leader stays so where the moment is an event.
      const whom = waits && target !== undefined && hurts.length === 1 ? target : effect.target;
      const lasts = forUs === null ? {} : { for: secondsOf(forUs) };
      return { ...rest, target: whom, ...when, ...lasts, as: site } as ScenarioFault;
    });
}

function drawLength(phase: ScenarioPhase, outcome: RunOutcome): void {
  const times = outcome.course?.phases.find((one) => one.phase === phase.name);
  if (times !== undefined) phase.until = { virtualSeconds: secondsOf(times.endedUs - times.begunUs) };
}

/** What only a rate needs. */
const ofARate = ['records', 'perSecond', 'idleEvery', 'idleMs', 'partitions'] as const;

/** The draft with every record written down at its moment; undefined when there are none, or too many. */
export function withDrawnSends(draft: Draft, outcome: RunOutcome): Draft | undefined {
  const changed = copied(draft);
  const births = birthsOf(outcome);
  let all = 0;
  for (const workload of changed.phases.flatMap(({ workloads = [] }) => workloads)) {
    if (workload.workload !== 'produce' || sendsOf(workload) !== undefined) continue;
    const sends = sendsIn(workload, outcome, births);
    all += sends.length;
    if (sends.length > listedSendsMax) return undefined;
    const part: Loose = workload;
    part['sends'] = sends;
    for (const key of ofARate) delete part[key];
  }
  return all === 0 ? undefined : changed;
}

function sendsIn(
  workload: ScenarioWorkload,
  outcome: RunOutcome,
  births: ReadonlyMap<string, number>,
): Send[] {
  const name = nameOf(workload);
  const sends: Send[] = [];
  for (const entry of outcome.history ?? []) {
    if (entry.kind !== 'send' || !entry.client.startsWith(`${name}-`)) continue;
    const client = Number(entry.client.slice(name.length + 1));
    if (!Number.isInteger(client) || client < 1) continue;
    const life = Number(entry.session.split('#').at(-1));
    const atUs = entry.invoked.timeUs - (births.get(entry.session) ?? 0);
    const send: Send = { at: secondsOf(atUs) };
    if (client > 1) send.client = client;
    if (life > 1) send.life = life;
    if (entry.key !== null) send.key = entry.key;
    else if (entry.partition > 0) send.partition = entry.partition;
    sends.push(send);
  }
  return sends;
}

/** When each life of each node began, by `produce-1#2`. */
function birthsOf(outcome: RunOutcome): Map<string, number> {
  const births = new Map<string, number>();
  for (const { event, node, incarnation, timeUs } of outcome.trace ?? []) {
    if (event.kind === 'node-booted') births.set(`${node}#${incarnation}`, timeUs);
  }
  return births;
}

/** The draft without the faults of these kinds; of a group, without these members. */
export function withoutKinds(draft: Draft, kinds: readonly string[]): Draft {
  const changed = copied(draft);
  for (const phase of changed.phases) {
    const faults = (phase.faults ?? []).flatMap((fault): ScenarioFault[] => {
      if (!('oneOf' in fault)) return kinds.includes(fault.fault) ? [] : [fault];
      const oneOf = fault.oneOf.filter((member) => !kinds.includes((member as Loose)['fault'] as string));
      return oneOf.length === 0 ? [] : [{ ...fault, oneOf }];
    });
    if (phase.faults !== undefined) phase.faults = faults;
  }
  return changed;
}
