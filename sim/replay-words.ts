// One run, told: what was asked, what happened in the world, what was found and what led to it, who waits for what.

import type { RunOutcome, TraceLine } from './outcome.ts';
import type { AnyEvent } from './record/events.ts';
import type { PointOfNoReturn } from './shrink/point-of-no-return.ts';
import type { LoadedScenario, SuiteResult } from './suite.ts';
import type { Story } from './swarm-worker.ts';
import { lanesText } from './told/lanes-text.ts';
import { type Named, nodeNames, sentenceOf } from './told/sentences.ts';
import { trailSentences } from './told/trail-sentences.ts';
import type { TrailStep } from './trail.ts';
import type { Finding } from './verdict.ts';

export interface Asked {
  readonly of: LoadedScenario;
  readonly control: boolean;
  /** Tell every pending wait. */
  readonly stuck: boolean;
  /** Where the run could no longer end well; null when there is no such step, undefined when nobody asked. */
  readonly point: PointOfNoReturn | null | undefined;
  /** It was told to stop at a step, and did. */
  readonly stopped: boolean;
  readonly result: SuiteResult;
}

/** What the world did to its nodes, and they to themselves: the skeleton of a run. */
const landmarks: ReadonlySet<AnyEvent['kind']> = new Set([
  'broker-started',
  'broker-stopped',
  'broker-halted',
  'node-crashed',
  'power-lost',
  'node-paused',
  'node-resumed',
  'node-halted',
  'disk-wiped',
  'fault-began',
  'fault-ended',
  'sync-lied',
  'sync-failed',
  'write-torn',
  'bits-rotted',
  'clock-jumped',
  'clock-drifts',
  'log-recovered',
  'coordinator-loaded',
  'engine-crashed',
  'note',
]);

/** Landmarks told of one run, and lines at its end. */
const landmarksMax = 120;
const findingsMax = 10;
const trailLinesMax = 40;
const waitsMax = 60;

/** The run as one JSON document: all but trace and history, which `--trace` writes. */
export function replayJson({ outcome, trail }: Story, asked: Asked): string {
  const { trace: _, history: __, course: ___, drawn: ____, waits, ...rest } = outcome;
  const { of, control, result } = asked;
  const document = {
    scenario: of.name,
    file: of.file,
    control,
    result,
    ...rest,
    trail,
    waits,
    pointOfNoReturn: asked.point,
  };
  return JSON.stringify(document, null, 1);
}

export function replayStory({ outcome, trail }: Story, asked: Asked): string {
  const { of, control } = asked;
  const named = nodeNames(outcome.trace ?? []);
  const parts = [
    `${of.name}${control ? ' (control)' : ''}, seed ${outcome.seed}\n${of.scenario.story}`,
    lanesOf(outcome, trail),
    landmarksOf(outcome.trace ?? [], named),
    found('violated', outcome.violations),
    found('witness', outcome.witnesses),
    trailText(trail, named),
    pointText(asked.point),
    endOf(outcome, asked),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function lanesOf({ trace = [], effects, virtualUs }: RunOutcome, trail: readonly TrailStep[]): string {
  const findingUs = trail.at(-1)?.timeUs ?? null;
  return lanesText({ trace, effects, endUs: virtualUs, findingUs }).join('\n');
}

function landmarksOf(trace: readonly TraceLine[], named: Named): string {
  const lines = trace.filter((line) => landmarks.has(line.event.kind));
  const told = lines.slice(0, landmarksMax).map((line) => `${momentOf(line)}  ${sentenceOf(line, named)}`);
  if (lines.length > landmarksMax) told.push(`  and ${lines.length - landmarksMax} more: --trace FILE`);
  return told.join('\n');
}

function found(what: string, findings: readonly Finding[]): string {
  const told = findings
    .slice(0, findingsMax)
    .map(
      ({ invariant, prose, step, timeUs }) =>
        `${what} ${invariant} at step ${step}, ${seconds(timeUs)}: ${prose}`,
    );
  if (findings.length > findingsMax) told.push(`and ${findings.length - findingsMax} more (${what})`);
  return told.join('\n');
}

function trailText(trail: readonly TrailStep[], named: Named): string {
  if (trail.length === 0) return '';
  const lines = trailSentences(trail, named)
    .slice(-trailLinesMax)
    .map((line) => `${momentOf(line)}  ${line.text}`);
  return [
    'what led to it, each line caused by the one before (how bytes travel is left out):',
    ...lines,
  ].join('\n');
}

function pointText(point: Asked['point']): string {
  if (point === undefined) return '';
  return point === null
    ? 'no point of no return: nothing was found, or other draws can always still change it'
    : `no way back ${point.prose}`;
}

function endOf(outcome: RunOutcome, { stuck, stopped, result }: Asked): string {
  const lines: string[] = [];
  const { crash, standstill, waits = [] } = outcome;
  if (crash !== null) lines.push(`${crash.node} broke in ${crash.label}: ${crash.stack}`);
  if (standstill !== null) lines.push(`in ${standstill.where}: ${standstill.why}`);
  for (const { reason } of outcome.judgements) if (reason !== null) lines.push(reason);
  if (stuck || stopped || (standstill !== null && crash === null)) {
    lines.push(`pending waits: ${waits.length}`);
    for (const wait of stuck ? waits : waits.slice(0, waitsMax)) {
      lines.push(`  ${wait.node}: ${wait.task} waits for ${wait.waitingFor}`);
    }
    if (!stuck && waits.length > waitsMax) lines.push(`  and ${waits.length - waitsMax} more: --stuck`);
  }
  const sent = outcome.counters['send'] ?? 0;
  const acked = outcome.counters['send ok'] ?? 0;
  lines.push(
    `${sent} sends, ${acked} acknowledged; ${outcome.steps} steps, ${seconds(outcome.virtualUs)} of virtual time`,
  );
  lines.push(`${stopped ? 'stopped' : result}, fingerprint ${outcome.fingerprint}`);
  return lines.join('\n');
}

function momentOf({ step, timeUs }: { readonly step: number; readonly timeUs: number }): string {
  return `${String(step).padStart(8)} ${seconds(timeUs).padStart(13)}`;
}

function seconds(timeUs: number): string {
  return `${(timeUs / 1e6).toFixed(6)} s`;
}
