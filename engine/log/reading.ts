// Reading from a segment: whole batches from an offset on. One read of the file serves a fetch in the usual
// case: the index tells where to begin, and the read is as large as the answer may be, plus what lies between
// two index entries.
//
// Checksums are not looked at here, as in Kafka: the client's check is the one that counts, and recovery has
// looked.

import type { BufferPool } from '../base/buffer-pool.ts';
import { type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import { BatchWalk, batchSizeBytes } from '../protocol/record-batch.ts';
import { damaged } from './files.ts';
import type { Segment } from './segment.ts';
import { batchBytesMax } from './walk.ts';

export interface ReadLimits {
  readonly maxBytes: number;
  /** Only batches wholly below it. */
  readonly upToOffset: number;
  /** A first batch larger than `maxBytes` is given all the same, so that a reader gets past it. */
  readonly atLeastOneBatch: boolean;
}

/** A read ahead of the answer: more than lies between two index entries in the usual case. */
const slackBytes = 16 * 1024;
const noBatches = new Uint8Array(0);

/**
 * Batches of one segment: empty when the first at or above `fromOffset` is more than the limits allow, undefined when
 * there is none. Only in the second case may a reader look further: behind what does not fit lies what would be read
 * in its place, and whoever asked would believe that there is nothing between. What is found lies in a buffer of the
 * pool, which its reader may give back.
 */
export function* readSegment(
  segment: Segment,
  fromOffset: number,
  limits: ReadLimits,
  buffers: BufferPool,
): Task<Outcome<Uint8Array | undefined, DiskError>> {
  const indexes = yield* segment.indexes();
  if (!indexes.ok) return indexes;
  const opened = yield* segment.open(false);
  if (!opened.ok) return opened;
  const endPosition = segment.writtenBytes;
  let position = indexes.value.offsets.positionBefore(fromOffset);
  let wantBytes = Math.min(limits.maxBytes, batchBytesMax) + slackBytes;
  while (position < endPosition) {
    const buffer = buffers.take(Math.min(wantBytes, endPosition - position));
    const read = yield* opened.value.readAt(position, buffer);
    if (!read.ok) return read;
    if (read.value < buffer.length) return damaged(segment.path('log'), 'the file ends before its batches');
    const selected = select(buffer, fromOffset, limits);
    if (selected.kind === 'found') return success(selected.bytes);
    if (selected.kind === 'malformed') return damaged(segment.path('log'), selected.message);
    position += selected.skippedBytes;
    const sizeBytes = selected.skippedBytes > 0 ? undefined : batchSizeBytes(buffer);
    buffers.giveBack(buffer);
    if (selected.skippedBytes > 0) continue;
    if (sizeBytes === undefined || sizeBytes > endPosition - position || sizeBytes > batchBytesMax) {
      return damaged(segment.path('log'), `a batch at byte ${position} is not all there`);
    }
    if (sizeBytes > limits.maxBytes && !limits.atLeastOneBatch) return success(noBatches);
    wantBytes = sizeBytes;
  }
  return success(undefined);
}

type Selection =
  | { readonly kind: 'found'; readonly bytes: Uint8Array }
  | { readonly kind: 'further'; readonly skippedBytes: number }
  | { readonly kind: 'malformed'; readonly message: string };

/** The batches in `buffer` that answer; or how far on the first of them must be. */
function select(buffer: Uint8Array, fromOffset: number, limits: ReadLimits): Selection {
  const walk = new BatchWalk(buffer);
  let start = -1;
  let end = -1;
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
    if (start < 0 && batch.lastOffset < fromOffset) continue;
    const first = start < 0;
    if (first) {
      start = batch.position;
      end = start;
    }
    const fits = batch.end - start <= limits.maxBytes || (first && limits.atLeastOneBatch);
    if (!fits || batch.lastOffset >= limits.upToOffset) break;
    end = batch.end;
  }
  if (start >= 0) return { kind: 'found', bytes: buffer.subarray(start, end) };
  if (walk.stop?.kind === 'malformed') return { kind: 'malformed', message: walk.stop.message };
  return { kind: 'further', skippedBytes: walk.wholeBytesEnd };
}
