// The simulator's door: read a scenario, run it under a seed, judge what came of it.
//
//   const reader = new ScenarioReader(registries);
//   const scenario = reader.read(fileName, text);                an Outcome: a scenario, or complaints
//   const running = run(scenario.value, '17', { trace: true });  a generator: breathe (a macrotask) at each yield
//   const outcome = runToEnd(running);                           or without breathing
//   judgeScenario(scenario.value, outcomes, controlOutcomes);    against what the scenario expects

export type { ContractTable, TableClause } from './contract/table.ts';
export {
  controlOf,
  judgeScenario,
  type ScenarioJudgement,
  type ScenarioResult,
  showsWitness,
  unexpectedIn,
  unexpectedInControl,
} from './expectation.ts';
export type { FaultKind } from './fault.ts';
// Limits, scheduler, fingerprint and monitor are here for the benchmarks of the loop and of the judges.
export { defaultLimits } from './limits.ts';
export type { CurvePoint, MarkCoverage, NeverReached, ReachedMark, ScenarioMark } from './marks/coverage.ts';
export type { Effect, PendingWait } from './material.ts';
export { ClusterMonitor } from './monitor/cluster-monitor.ts';
export type { DrawnResult, Fate, StoredDrawn } from './mutants/drawn/stored.ts';
export type { StoredHealthy, StoredMutants } from './mutants/stored.ts';
export type { Life } from './node.ts';
export {
  type Crash,
  compareReplay,
  nondeterministicReplay,
  type RunOutcome,
  type Standstill,
  type TraceLine,
  vacuousPass,
} from './outcome.ts';
export { Randomness } from './random.ts';
export type { NodeRole } from './record/events.ts';
export { type AnyEvent, eventDocs } from './record/events.ts';
export { type HistoryEntry, historyLines, readHistoryLines } from './record/history.ts';
export { Fingerprint } from './record/recorder.ts';
export { registries } from './registries.ts';
export { effectsInWords, overridden, type RunOptions, run, runToEnd } from './run.ts';
export { type Complaint, openingComment, parseJsonc } from './scenario/jsonc.ts';
export { ScenarioReader } from './scenario/read.ts';
export type { Overrides, Registries, Scenario } from './scenario/schema.ts';
export { label, Scheduler } from './scheduler.ts';
export type { Chances, PointOfNoReturn } from './shrink/point-of-no-return.ts';
export type {
  KeptRun,
  StoredFailure,
  StoredScenario,
  StoredSuite,
  StoredTelling,
} from './store.ts';
export type { TrailStep } from './trail.ts';
export type { Checker, Finding, Judgement, Verdict } from './verdict.ts';
export type { WorkloadKind } from './workload.ts';
// A world without a scenario: for the benchmarks that run inside of one.
export { World } from './world.ts';
