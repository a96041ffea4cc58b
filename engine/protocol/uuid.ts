// Kafka's text form of a uuid, and its 16 bytes.

import { AssertionFailure } from '../base/assert.ts';

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const noDigit = 0xff;
const digitValues = new Uint8Array(128).fill(noDigit);
for (let value = 0; value < digits.length; value++) digitValues[digits.charCodeAt(value)] = value;

// Ids of topics come again with nearly every message: the last one of each hash is kept and given out again.
const keptCount = 256;
const keptTexts: string[] = new Array(keptCount).fill('A'.repeat(22));
const keptBytes = new Uint8Array(16 * keptCount);

/** Kafka's text form of the 16 bytes at `at`: base64url without padding (`Uuid.toString`). */
export function uuidToText(bytes: Uint8Array, at = 0): string {
  const index = slotOf(bytes, at);
  let same = 0;
  while (same < 16 && keptBytes[16 * index + same] === bytes[at + same]) same++;
  if (same === 16) return keptTexts[index] as string;
  const text = makeUuidText(bytes, at);
  keptBytes.set(bytes.subarray(at, at + 16), 16 * index);
  keptTexts[index] = text;
  return text;
}

function slotOf(bytes: Uint8Array, at: number): number {
  let hash = 0;
  for (let i = at; i < at + 16; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
  return (hash ^ (hash >>> 8)) & (keptCount - 1);
}

function makeUuidText(bytes: Uint8Array, at: number): string {
  let text = '';
  for (let i = at; i < at + 15; i += 3) {
    const three = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    for (let shift = 18; shift >= 0; shift -= 6) text += digits[(three >> shift) & 63];
  }
  const last = bytes[at + 15] as number;
  return text + digits[last >> 2] + digits[(last & 3) << 4];
}

export function uuidToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  putUuid(text, bytes, 0);
  return bytes;
}

/** Writes the 16 bytes of a text at `at`. */
export function putUuid(text: string, into: Uint8Array, at: number): void {
  if (text.length !== 22) throw new AssertionFailure(`a uuid has 22 characters: '${text}'`);
  let put = at;
  for (let i = 0; i < 20; i += 4) {
    const high = (digitAt(text, i) << 6) | digitAt(text, i + 1);
    const low = (digitAt(text, i + 2) << 6) | digitAt(text, i + 3);
    into[put++] = high >> 4;
    into[put++] = (high << 4) | (low >> 8);
    into[put++] = low;
  }
  into[put] = (digitAt(text, 20) << 2) | (digitAt(text, 21) >> 4);
}

function digitAt(text: string, index: number): number {
  const value = digitValues[text.charCodeAt(index)] ?? noDigit;
  if (value === noDigit) throw new AssertionFailure(`a uuid is base64url: '${text}'`);
  return value;
}
