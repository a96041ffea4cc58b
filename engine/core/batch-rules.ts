// What a leader demands of a batch before it appends it, in Kafka's order (ProduceRequest.validateRecords,
// UnifiedLog.analyzeAndValidateRecords, LogValidator): exactly one batch of format 2, offset 0, not too large, checksum
// right, records consistent. Producer state is looked at afterwards (`core/producer-state.ts`).

import { failure, type Outcome, success } from '../base/outcome.ts';
import { ErrorCode } from '../errors.ts';
import { batchesOf, type RecordBatch, type TimestampType } from '../protocol/record-batch.ts';
import { type InvalidRecords, validateRecords } from '../protocol/records.ts';

/** Produce knows zstd from this version on (KIP-110). */
const zstdProduceVersion = 7;
const magicInUse = 2;
const magicPosition = 16;

export interface AppendRules {
  /** Version of the Produce request that carries the batch. */
  readonly produceVersion: number;
  readonly nowMs: number;
  readonly maxMessageBytes: number;
  readonly segmentBytes: number;
  readonly compacted: boolean;
  readonly timestampType: TimestampType;
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** A batch that inflates beyond this is refused: the broker looks into it to check it. */
  readonly decompressedBytesMax: number;
}

export interface RefusedBatch extends InvalidRecords {
  /** Whether Kafka's log, not what stands before it, says no: such an answer tells where the log starts. */
  readonly byLog: boolean;
}

/** The batch, with its header's largest timestamp made true; or the error for the client. */
export function checkForAppend(bytes: Uint8Array, rules: AppendRules): Outcome<RecordBatch, RefusedBatch> {
  const magic = bytes[magicPosition] ?? magicInUse;
  if (magic > magicInUse) return refuse(ErrorCode.CORRUPT_MESSAGE, `record format ${magic} does not exist`);
  const batches = batchesOf(bytes);
  if (!batches.ok) return refuse(ErrorCode.INVALID_RECORD, batches.error);
  const [batch, ...others] = batches.value;
  if (batch === undefined) return refuse(ErrorCode.INVALID_RECORD, 'a partition without a record batch');
  if (others.length > 0)
    return refuse(ErrorCode.INVALID_RECORD, 'more than one record batch for a partition');
  if (batch.magic !== magicInUse)
    return refuse(ErrorCode.INVALID_RECORD, `record format ${batch.magic}, only 2 is taken`);
  if (batch.compression === 'zstd' && rules.produceVersion < zstdProduceVersion) {
    return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `zstd needs Produce version ${zstdProduceVersion}`);
  }
  if (batch.baseOffset !== 0) {
    const message = `base offset ${batch.baseOffset}, 0 is wanted`;
    return failure({ code: ErrorCode.INVALID_RECORD, message, recordErrors: [], byLog: true });
  }
  if (batch.sizeBytes > rules.maxMessageBytes) {
    return refuse(
      ErrorCode.MESSAGE_TOO_LARGE,
      `${batch.sizeBytes} bytes, max.message.bytes is ${rules.maxMessageBytes}`,
    );
  }
  if (!batch.isCrcValid()) return refuse(ErrorCode.CORRUPT_MESSAGE, 'the checksum does not match');
  const records = validateRecords(batch, { ...rules, requireKey: rules.compacted });
  if (!records.ok) return failure({ ...records.error, byLog: true });
  if (batch.sizeBytes > rules.segmentBytes) {
    return refuse(
      ErrorCode.RECORD_LIST_TOO_LARGE,
      `${batch.sizeBytes} bytes, segment.bytes is ${rules.segmentBytes}`,
    );
  }
  const { maxTimestamp } = records.value;
  const untrue = maxTimestamp !== batch.maxTimestamp || batch.timestampType !== 'CreateTime';
  if (rules.timestampType === 'CreateTime' && untrue) {
    batch.setMaxTimestamp('CreateTime', maxTimestamp);
  }
  return success(batch);
}

function refuse(code: number, message: string): Outcome<never, RefusedBatch> {
  return failure({ code, message, recordErrors: [], byLog: false });
}
