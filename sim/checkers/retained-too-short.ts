// What retention took too early, as it is known from outside: an acknowledged record was given to its producer at a
// known time, so it is no younger than that; a log has at most the bytes that were ever appended to it. Only what
// contradicts these for certain is a finding.

import { partitionKey } from '../../engine/index.ts';
import { listOf } from '../lists.ts';
import type { Material, TracedEvent } from '../material.ts';
import type { SendOperation } from '../record/history.ts';
import type { Report } from '../verdict.ts';
import { limitsOf } from './retention-limits.ts';

export function tellTooShort(material: Material, report: Report, clocksAreTrue: boolean): void {
  const sends = new Map<string, SendOperation[]>();
  for (const send of material.sends) {
    if (send.offset >= 0) listOf(sends, partitionKey(send.topic, send.ackedPartition)).push(send);
  }
  const replicas = new Map<string, Replica>();
  for (const traced of material.parts.events) {
    const { node, event } = traced;
    const follow = followed[event.kind];
    if (follow === undefined) continue;
    const key = partitionKey(event['topic'] as string, event['partition'] as number);
    const replica = replicas.get(`${node} ${key}`) ?? new Replica();
    replicas.set(`${node} ${key}`, replica);
    if (event.kind === 'segment-deleted') {
      const removed: Removed = { traced, replica, sends: sends.get(key) ?? [] };
      if (event['reason'] === 'log-start') tellAboveStart(report, removed);
      else if (!mayDelete(material, event['topic'] as string, traced.step)) tellForbidden(report, removed);
      else if (event['reason'] === 'retention-size') noteTooFew(material, report, removed);
      else if (clocksAreTrue) tellTooYoung(material, report, removed);
    }
    follow(replica, event);
  }
  for (const { doubtful } of replicas.values()) for (const one of doubtful) tellTooFew(report, one);
}

interface Doubtful {
  readonly traced: TracedEvent;
  readonly retentionBytes: number;
  /** Up to here offsets had been given when it was told. */
  readonly plannedEnd: number;
  /** At most: with all that was planned then and written since. */
  leftBytes: number;
  /** Whether all of that is written. */
  isKnown: boolean;
}

/** What is known from outside of the segments of one replica. */
class Replica {
  /** The furthest that its log was made to start, by anything but retention. */
  startedAt = 0;
  /** Offsets are given up to here, and written up to `logEnd`. */
  plannedEnd = 0;
  logEnd = 0;
  /** Removals for size that seem to have left too little. */
  doubtful: Doubtful[] = [];
  /** By first offset: at most so many bytes. The first segment of all begins wherever its log does. */
  readonly bytes = new Map<number, number>([[0, 0]]);

  /** What was planned and not written is gone: what it would have been is never known. */
  endsAt(offset: number): void {
    this.logEnd = offset;
    this.plannedEnd = offset;
    this.doubtful = this.doubtful.filter(({ isKnown }) => isKnown);
  }

  /** At most: without this segment. */
  bytesWithout(baseOffset: number): number {
    let sum = 0;
    for (const [base, bytes] of this.bytes) if (base !== baseOffset) sum += bytes;
    return sum;
  }

  /** The first offset of the segment that has this one. */
  segmentOf(offset: number): number {
    return Math.max(0, ...[...this.bytes.keys()].filter((base) => base <= offset));
  }

  /** The first offset behind a segment; undefined when it is the last that is known. */
  endOf(baseOffset: number): number | undefined {
    const later = [...this.bytes.keys()].filter((base) => base > baseOffset);
    return later.length === 0 ? undefined : Math.min(...later);
  }
}

type Event = TracedEvent['event'];

/** How its events change it: a cut takes no bytes away, since it is not known how many. */
const followed: Readonly<Record<string, (replica: Replica, event: Event) => void>> = {
  'append-planned': (replica, event) => {
    replica.plannedEnd = Math.max(replica.plannedEnd, (event['lastOffset'] as number) + 1);
  },
  'segment-rolled': ({ bytes }, event) => {
    const base = event['baseOffset'] as number;
    bytes.set(base, bytes.get(base) ?? 0);
  },
  'log-appended': (replica, event) => {
    const base = replica.segmentOf((event['logEndOffset'] as number) - 1);
    const bytes = event['bytes'] as number;
    replica.bytes.set(base, (replica.bytes.get(base) ?? 0) + bytes);
    replica.logEnd = event['logEndOffset'] as number;
    for (const one of replica.doubtful) {
      if (one.isKnown) continue;
      one.leftBytes += bytes;
      one.isKnown = replica.logEnd >= one.plannedEnd;
    }
  },
  'log-truncated': (replica, event) => {
    const { bytes } = replica;
    const end = event['logEndOffset'] as number;
    replica.endsAt(end);
    const cut = [...bytes.keys()].filter((base) => base > end);
    for (const base of cut) {
      const kept = replica.segmentOf(end);
      bytes.set(kept, (bytes.get(kept) ?? 0) + (bytes.get(base) ?? 0));
      bytes.delete(base);
    }
  },
  'log-start-moved': (replica, event) => {
    if (event['reason'] === 'retention') return;
    replica.startedAt = Math.max(replica.startedAt, event['logStartOffset'] as number);
  },
  'log-recovered': (replica, event) => {
    const end = event['logEndOffset'] as number;
    // What was written when the process died was told by nobody: the last segment may have any size.
    if (end > replica.logEnd) replica.bytes.set(replica.segmentOf(end - 1), Number.POSITIVE_INFINITY);
    replica.endsAt(end);
    replica.startedAt = Math.max(replica.startedAt, event['logStartOffset'] as number);
  },
  'segment-deleted': ({ bytes }, event) => {
    bytes.delete(event['baseOffset'] as number);
  },
};

interface Removed {
  readonly traced: TracedEvent;
  readonly replica: Replica;
  /** Acknowledged, of the partition. */
  readonly sends: readonly SendOperation[];
}

/** Below its start a log may lose whole segments, and no others. */
function tellAboveStart(report: Report, { traced, replica }: Removed): void {
  const { topic, partition, baseOffset } = traced.event as unknown as Segment;
  const end = replica.endOf(baseOffset);
  if (end === undefined) return;
  report.judged(1);
  if (end <= replica.startedAt) return;
  report.violated(
    'retained-too-short',
    traced,
    `${traced.node} took the segment ${baseOffset} to ${end - 1} of ${topic}/${partition} for lying below the start` +
      ` of the log, which nothing had moved further than to ${replica.startedAt}`,
    { topic, partition, node: traced.node, baseOffset, logStartOffset: replica.startedAt },
  );
}

/** Whether age and size may count: not where the log is only compacted. */
function mayDelete({ configuration }: Material, topic: string, step: number): boolean {
  const values = configuration.between(topic, 'cleanup.policy', step, step);
  return values === undefined || [...values].some((value) => value.includes('delete'));
}

function tellForbidden(report: Report, { traced }: Removed): void {
  const { node, event } = traced;
  const { topic, partition, baseOffset } = event as unknown as Segment;
  const prose = `${node} took the segment from ${baseOffset} of ${topic}/${partition}, which only compaction may`;
  report.violated('retained-too-short', traced, prose, { topic, partition, node, baseOffset });
}

/** Milliseconds that rounding may hide. */
const roundingMs = 2;

function tellTooYoung(material: Material, report: Report, { traced, replica, sends }: Removed): void {
  const { event, node, timeUs, step } = traced;
  const { topic, partition, baseOffset } = event as unknown as Segment;
  const retentionMs = limitsOf(material, topic, 'retention.ms', step)?.least;
  const end = replica.endOf(baseOffset);
  if (retentionMs === undefined || end === undefined) return;
  const inside = sends.filter(({ offset }) => offset >= baseOffset && offset < end);
  report.judged(inside.length);
  const youngest = inside.reduce((latest, { invoked }) => Math.max(latest, invoked.timeUs), 0);
  const ageMs = (timeUs - youngest) / 1000;
  if (inside.length === 0 || ageMs + roundingMs > retentionMs) return;
  report.violated(
    'retained-too-short',
    traced,
    `${node} took the segment ${baseOffset} to ${end - 1} of ${topic}/${partition} for its age, but a record in it` +
      ` was given to its producer ${Math.round(ageMs)} ms ago, and retention.ms is ${retentionMs}`,
    { topic, partition, node, baseOffset, ageMs: Math.round(ageMs), retentionMs },
  );
}

/**
 * What is planned has its size already, and is told when it is written. So what a removal left is known when all is
 * written that was planned then; never where the process dies before, or the log is cut.
 */
function noteTooFew(material: Material, report: Report, { traced, replica }: Removed): void {
  const { topic, baseOffset } = traced.event as unknown as Segment;
  const retentionBytes = limitsOf(material, topic, 'retention.bytes', traced.step)?.least;
  if (retentionBytes === undefined) return;
  report.judged(1);
  const leftBytes = replica.bytesWithout(baseOffset);
  if (leftBytes >= retentionBytes) return;
  const { plannedEnd, logEnd } = replica;
  replica.doubtful.push({ traced, retentionBytes, plannedEnd, leftBytes, isKnown: logEnd >= plannedEnd });
}

function tellTooFew(report: Report, { traced, leftBytes, retentionBytes, isKnown }: Doubtful): void {
  if (!isKnown || leftBytes >= retentionBytes) return;
  const { event, node } = traced;
  const { topic, partition, baseOffset } = event as unknown as Segment;
  report.violated(
    'retained-too-short',
    traced,
    `${node} took the segment from ${baseOffset} of ${topic}/${partition} for the size of the log, which leaves at` +
      ` most ${leftBytes} bytes, and retention.bytes is ${retentionBytes}`,
    { topic, partition, node, baseOffset, leftBytes, retentionBytes },
  );
}

interface Segment {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
}
