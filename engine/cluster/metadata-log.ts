// How the batches of `__cluster_metadata-0` look. One command is one batch, so that a torn write takes a command as a
// whole or not at all.

import { failure, type Outcome, success } from '../base/outcome.ts';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../core/metadata-record.ts';
import { batchesOf, type RecordBatch } from '../protocol/record-batch.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';
import { decodeRecords } from '../protocol/records.ts';

/** Records that were one command, with the offset of the last. */
export interface MetadataBatch {
  readonly records: readonly MetadataRecord[];
  readonly lastOffset: number;
}

export function metadataBatch(records: readonly MetadataRecord[], nowMs: number): Uint8Array {
  return buildBatch({
    records: records.map((record) => ({ timestamp: nowMs, key: null, value: encodeMetadataRecord(record) })),
  });
}

/** Reads what `readAll` gave; control batches (of Raft) hold no metadata and only move the offset. */
export function metadataBatchesOf(bytes: Uint8Array): Outcome<MetadataBatch[], string> {
  const batches = batchesOf(bytes);
  if (!batches.ok) return failure(`metadata log: ${batches.error}`);
  const decoded: MetadataBatch[] = [];
  for (const batch of batches.value) {
    const records = metadataRecordsOf(batch);
    if (!records.ok) return failure(`metadata log, batch at offset ${batch.baseOffset}: ${records.error}`);
    decoded.push({ records: records.value, lastOffset: batch.lastOffset });
  }
  return success(decoded);
}

/** None where it is a control batch. */
export function metadataRecordsOf(batch: RecordBatch): Outcome<MetadataRecord[], string> {
  if (batch.isControl) return success([]);
  if (!batch.isCrcValid()) return failure('the checksum does not match');
  const raw = decodeRecords(batch);
  if (!raw.ok) return raw;
  const records: MetadataRecord[] = [];
  for (const { value } of raw.value) {
    if (value === null) return failure('a record without a value');
    const record = decodeMetadataRecord(value);
    if (!record.ok) return record;
    records.push(record.value);
  }
  return success(records);
}
