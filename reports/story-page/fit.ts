// The events of a run, as many of them as a page can carry: packed into columns, compressed, and written in letters.
// When not all fit, what matters stays: landmarks, the partition of the finding, the time around it; the rest is
// counted.

import { constants, deflateRawSync } from 'node:zlib';
import type { Finding, HistoryEntry, TraceLine } from '../../sim/index.ts';
import { packEvents } from './columns.ts';
import { operationEvents } from './operations.ts';
import { type PageEvent, rowOf } from './page-event.ts';

export interface Fitted {
  /** base64 of the deflated columns. */
  readonly letters: string;
  readonly kept: number;
  /** How many events of each kind are missing, the most first. */
  readonly leftOut: readonly (readonly [kind: string, count: number])[];
}

/** Events that a browser draws at ease. */
export const pageEventsMax = 250_000;

/** Facts that no sentence and no drawing reads: digests and ids for machines. */
const unread: ReadonlySet<string> = new Set(['crc', 'topicId', 'digest', 'incarnationId', 'producerId']);

/** Trace and history of a run in the order of time. */
export function pageEvents(trace: readonly TraceLine[], history: readonly HistoryEntry[]): PageEvent[] {
  const told = trace.map(({ step, timeUs, node, incarnation, event }): PageEvent => {
    const read = Object.entries(event).filter(([name]) => !unread.has(name));
    return {
      step,
      timeUs,
      node,
      incarnation,
      event: Object.fromEntries(read) as unknown as TraceLine['event'],
    };
  });
  // A stable sort: within a step the trace comes first, then what the client made of it. Readers search by time.
  return [...told, ...operationEvents(history)].sort((a, b) => a.timeUs - b.timeUs || a.step - b.step);
}

/** Packs so many events that the letters are at most `lettersMax`. */
export function fitEvents(
  events: readonly PageEvent[],
  finding: Finding | null,
  lettersMax: number,
  eventsMax = pageEventsMax,
): Fitted {
  let count = Math.min(events.length, eventsMax);
  let order: readonly number[] | undefined;
  for (;;) {
    if (count < events.length) order ??= byImportance(events, finding);
    const kept = order === undefined ? events : chosen(events, order.slice(0, count));
    const letters = lettersOf(packEvents(kept));
    if (letters.length <= lettersMax || count === 0) {
      return { letters, kept: kept.length, leftOut: missing(events, kept) };
    }
    count = Math.min(count - 1, Math.floor((count * lettersMax * 0.97) / letters.length));
  }
}

/**
 * Huffman codes and runs only: what a full deflate makes depends on the processor, by the hashes with which it looks
 * for repetitions, and a page must be the same on all machines.
 */
function lettersOf(bytes: Uint8Array): string {
  const small = deflateRawSync(bytes, { level: 9, strategy: constants.Z_RLE });
  return small.toString('base64');
}

function chosen(events: readonly PageEvent[], places: readonly number[]): PageEvent[] {
  return [...places].sort((a, b) => a - b).map((place) => events[place] as PageEvent);
}

/** Places of events, the ones to keep first. */
function byImportance(events: readonly PageEvent[], finding: Finding | null): number[] {
  const { topic, partition } = finding?.evidence ?? {};
  const centreUs = finding?.timeUs ?? events.at(-1)?.timeUs ?? 0;
  const nearUs = (events.at(-1)?.timeUs ?? 0) / 20;
  const scores = events.map(({ event, timeUs }) => {
    const { rank } = rowOf(event.kind);
    const concerned = 'partition' in event && event.topic === topic && event.partition === partition;
    const near = Math.abs(timeUs - centreUs) <= nearUs;
    return rank === 0 ? 0 : Math.max(1, rank + 2 - (concerned ? 1 : 0) - (near ? 2 : 0));
  });
  const distance = (place: number) => Math.abs((events[place] as PageEvent).timeUs - centreUs);
  return events
    .map((_, place) => place)
    .sort((a, b) => (scores[a] as number) - (scores[b] as number) || distance(a) - distance(b) || a - b);
}

function missing(events: readonly PageEvent[], kept: readonly PageEvent[]): [string, number][] {
  if (kept.length === events.length) return [];
  const counts = new Map<string, number>();
  for (const { event } of events) counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
  for (const { event } of kept) counts.set(event.kind, (counts.get(event.kind) ?? 0) - 1);
  return [...counts].filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
}
