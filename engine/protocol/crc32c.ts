// CRC-32C (Castagnoli), the checksum of record batches and of producer snapshots.
//
// Two roads, measured on Node 24: the native one (SSE 4.2 or ARM instructions) costs about 110 ns a call
// however short the input, the table one about 1 ns a byte and nothing a call. Checksums of small batches, of
// markers and of snapshots are shorter than where they cross. Both answer the same; a test holds them against
// each other.
//
// Rejected: the table road alone (a megabyte batch would take a millisecond), the native road alone (the
// simulator's batches are tiny and a native call per batch showed up in its profile).

import { crc32c as nativeCrc32c } from '@node-rs/crc32';
import { assert } from '../base/assert.ts';

/** Inputs shorter than this take the table road. */
export const nativeFromBytes = 160;

const reversedPolynomial = 0x82f63b78;

/**
 * Eight tables of 256: `tables[k * 256 + b]` is the effect of byte `b` that stands k bytes before the end of
 * a group.
 */
const tables = makeTables();

function makeTables(): Uint32Array {
  const made = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ reversedPolynomial : value >>> 1;
    made[byte] = value;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256] as number;
    made[at] = (made[before & 0xff] as number) ^ (before >>> 8);
  }
  return made;
}

/** The checksum of `bytes[start..end)`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  assert(start >= 0 && start <= end && end <= bytes.length, 'a checksum is taken of bytes that are there');
  if (end - start < nativeFromBytes) return tableCrc32c(bytes, start, end);
  return nativeCrc32c(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)) >>> 0;
}

/** The table road at any length; exported for the test that compares the two. */
export function tableCrc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffffffff;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (tables[1792 + (low & 0xff)] as number) ^
      (tables[1536 + ((low >>> 8) & 0xff)] as number) ^
      (tables[1280 + ((low >>> 16) & 0xff)] as number) ^
      (tables[1024 + (low >>> 24)] as number) ^
      (tables[768 + (bytes[at + 4] as number)] as number) ^
      (tables[512 + (bytes[at + 5] as number)] as number) ^
      (tables[256 + (bytes[at + 6] as number)] as number) ^
      (tables[bytes[at + 7] as number] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
}
