// Walking over the batches of a segment file, chunk by chunk, whatever their size. Structure is checked here
// (size, format, offsets that go up inside a batch); checksums are the visitor's affair, because only
// recovery doubts them.

import { type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import { BatchWalk, batchSizeBytes, type RecordBatch } from '../protocol/record-batch.ts';
import type { File } from '../runtime.ts';

const chunkBytes = 1024 * 1024;
/**
 * No log takes a larger batch, whatever the configuration allows (it is the default of
 * `socket.request.max.bytes`). So a length above it is damage, and allocates nothing.
 */
export const batchBytesMax = 104_857_600;

export interface WalkEnd {
  /** Where the last good batch ended. */
  readonly endPosition: number;
  /** What stood there instead of a batch; undefined when the walk came to its end or was stopped. */
  readonly defect: string | undefined;
}

/** Says what is wrong with a batch, or 'stop' to go no further (the batch does not count), or nothing. */
export type Visit = (batch: RecordBatch, position: number) => 'stop' | { defect: string } | undefined;

/** Visits the batches between two positions of a file. The batches are views that die with the visit. */
export function* walkBatches(
  file: File,
  fromPosition: number,
  toPosition: number,
  visit: Visit,
): Task<Outcome<WalkEnd, DiskError>> {
  let position = fromPosition;
  let wantBytes = chunkBytes;
  while (position < toPosition) {
    const buffer = new Uint8Array(Math.min(wantBytes, toPosition - position));
    const read = yield* file.readAt(position, buffer);
    if (!read.ok) return read;
    if (read.value < buffer.length) return success({ endPosition: position, defect: 'the file ends early' });
    const step = visitChunk(buffer, position, visit);
    position += step.wholeBytes;
    if (step.kind === 'stop') return success({ endPosition: position, defect: undefined });
    if (step.kind === 'defect') return success({ endPosition: position, defect: step.defect });
    wantBytes = chunkBytes;
    if (step.wholeBytes > 0) continue;
    const sizeBytes = batchSizeBytes(buffer) ?? Number.POSITIVE_INFINITY;
    if (sizeBytes > toPosition - position || sizeBytes > batchBytesMax) {
      return success({ endPosition: position, defect: `a batch cut after ${toPosition - position} bytes` });
    }
    wantBytes = sizeBytes;
  }
  return success({ endPosition: position, defect: undefined });
}

type ChunkStep =
  | { readonly kind: 'more' | 'stop'; readonly wholeBytes: number }
  | { readonly kind: 'defect'; readonly wholeBytes: number; readonly defect: string };

function visitChunk(buffer: Uint8Array, position: number, visit: Visit): ChunkStep {
  const walk = new BatchWalk(buffer);
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
    if (batch.lastOffsetDelta < 0 || batch.baseOffset < 0) {
      return { kind: 'defect', wholeBytes: batch.position, defect: 'a batch with impossible offsets' };
    }
    const said = visit(batch, position + batch.position);
    if (said === 'stop') return { kind: 'stop', wholeBytes: batch.position };
    if (said !== undefined) return { kind: 'defect', wholeBytes: batch.position, defect: said.defect };
  }
  const wholeBytes = walk.wholeBytesEnd;
  if (walk.stop?.kind === 'malformed') return { kind: 'defect', wholeBytes, defect: walk.stop.message };
  return { kind: 'more', wholeBytes };
}
