// A snapshot of the metadata log as Kafka's file: record batches one after the other, the first a control batch with
// the SnapshotHeader, the last one with the SnapshotFooter, the image's records between them. Offsets count from 0
// inside the file; the epoch of every batch is that of the snapshot. A file without its footer was cut.

import { failure, type Outcome, success } from '../base/outcome.ts';
import { encodeMetadataRecord, type MetadataRecord } from '../core/metadata-record.ts';
import { concat } from '../protocol/bytes.ts';
import { encodeMessage } from '../protocol/codec.ts';
import { type ControlType, controlKey, controlTypeOf } from '../protocol/control-records.ts';
import { snapshotFooterRecord, snapshotHeaderRecord } from '../protocol/messages/control-records.ts';
import { batchesOf, type RecordBatch } from '../protocol/record-batch.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';
import { decodeRecords } from '../protocol/records.ts';
import { metadataRecordsOf } from './metadata-log.ts';

/** So that no batch grows without limit; a metadata record has at most some kilobytes. */
const recordsPerBatch = 1000;

export function encodeSnapshot(records: readonly MetadataRecord[], epoch: number, nowMs: number): Uint8Array {
  const traits = { partitionLeaderEpoch: epoch };
  const header = encodeMessage(snapshotHeaderRecord, 0, { version: 0, lastContainedLogTimestamp: nowMs });
  const footer = encodeMessage(snapshotFooterRecord, 0, { version: 0 });
  const batches = [controlBatch('snapshotHeader', header, { ...traits, baseOffset: 0 }, nowMs)];
  for (let from = 0; from < records.length; from += recordsPerBatch) {
    const some = records.slice(from, from + recordsPerBatch);
    const values = some.map((record) => ({
      timestamp: nowMs,
      key: null,
      value: encodeMetadataRecord(record),
    }));
    batches.push(buildBatch({ ...traits, baseOffset: from + 1, records: values }));
  }
  const last = { ...traits, baseOffset: records.length + 1 };
  batches.push(controlBatch('snapshotFooter', footer, last, nowMs));
  return concat(batches);
}

function controlBatch(
  type: ControlType,
  value: Uint8Array,
  traits: { partitionLeaderEpoch: number; baseOffset: number },
  nowMs: number,
): Uint8Array {
  return buildBatch({
    ...traits,
    isControl: true,
    records: [{ timestamp: nowMs, key: controlKey(type), value }],
  });
}

/** The records of a whole and undamaged snapshot. The error is for people. */
export function decodeSnapshot(bytes: Uint8Array): Outcome<MetadataRecord[], string> {
  const batches = batchesOf(bytes);
  if (!batches.ok) return batches;
  if (!batches.value.every((batch) => batch.isCrcValid())) return failure('a checksum does not match');
  const first = batches.value[0];
  const last = batches.value.at(-1);
  if (!isControl(first, 'snapshotHeader')) return failure('no header');
  if (!isControl(last, 'snapshotFooter')) return failure('no footer');
  const records: MetadataRecord[] = [];
  for (const batch of batches.value) {
    const some = metadataRecordsOf(batch);
    if (!some.ok) return some;
    for (const record of some.value) records.push(record);
  }
  return success(records);
}

function isControl(batch: RecordBatch | undefined, type: ControlType): boolean {
  if (batch === undefined || !batch.isControl) return false;
  const records = decodeRecords(batch);
  const record = records.ok ? records.value[0] : undefined;
  if (record === undefined) return false;
  const found = controlTypeOf(record);
  return found.ok && found.value === type;
}
