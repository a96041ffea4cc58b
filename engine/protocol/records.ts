// The records inside a batch: a cursor over their bytes, decoding for whoever wants them, and the validation
// that a leader does before it appends (Kafka's LogValidator).
//
//   varint length · int8 attributes (unused) · varlong timestampDelta · varint offsetDelta
//   varint keyLength (-1 null) key · varint valueLength (-1 null) value
//   varint headersCount · each: varint keyLength key, varint valueLength (-1 null) value
//
// All varints are zig-zag. Unlike Kafka, a batch from a client whose offset deltas are not 0, 1, 2 ... is
// refused even when it is compressed (Kafka rebuilds such a batch), and the broker never recompresses.

import { failure, type Outcome, success } from '../base/outcome.ts';
import { ErrorCode } from '../errors.ts';
import { fromUtf8, Reader } from './bytes.ts';
import { decompress, decompressedBytesMaxDefault, isTooLarge } from './compression.ts';
import { batchHeaderBytes, noTimestamp, type RecordBatch, type TimestampType } from './record-batch.ts';
import { type RecordSummary, scanRecords } from './record-scan.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/**
 * Key, value and header values are views into the batch (or into its decompressed copy): copy what must
 * outlive it.
 */
export interface LogRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/**
 * Steps from record to record without making anything of them; its fields are those of the record it stands
 * on.
 */
export class RecordCursor {
  readonly #reader: Reader;
  #headersPosition = 0;
  #recordEnd: number;
  offsetDelta = 0;
  timestampDelta = 0;
  keyPosition = 0;
  /** -1 for a null key. */
  keyLength = -1;
  valuePosition = 0;
  /** -1 for a null value. */
  valueLength = -1;
  headersCount = 0;
  /** What is wrong with the record it could not step onto. */
  failure: string | undefined;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#reader = new Reader(bytes, start, end);
    this.#recordEnd = start;
  }

  get bytes(): Uint8Array {
    return this.#reader.bytes;
  }

  /** Where the next record begins. */
  get position(): number {
    return this.#reader.position;
  }

  /** Where the last one must end. */
  get end(): number {
    return this.#reader.position + this.#reader.remaining;
  }

  /** Whether bytes are left behind the record it stands on. */
  get atEnd(): boolean {
    return this.#reader.remaining === 0;
  }

  /**
   * Steps onto the next record, all of it, headers included; false at the end or on the first malformed one.
   */
  next(): boolean {
    const reader = this.#reader;
    if (this.failure !== undefined || reader.remaining === 0) return false;
    const length = reader.varint();
    if (reader.failure !== undefined) return this.#fail(reader.failure);
    if (length < 0 || length > reader.remaining) {
      return this.#fail(`a record of ${length} bytes where ${reader.remaining} are left`);
    }
    this.#recordEnd = reader.position + length;
    reader.int8();
    this.timestampDelta = reader.varlong();
    this.offsetDelta = reader.varint();
    this.keyLength = this.#length('key');
    this.keyPosition = reader.position;
    if (this.keyLength > 0) reader.take(this.keyLength);
    this.valueLength = this.#length('value');
    this.valuePosition = reader.position;
    if (this.valueLength > 0) reader.take(this.valueLength);
    this.headersCount = reader.varint();
    this.#headersPosition = reader.position;
    this.#stepOverHeaders();
    if (reader.failure !== undefined) return this.#fail(reader.failure);
    if (reader.position !== this.#recordEnd) {
      return this.#fail(
        `a record of ${length} bytes that ends ${this.#recordEnd - reader.position} bytes early`,
      );
    }
    return true;
  }

  key(): Uint8Array | null {
    if (this.keyLength < 0) return null;
    return this.bytes.subarray(this.keyPosition, this.keyPosition + this.keyLength);
  }

  value(): Uint8Array | null {
    if (this.valueLength < 0) return null;
    return this.bytes.subarray(this.valuePosition, this.valuePosition + this.valueLength);
  }

  headers(): RecordHeader[] {
    if (this.headersCount === 0) return [];
    const reader = new Reader(this.bytes, this.#headersPosition, this.#recordEnd);
    const headers: RecordHeader[] = [];
    for (let index = 0; index < this.headersCount; index++) {
      const key = fromUtf8(reader.view(reader.varint()));
      const valueLength = reader.varint();
      headers.push({ key, value: valueLength < 0 ? null : reader.view(valueLength) });
    }
    return headers;
  }

  #length(of: string): number {
    const length = this.#reader.varint();
    if (length < -1) this.#reader.fail(`a ${of} of ${length} bytes`);
    return length;
  }

  #stepOverHeaders(): void {
    const reader = this.#reader;
    if (this.headersCount < 0) return reader.fail(`${this.headersCount} headers`);
    for (let index = 0; index < this.headersCount && reader.failure === undefined; index++) {
      const keyLength = reader.varint();
      if (keyLength < 0) return reader.fail('a header without a key');
      reader.take(keyLength);
      const valueLength = this.#length('header value');
      if (valueLength > 0) reader.take(valueLength);
    }
  }

  #fail(reason: string): false {
    this.failure = reason;
    return false;
  }
}

/**
 * A cursor over the records of a batch, unpacked if they are packed. The batch's checksum is not looked at.
 */
export function recordsOf(
  batch: RecordBatch,
  decompressedBytesMax = decompressedBytesMaxDefault,
): Outcome<RecordCursor, string> {
  const { compression } = batch;
  if (compression === undefined) return failure(`no compression has the code ${batch.compressionCode}`);
  if (compression === 'none') {
    return success(new RecordCursor(batch.bytes, batch.position + batchHeaderBytes, batch.end));
  }
  const unpacked = decompress(compression, batch.recordsBytes, decompressedBytesMax);
  if (!unpacked.ok) return unpacked;
  return success(new RecordCursor(unpacked.value, 0, unpacked.value.length));
}

/** All records of a batch; the error is a sentence. Control records are records here too. */
export function decodeRecords(
  batch: RecordBatch,
  decompressedBytesMax = decompressedBytesMaxDefault,
): Outcome<LogRecord[], string> {
  const opened = recordsOf(batch, decompressedBytesMax);
  if (!opened.ok) return opened;
  const cursor = opened.value;
  const { baseOffset, baseTimestamp, maxTimestamp } = batch;
  const appendTime = batch.timestampType === 'LogAppendTime';
  const records: LogRecord[] = [];
  while (cursor.next()) {
    records.push({
      offset: baseOffset + cursor.offsetDelta,
      timestamp: appendTime ? maxTimestamp : baseTimestamp + cursor.timestampDelta,
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    });
  }
  if (cursor.failure !== undefined) return failure(`record ${records.length}: ${cursor.failure}`);
  if (records.length !== batch.recordsCount) {
    return failure(`${records.length} records in a batch that announces ${batch.recordsCount}`);
  }
  return success(records);
}

/** What the topic, the clock and the broker's limits say about a batch from a client. */
export interface ValidationRules {
  /** True on compacted topics. */
  readonly requireKey: boolean;
  /**
   * `message.timestamp.type` of the topic; under LogAppendTime a client's timestamps are not held to any
   * bound.
   */
  readonly timestampType: TimestampType;
  readonly nowMs: number;
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  readonly decompressedBytesMax: number;
}

export interface ValidatedRecords {
  /**
   * The largest timestamp among the records; -1 when none has one. What the batch header must say
   * (`setMaxTimestamp`).
   */
  readonly maxTimestamp: number;
  /** Of the first record that has it. */
  readonly maxTimestampOffsetDelta: number;
}

export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

export interface InvalidRecords {
  readonly code: number;
  readonly message: string;
  /** One for each record that is to blame; none when the batch itself is. */
  readonly recordErrors: readonly RecordError[];
}

/** Kafka names every bad record; a small batch can unpack into millions of them, and so we stop somewhere. */
export const recordErrorsMax = 10_000;

/**
 * Whether a client may have this batch appended. One bad record refuses the batch, and all bad ones are
 * reported. Not looked at here, because it needs no look inside: base offset 0, size, checksum, number of
 * batches.
 */
export function validateRecords(
  batch: RecordBatch,
  rules: ValidationRules,
): Outcome<ValidatedRecords, InvalidRecords> {
  const refusal = headerRefusal(batch);
  if (refusal !== undefined) return failure(batchError(ErrorCode.INVALID_RECORD, refusal));
  const opened = recordsOf(batch, rules.decompressedBytesMax);
  if (!opened.ok) {
    // MESSAGE_TOO_LARGE makes producers split the batch, which is what helps here.
    const code = isTooLarge(opened.error) ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.INVALID_RECORD;
    return failure(batchError(code, opened.error));
  }
  return validateAtOnce(batch, opened.value, rules) ?? validateEach(batch, opened.value, rules);
}

const summary: RecordSummary = {
  timestampDeltaMin: 0,
  timestampDeltaMax: 0,
  timestampDeltaMaxAt: 0,
  hasNullKey: false,
};

/** The usual case, in which there is nothing to say against any record; undefined: look at each. */
function validateAtOnce(
  batch: RecordBatch,
  cursor: RecordCursor,
  rules: ValidationRules,
): Outcome<ValidatedRecords, InvalidRecords> | undefined {
  if (batch.timestampType === 'LogAppendTime') return undefined;
  const { bytes, position, end } = cursor;
  if (!scanRecords(bytes, position, end, batch.recordsCount, summary)) return undefined;
  if (rules.requireKey && summary.hasNullKey) return undefined;
  const { baseTimestamp } = batch;
  const last = baseTimestamp + summary.timestampDeltaMax;
  if (rules.timestampType === 'CreateTime') {
    const first = baseTimestamp + summary.timestampDeltaMin;
    if (first < rules.nowMs - rules.timestampBeforeMaxMs) return undefined;
    if (last > rules.nowMs + rules.timestampAfterMaxMs) return undefined;
  }
  if (last <= noTimestamp) return success({ maxTimestamp: noTimestamp, maxTimestampOffsetDelta: 0 });
  return success({ maxTimestamp: last, maxTimestampOffsetDelta: summary.timestampDeltaMaxAt });
}

function validateEach(
  batch: RecordBatch,
  cursor: RecordCursor,
  rules: ValidationRules,
): Outcome<ValidatedRecords, InvalidRecords> {
  const { baseTimestamp, recordsCount } = batch;
  const recordErrors: RecordError[] = [];
  let invalid = 0;
  let code = ErrorCode.INVALID_RECORD;
  let maxTimestamp = noTimestamp;
  let maxTimestampOffsetDelta = 0;
  let index = 0;
  for (; index < recordsCount && cursor.next(); index++) {
    const timestamp = baseTimestamp + cursor.timestampDelta;
    let message = recordRefusal(cursor, index, rules);
    if (message === undefined) {
      message = timestampRefusal(timestamp, batch, rules);
      if (message !== undefined) code = ErrorCode.INVALID_TIMESTAMP;
    }
    if (message !== undefined) {
      if (invalid++ < recordErrorsMax) recordErrors.push({ batchIndex: index, message });
    } else if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp;
      maxTimestampOffsetDelta = index;
    }
  }
  if (cursor.failure !== undefined) {
    return failure(batchError(ErrorCode.INVALID_RECORD, `record ${index}: ${cursor.failure}`));
  }
  if (index < recordsCount || !cursor.atEnd) {
    const found = index < recordsCount ? `only ${index}` : 'more';
    const message = `${found} records in a batch that announces ${recordsCount}`;
    return failure(batchError(ErrorCode.INVALID_RECORD, message));
  }
  if (invalid === 0) return success({ maxTimestamp, maxTimestampOffsetDelta });
  return failure({ code, message: `${invalid} of ${recordsCount} records are invalid`, recordErrors });
}

function batchError(code: number, message: string): InvalidRecords {
  return { code, message, recordErrors: [] };
}

function headerRefusal(batch: RecordBatch): string | undefined {
  if (batch.isControl) return 'clients must not write control records';
  if (batch.hasProducerId && batch.baseSequence < 0) {
    return `a batch of producer ${batch.producerId} has the base sequence ${batch.baseSequence}`;
  }
  if (batch.recordsCount <= 0) return `a batch of ${batch.recordsCount} records`;
  if (batch.lastOffsetDelta + 1 !== batch.recordsCount) {
    return `${batch.recordsCount} records on ${batch.lastOffsetDelta + 1} offsets`;
  }
  return undefined;
}

function recordRefusal(cursor: RecordCursor, index: number, rules: ValidationRules): string | undefined {
  if (cursor.offsetDelta !== index) return `offset delta ${cursor.offsetDelta} at index ${index}`;
  if (rules.requireKey && cursor.keyLength < 0) return 'a compacted topic cannot take a record without a key';
  return undefined;
}

function timestampRefusal(timestamp: number, batch: RecordBatch, rules: ValidationRules): string | undefined {
  if (rules.timestampType === 'LogAppendTime' || timestamp === noTimestamp) {
    // Where clients say the time, Kafka takes such a batch, and makes it one of CreateTime.
    const stamped = batch.timestampType === 'LogAppendTime';
    return stamped ? 'clients must not set the timestamp type LogAppendTime' : undefined;
  }
  const first = rules.nowMs - rules.timestampBeforeMaxMs;
  const last = rules.nowMs + rules.timestampAfterMaxMs;
  if (timestamp >= first && timestamp <= last) return undefined;
  return `timestamp ${timestamp} is not between ${first} and ${last}`;
}
