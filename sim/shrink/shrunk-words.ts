// What people read of a shrunk scenario: the file itself, with its story as the comment on top, and the lines that the
// command prints.

import type { EventCount } from './draft.ts';
import type { PointOfNoReturn } from './point-of-no-return.ts';
import { scenarioText } from './scenario-text.ts';
import type { Shrunk } from './shrink.ts';
import { storyOf } from './story.ts';

/** Where it comes from. */
export interface Origin {
  readonly scenario: string;
  readonly seed: string;
  readonly control: boolean;
}

export interface WrittenScenario {
  readonly text: string;
  readonly story: readonly string[];
}

/** `schema`: what the file calls its JSON Schema, where one is near. */
export function writtenScenario(origin: Origin, shrunk: Shrunk, schema?: string): WrittenScenario {
  const { draft, outcome, finding } = shrunk;
  const story = storyOf(draft, outcome, finding);
  const { $schema: _, ...scenario } = draft;
  const named = schema === undefined ? scenario : { $schema: schema, ...scenario };
  const comment = [
    ...story,
    `Shrunk from ${origin.scenario}${origin.control ? ' (control)' : ''}, seed ${origin.seed}.`,
  ];
  return { text: scenarioText(named, comment), story };
}

export interface Told {
  readonly out: string;
  readonly story: readonly string[];
  readonly replay: string;
  readonly point: PointOfNoReturn | undefined;
}

export function shrunkText(shrunk: Shrunk, { out, story, replay, point }: Told): string {
  const { goal, before, after, runs, minimal, stepsLeft, otherSeeds } = shrunk;
  const left = minimal
    ? `1-minimal: none of ${stepsLeft} further steps keeps it`
    : 'not minimal: the runs or the time were used up before the last step was tried';
  const { shown, of } = otherSeeds;
  const others = of === 0 ? '' : `; also shown under ${shown} of ${of} other seeds`;
  return [
    `${goal.shown} ${goal.invariant}: ${counted(before)} shrunk to ${counted(after)}`,
    `${runs} runs; ${left}${others}`,
    '',
    ...story,
    ...(point === undefined ? [] : ['', `no way back ${point.prose}`]),
    '',
    `written to ${out}`,
    replay,
  ].join('\n');
}

function counted({ total, faults, sends, others }: EventCount): string {
  return `${total} events (${faults} faults, ${sends} records, ${others} readers and operators)`;
}

export function shrunkJson(origin: Origin, shrunk: Shrunk, { out, story, replay, point }: Told): object {
  const { goal, finding, before, after, runs, minimal, stepsLeft, otherSeeds, draft } = shrunk;
  return {
    ...origin,
    invariant: goal.invariant,
    shown: goal.shown,
    finding,
    before,
    after,
    runs,
    minimal,
    stepsLeft,
    otherSeeds,
    shrunkSeed: draft.seed,
    out,
    story,
    replay,
    pointOfNoReturn: point ?? null,
  };
}
