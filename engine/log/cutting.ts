// Cutting the end off a log, in an order that every crash survives: segments behind the cut are removed from
// the last one back, each removal durable before the next, then the file is cut and fsynced. Bytes that came
// back after a power loss would otherwise stand behind batches written since.

import { done, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { removeIfThere, type SegmentFileKind } from './files.ts';
import type { Segment } from './segment.ts';
import type { Segments } from './segments.ts';
import { walkBatches } from './walk.ts';

/**
 * Cuts `segments`, of which nothing is planned and not written, so that nothing at or above `offset` is left.
 * Returns where the log ends now: below `offset` where that lay inside a batch.
 */
export function* cutSegments(
  runtime: Runtime,
  directory: string,
  segments: Segments,
  offset: number,
): Task<Outcome<number, DiskError>> {
  for (const segment of segments.takeAbove(offset)) {
    const removed = yield* removeSegmentFiles(runtime, directory, segment);
    if (!removed.ok) return removed;
  }
  const segment = segments.active;
  segment.reactivate();
  const opened = yield* segment.open(false);
  if (!opened.ok) return opened;
  let endOffset = Math.max(segment.baseOffset, offset);
  const kept = yield* walkBatches(opened.value, 0, segment.writtenBytes, (batch) => {
    if (batch.lastOffset < offset) return undefined;
    endOffset = Math.min(endOffset, Math.max(batch.baseOffset, segment.baseOffset));
    return 'stop';
  });
  if (!kept.ok) return kept;
  const cut = yield* cutFile(segment, kept.value.endPosition, endOffset);
  if (!cut.ok) return cut;
  // Its largest timestamp may have gone with the rest: the indexes are learned again.
  segment.resetIndexes();
  const learned = yield* walkBatches(opened.value, 0, segment.writtenBytes, (batch, position) => {
    segment.found(batch, position);
    return undefined;
  });
  return learned.ok ? success(endOffset) : learned;
}

/** Removes the files of all segments, the last one first, so that a crash leaves a log without a hole. */
export function* removeAllSegments(
  runtime: Runtime,
  directory: string,
  segments: Segments,
): Task<DiskOutcome<undefined>> {
  for (const segment of [...segments.all].reverse()) {
    const removed = yield* removeSegmentFiles(runtime, directory, segment);
    if (!removed.ok) return removed;
  }
  return done;
}

/** Cuts the file, durably. */
export function* cutFile(
  segment: Segment,
  endPosition: number,
  endOffset: number,
): Task<DiskOutcome<undefined>> {
  const opened = yield* segment.open(false);
  if (!opened.ok) return opened;
  const cut = yield* opened.value.truncate(endPosition);
  if (!cut.ok) return cut;
  segment.endsAt(endPosition, endOffset);
  return yield* opened.value.sync();
}

/**
 * Removes a segment at once and durably: its batches first, so that a crash never leaves them without a
 * reason.
 */
export function* removeSegmentFiles(
  runtime: Runtime,
  directory: string,
  segment: Segment,
): Task<DiskOutcome<undefined>> {
  segment.deleted = true;
  segment.close();
  const kinds: SegmentFileKind[] = ['log', 'index', 'timeindex', 'txnindex'];
  for (const kind of kinds) {
    const removed = yield* removeIfThere(runtime, segment.path(kind));
    if (!removed.ok) return removed;
  }
  return yield* runtime.syncDir(directory);
}
