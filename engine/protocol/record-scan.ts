// The fast road through the records of a batch: what a leader must know of all of them, in one pass that makes no
// object and calls nothing. It looks at every field that `RecordCursor` looks at; whatever it does not understand at
// once (a varint above three bytes, a wrong length, a delta out of line) it leaves to the slow road, which has the
// words for what is wrong. So it may be narrow, and must never say yes where the slow road says no: a test holds
// the two against each other.
//
// Measured on records of 100 bytes: 10 ns each against 90 with a cursor.

/** What there is to know when all records are in order. */
export interface RecordSummary {
  timestampDeltaMin: number;
  timestampDeltaMax: number;
  /** Of the first record that has the largest. */
  timestampDeltaMaxAt: number;
  hasNullKey: boolean;
}

/** No varint; and no sum of a value and a size is negative. */
const notShort = -1;

/**
 * Whether `bytes[start..end)` are `count` records with the offset deltas 0, 1, 2 ...; fills `into` if so. False also
 * means: unclear.
 */
export function scanRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  into: RecordSummary,
): boolean {
  let min = 0;
  let max = 0;
  let maxAt = 0;
  let hasNullKey = false;
  let at = start;
  for (let index = 0; index < count; index++) {
    let short = shortVarint(bytes, at, end);
    if (short < 0) return false;
    at += short & 3;
    const recordEnd = at + decoded(short);
    // A negative length would end before it begins; one byte of attributes is the least.
    if (recordEnd > end || recordEnd <= at) return false;
    at++;
    short = shortVarint(bytes, at, recordEnd);
    if (short < 0) return false;
    at += short & 3;
    const delta = decoded(short);
    if (index === 0 || delta > max) {
      max = delta;
      maxAt = index;
    }
    if (index === 0 || delta < min) min = delta;
    short = shortVarint(bytes, at, recordEnd);
    if (short < 0 || decoded(short) !== index) return false;
    at += short & 3;
    short = shortVarint(bytes, at, recordEnd);
    if (short < 0) return false;
    const keyLength = decoded(short);
    if (keyLength < 0) hasNullKey = true;
    at = stepOver(at + (short & 3), keyLength);
    short = shortVarint(bytes, at, recordEnd);
    if (short < 0) return false;
    at = stepOver(at + (short & 3), decoded(short));
    if (at > recordEnd) return false;
    // Without headers there is one byte left, and it is zero.
    if (recordEnd - at === 1 && bytes[at] === 0) at = recordEnd;
    else at = stepOverHeaders(bytes, at, recordEnd);
    if (at !== recordEnd) return false;
  }
  if (at !== end) return false;
  into.timestampDeltaMin = min;
  into.timestampDeltaMax = max;
  into.timestampDeltaMaxAt = maxAt;
  into.hasNullKey = hasNullKey;
  return true;
}

/** Behind a field of so many bytes, where -1 is a null; past every end for what is no length. */
function stepOver(at: number, length: number): number {
  if (length >= 0) return at + length;
  return length === -1 ? at : Number.MAX_SAFE_INTEGER;
}

/** Behind the headers; -1 when they are unclear. */
function stepOverHeaders(bytes: Uint8Array, start: number, end: number): number {
  let short = shortVarint(bytes, start, end);
  if (short < 0) return -1;
  let at = start + (short & 3);
  const count = decoded(short);
  if (count < 0) return -1;
  for (let index = 0; index < count; index++) {
    short = shortVarint(bytes, at, end);
    if (short < 0 || decoded(short) < 0) return -1;
    at += (short & 3) + decoded(short);
    short = shortVarint(bytes, at, end);
    if (short < 0) return -1;
    at = stepOver(at + (short & 3), decoded(short));
    if (at > end) return -1;
  }
  return at;
}

/** A varint of one to three bytes, still zig-zag, times four, plus its size in bytes; or `notShort`. */
function shortVarint(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return notShort;
  const first = bytes[at] as number;
  if (first < 0x80) return (first << 2) | 1;
  if (at + 1 >= end) return notShort;
  const second = bytes[at + 1] as number;
  if (second < 0x80) return (((first & 0x7f) | (second << 7)) << 2) | 2;
  if (at + 2 >= end) return notShort;
  const third = bytes[at + 2] as number;
  if (third >= 0x80) return notShort;
  return (((first & 0x7f) | ((second & 0x7f) << 7) | (third << 14)) << 2) | 3;
}

/** The value of what `shortVarint` found. */
function decoded(short: number): number {
  const raw = short >>> 2;
  return (raw >>> 1) ^ -(raw & 1);
}
