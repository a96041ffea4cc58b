// Looking up records by timestamp. The time index says where to begin; then batches are walked, and the
// records of the one batch that answers are unpacked, because timestamps inside a batch are in no order.

import { type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import type { RecordBatch } from '../protocol/record-batch.ts';
import { decodeRecords } from '../protocol/records.ts';
import { damaged } from './files.ts';
import type { Segment } from './segment.ts';
import { walkBatches } from './walk.ts';

/** A record found by its timestamp. */
export interface TimestampedOffset {
  readonly offset: number;
  readonly timestampMs: number;
  readonly leaderEpoch: number;
}

/**
 * The first record at or above `fromOffset` whose timestamp is not below `timestampMs`; `used` hears of each
 * segment.
 */
export function* findTimestamp(
  segments: readonly Segment[],
  timestampMs: number,
  fromOffset: number,
  used: (segment: Segment) => void,
): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
  for (const segment of segments) {
    if (segment.maxTimestampMs < timestampMs || segment.deleted) continue;
    const found = yield* findTimestampIn(segment, timestampMs, fromOffset);
    if (segment.deleted) continue;
    if (!found.ok) return found;
    used(segment);
    if (found.value !== undefined) return found;
  }
  return success(undefined);
}

/** The record with the largest timestamp, the first of them. */
export function* findMaxTimestamp(
  segments: readonly Segment[],
): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
  let found: TimestampedOffset | undefined;
  // Largest first: the usual case looks at one segment. More only where the largest is planned and not yet
  // written.
  const candidates = segments
    .filter(({ writtenBytes }) => writtenBytes > 0)
    .sort((a, b) => b.maxTimestampMs - a.maxTimestampMs || a.baseOffset - b.baseOffset);
  for (const segment of candidates) {
    if (found !== undefined && segment.maxTimestampMs < found.timestampMs) break;
    const best = yield* findMaxTimestampIn(segment);
    if (segment.deleted) continue;
    if (!best.ok) return best;
    if (best.value !== undefined && (found === undefined || isBetter(best.value, found))) found = best.value;
  }
  return success(found);
}

function isBetter(a: TimestampedOffset, b: TimestampedOffset): boolean {
  return a.timestampMs > b.timestampMs || (a.timestampMs === b.timestampMs && a.offset < b.offset);
}

/** The first record of the segment at or above `fromOffset` whose timestamp is not below `timestampMs`. */
function* findTimestampIn(
  segment: Segment,
  timestampMs: number,
  fromOffset: number,
): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
  const indexes = yield* segment.indexes();
  if (!indexes.ok) return indexes;
  const opened = yield* segment.open(false);
  if (!opened.ok) return opened;
  const { offsets, times } = indexes.value;
  const position = offsets.positionBefore(times.offsetBefore(timestampMs));
  let found: TimestampedOffset | undefined;
  const walked = yield* walkBatches(opened.value, position, segment.writtenBytes, (batch) => {
    if (batch.maxTimestamp < timestampMs || batch.lastOffset < fromOffset) return undefined;
    found = recordIn(batch, fromOffset, (recordTimestampMs) => recordTimestampMs >= timestampMs);
    return found === undefined ? undefined : 'stop';
  });
  if (!walked.ok) return walked;
  if (walked.value.defect !== undefined) return damaged(segment.path('log'), walked.value.defect);
  return success(found);
}

/** The first of the records that carry the largest timestamp of what is written. */
function* findMaxTimestampIn(segment: Segment): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
  const opened = yield* segment.open(false);
  if (!opened.ok) return opened;
  let largestMs = -1;
  let found: TimestampedOffset | undefined;
  const walked = yield* walkBatches(opened.value, 0, segment.writtenBytes, (batch) => {
    if (batch.maxTimestamp <= largestMs) return undefined;
    largestMs = batch.maxTimestamp;
    found = recordIn(batch, 0, (recordTimestampMs) => recordTimestampMs === largestMs);
    return undefined;
  });
  if (!walked.ok) return walked;
  if (walked.value.defect !== undefined) return damaged(segment.path('log'), walked.value.defect);
  return success(found);
}

/** The first record that `matches`; where the records cannot be unpacked, the batch answers for them. */
function recordIn(
  batch: RecordBatch,
  fromOffset: number,
  matches: (timestampMs: number) => boolean,
): TimestampedOffset | undefined {
  const leaderEpoch = batch.partitionLeaderEpoch;
  const records = decodeRecords(batch);
  if (!records.ok) {
    return { offset: Math.max(batch.baseOffset, fromOffset), timestampMs: batch.maxTimestamp, leaderEpoch };
  }
  const record = records.value.find(({ offset, timestamp }) => offset >= fromOffset && matches(timestamp));
  return record === undefined
    ? undefined
    : { offset: record.offset, timestampMs: record.timestamp, leaderEpoch };
}
