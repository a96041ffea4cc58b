// One run: a scenario, a seed, and what came of it. A generator, because the real macrotask loop has to turn now and
// then (buffers of native codecs are freed only there): whoever drives it takes a breath at each yield. Nothing that
// can be observed happens between.

import type { GivenConfiguration } from './contract/configuration.ts';
import { tallyOf } from './contract/tally.ts';
import { FaultPlan } from './fault-plan.ts';
import { type Effect, Material } from './material.ts';
import { type Crash, type RunOutcome, type Standstill, signatureOf, verdictOf } from './outcome.ts';
import { Direction, type Ending } from './phases.ts';
import { History } from './record/history.ts';
import { registries } from './registries.ts';
import type { Overrides, Scenario, ScenarioFault } from './scenario/schema.ts';
import type { StepListener } from './scheduler.ts';
import { type Finding, judge } from './verdict.ts';
import { WorldStage } from './world-stage.ts';

/** From the step behind `afterStep` on everything is drawn anew. */
export interface Fork {
  readonly afterStep: number;
  readonly salt: string;
}

export interface RunOptions {
  /** The control of a scenario, or a shrunk variant. */
  readonly overrides?: Overrides | undefined;
  /** Single decisions by name (`site#n`), for shrunk runs. */
  readonly decisions?: ReadonlyMap<string, number> | undefined;
  /** Keep trace and history in the outcome. */
  readonly trace?: boolean | undefined;
  /** The same past, another future. */
  readonly fork?: Fork | undefined;
  /** Tell what this step decides. */
  readonly drawsOf?: number | undefined;
  /** Stop there; the outcome says who waits for what. */
  readonly untilStep?: number | undefined;
  /** Hears every step: to compare two runs, or to follow causes. */
  readonly onStep?: StepListener | undefined;
}

/** Runs a scenario under a seed; drive it with `runToEnd`, or breathe at each yield. */
export function* run(
  scenario: Scenario,
  seed: string,
  options: RunOptions = {},
): Generator<void, RunOutcome> {
  const played = overridden(scenario, options.overrides ?? {});
  const without: readonly string[] = options.overrides?.without ?? [];
  const stage = new WorldStage(played, seed, options);
  const history = new History(() => stage.now());
  const plan = new FaultPlan(stage, registries.faults, without);
  const direction = new Direction({
    stage,
    plan,
    history,
    scenario: played,
    workloads: new Map(registries.workloads.map((workload) => [workload.name, workload])),
    bootstrap: stage.bootstrap,
  });
  const ending = yield* direction.run();
  const crash = stage.crash();
  const allWaits = stage.pendingWaits();
  const waits = ending === 'converged' ? [] : allWaits;
  // A run that was cut short is not to blame for what it did not get to.
  const wasCut = ending === 'cut';
  const material = new Material({
    entries: history.entries,
    events: stage.events(),
    effects: plan.effects,
    logFiles: ending === 'converged' ? stage.logFiles() : [],
    pendingWaits: wasCut ? [] : waits,
    converged: ending !== 'stuck',
    floor: wasCut ? {} : (played.floor ?? {}),
    requiredFaults: wasCut ? [] : requiredFaults(played).filter((fault) => !without.includes(fault)),
    end: stage.now(),
    monitor: stage.monitor,
    configuration: givenBy(played),
    clocksAreTrue: played.clock === undefined,
  });
  const standstill = standstillOf(ending, direction.where, stage, waits);
  const outcome = outcomeOf(stage, seed, played, material, crash, standstill);
  if (options.trace !== true) return outcome;
  const drawn = stage.drawn();
  const course = { phases: direction.timeline, faults: plan.begun };
  return {
    ...outcome,
    course,
    drawn,
    trace: stage.trace(),
    history: material.parts.entries,
    waits: allWaits,
  };
}

/** Drives a run without ever breathing: for tests, and for runs without native compression. */
export function runToEnd(running: Generator<void, RunOutcome>): RunOutcome {
  for (;;) {
    const turn = running.next();
    if (turn.done) return turn.value;
  }
}

function outcomeOf(
  stage: WorldStage,
  seed: string,
  scenario: Scenario,
  material: Material,
  crash: Crash | null,
  standstill: Standstill | null,
): RunOutcome {
  const wanted = scenario.checkers;
  const checkers = registries.checkers.filter(
    ({ name }) => wanted === undefined || wanted.some((one) => one === name),
  );
  // A run that was cut short, or whose engine broke, is not worth judging further.
  const judgements = crash === null ? checkers.map((row) => judge(row, material)) : [];
  const bySteps = (a: Finding, b: Finding) => a.step - b.step;
  const violations = judgements.flatMap((judgement) => judgement.violations).sort(bySteps);
  const witnesses = judgements.flatMap((judgement) => judgement.witnesses).sort(bySteps);
  const ended = standstill === null;
  return {
    seed,
    verdict: verdictOf(judgements, crash, ended),
    violations,
    witnesses,
    judgements: judgements.map(({ checker, verdict, judged, reason }) => ({
      checker,
      verdict,
      judged,
      reason,
    })),
    fingerprint: stage.fingerprint(),
    steps: stage.now().step,
    virtualUs: stage.now().timeUs,
    counters: stage.counters(material.parts.entries),
    marks: stage.marks(),
    effects: material.parts.effects,
    ...(crash === null ? { contract: tallyOf(material) } : {}),
    signature: signatureOf(violations, crash),
    crash,
    standstill,
  };
}

function standstillOf(
  ending: Ending,
  where: string,
  stage: WorldStage,
  waits: Standstill['waits'],
): Standstill | null {
  if (ending === 'converged') return null;
  const why = ending === 'cut' ? stage.cutReason() : `the phase ${where} did not end in its time`;
  return { where, why, waits };
}

/** What a scenario gives to its brokers and topics. */
function givenBy({ config, cluster, phases }: Scenario): GivenConfiguration {
  const inText = (properties: Scenario['config']) =>
    Object.fromEntries(Object.entries(properties ?? {}).map(([name, value]) => [name, String(value)]));
  const topics = Object.entries(cluster.topics).map(([name, topic]) => [name, inText(topic.config)]);
  const electsUncleanly = phases.some(({ workloads = [] }) =>
    workloads.some((one) => one.workload === 'elect-leaders' && 'type' in one && one.type === 'unclean'),
  );
  return { broker: inText(config), topics: Object.fromEntries(topics), electsUncleanly };
}

/** Faults that a run cannot do without: those with a moment or a trigger of their own. */
function requiredFaults(scenario: Scenario): string[] {
  const names = scenario.phases.flatMap((phase) => phase.faults ?? []).filter(isCertain);
  return [...new Set(names.map((fault) => fault.fault))];
}

function isCertain(fault: ScenarioFault): fault is Exclude<ScenarioFault, { oneOf: unknown }> {
  return !('oneOf' in fault) && fault.ratio === undefined;
}

/** The scenario with the overrides laid over it. */
export function overridden(scenario: Scenario, overrides: Overrides): Scenario {
  const changes = overrides.workloads ?? {};
  return {
    ...scenario,
    config: { ...scenario.config, ...overrides.config },
    network: { ...scenario.network, ...overrides.network },
    disk: { ...scenario.disk, ...overrides.disk },
    phases: scenario.phases.map((phase) => ({
      ...phase,
      workloads: (phase.workloads ?? []).map((workload) => ({
        ...workload,
        ...changes[workload.name ?? workload.workload],
      })),
    })),
  };
}

/** The effects of a run that were felt, in words: `power-loss of broker-1: power was lost`. */
export function effectsInWords(effects: readonly Effect[]): string[] {
  return effects
    .filter((effect) => effect.tookEffect)
    .map(({ fault, target, detail }) => `${fault} of ${target}: ${detail}`);
}
