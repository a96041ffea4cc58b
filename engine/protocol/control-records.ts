// Control records: what brokers and controllers write into logs for each other, one to a batch that has the
// control bit, and that consumers step over. The key is (int16 version, int16 type), the value belongs to the
// type. Here are the two markers that end a transaction in a partition; the records of Raft have their values
// in `messages/control-records.ts`, and their keys are read here too.
//
// A value of a marker is (int16 version, int32 coordinatorEpoch). Later versions may only append fields, so
// both key and value are read by their first bytes, whatever version they carry.

import { failure, type Outcome, success } from '../base/outcome.ts';
import { Reader, Writer } from './bytes.ts';
import { buildBatch } from './record-batch-builder.ts';
import type { LogRecord } from './records.ts';

/** Position in this list is the type on the wire. */
export const controlTypes = [
  'abort',
  'commit',
  'leaderChange',
  'snapshotHeader',
  'snapshotFooter',
  'kraftVersion',
  'kraftVoters',
] as const;
export type ControlType = (typeof controlTypes)[number];

export function controlKey(type: ControlType): Uint8Array {
  const writer = new Writer(4);
  writer.int16(0);
  writer.int16(controlTypes.indexOf(type));
  return writer.toBytes();
}

/** 'unknown' is a type that came after us: it is to be stepped over. */
export function controlTypeOf(record: Pick<LogRecord, 'key'>): Outcome<ControlType | 'unknown', string> {
  if (record.key === null) return failure('a control record without a key');
  const reader = new Reader(record.key);
  const version = reader.int16();
  const type = reader.int16();
  if (reader.failure !== undefined) return failure(`control record key: ${reader.failure}`);
  if (version < 0) return failure(`a control record key of version ${version}`);
  return success(controlTypes[type] ?? 'unknown');
}

export interface EndTransactionMarker {
  readonly type: 'commit' | 'abort';
  readonly coordinatorEpoch: number;
}

/** undefined when the control record is none of the two markers. */
export function decodeMarker(
  record: Pick<LogRecord, 'key' | 'value'>,
): Outcome<EndTransactionMarker | undefined, string> {
  const type = controlTypeOf(record);
  if (!type.ok) return type;
  if (type.value !== 'commit' && type.value !== 'abort') return success(undefined);
  if (record.value === null) return failure('a transaction marker without a value');
  const reader = new Reader(record.value);
  reader.int16();
  const coordinatorEpoch = reader.int32();
  if (reader.failure !== undefined) return failure(`transaction marker: ${reader.failure}`);
  return success({ type: type.value, coordinatorEpoch });
}

/** A whole batch that ends a transaction of `producerId`; it takes one offset and no sequence number. */
export function buildMarkerBatch(marker: {
  type: 'commit' | 'abort';
  coordinatorEpoch: number;
  producerId: number;
  producerEpoch: number;
  timestampMs: number;
}): Uint8Array {
  const value = new Writer(6);
  value.int16(0);
  value.int32(marker.coordinatorEpoch);
  const record = { timestamp: marker.timestampMs, key: controlKey(marker.type), value: value.toBytes() };
  return buildBatch({
    records: [record],
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    isTransactional: true,
    isControl: true,
  });
}
