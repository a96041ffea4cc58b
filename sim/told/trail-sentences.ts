// The trail of a finding as sentences: what the steps told, without the small steps by which bytes travel.

import type { AnyEvent } from '../record/events.ts';
import { type Named, sentenceOf, type Told } from './sentences.ts';

/** One line of a story. */
export interface ToldLine {
  readonly step: number;
  readonly timeUs: number;
  readonly node: string;
  readonly text: string;
}

/** A step of the trail, as far as it is told. */
export interface TrailLike {
  readonly step: number;
  readonly timeUs: number;
  readonly node: string;
  readonly label: string;
  readonly events: readonly Told[];
  readonly repeated: number;
}

/** Transport: a message says more than its bytes. */
const transport: ReadonlySet<AnyEvent['kind']> = new Set(['bytes-delivered', 'file-synced']);

/** `isTold` leaves out what somebody else tells. */
export function trailSentences(
  trail: readonly TrailLike[],
  named: Named,
  isTold: (told: Told) => boolean = () => true,
): ToldLine[] {
  return trail.flatMap((step, index) => {
    const { node, timeUs } = step;
    const telling = step.events.filter((told) => !transport.has(told.event.kind) && isTold(told));
    const isLast = index === trail.length - 1;
    const shown = telling.length > 0 || !isLast ? telling : step.events;
    const lines = shown.map((told) => sentenceOf(told, named));
    if (lines.length === 0 && step.label === 'timer') lines.push(timerText(step));
    if (lines.length === 0 && isLast) lines.push(`${node}: ${step.label}`);
    return lines.map((text) => ({ step: step.step, timeUs, node, text }));
  });
}

function timerText({ node, repeated }: TrailLike): string {
  return `a timer of ${node} fires${repeated > 0 ? `, after ${repeated} like it` : ''}`;
}
