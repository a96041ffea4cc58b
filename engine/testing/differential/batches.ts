// Batches for questions about Produce: good ones, and ones that are wrong in exactly one way.

import { crc32c } from '../../protocol/crc32c.ts';
import type { BatchRecord, BatchTraits } from '../../protocol/record-batch-builder.ts';
import { buildBatch } from '../../protocol/record-batch-builder.ts';

export interface Wanted extends BatchTraits {
  readonly count?: number;
  readonly timestamp?: number;
  readonly key?: string | null;
  readonly valueBytes?: number;
}

/** A batch of `count` small records. */
export function batchOf(wanted: Wanted = {}): Uint8Array<ArrayBuffer> {
  const { count = 1, timestamp = Date.now(), key = 'k', valueBytes = 10, ...traits } = wanted;
  const record: BatchRecord = {
    timestamp,
    key: key === null ? null : new TextEncoder().encode(key),
    value: new Uint8Array(valueBytes).fill(97),
  };
  return new Uint8Array(buildBatch({ records: new Array<BatchRecord>(count).fill(record), ...traits }));
}

/** The batch with a field overwritten and, unless it is the checksum itself, a true checksum. */
export function damaged(
  batch: Uint8Array<ArrayBuffer>,
  damage: (view: DataView) => void,
  checksum: 'mended' | 'left' = 'mended',
): Uint8Array {
  const copy = batch.slice();
  const view = new DataView(copy.buffer);
  damage(view);
  if (checksum === 'mended') view.setUint32(17, crc32c(copy, 21, copy.length));
  return copy;
}

export function joined(...batches: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(batches));
}
