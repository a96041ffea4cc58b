// Snappy as it is found in Kafka. Two forms, and nothing in the batch says which:
//
//   raw      one snappy block; librdkafka and others send this
//   xerial   the framing of the Java library that Kafka's own client uses: an eight-byte magic, two int32
//            versions, then any number of (int32 size, snappy block); written here too, because the oldest
//            Java readers know no other. Streams that were glued together carry the magic again in the middle.
//
// A raw block cannot be taken for a framed one: the first two bytes of the magic would announce 10,626 bytes,
// and the third is then a copy from before the beginning, which no compressor writes.
//
// A snappy block announces its decompressed size in front, so a bomb is refused before anything is allocated.
// The native library is always asked to copy its output into memory of the engine (`copyOutputData`): buffers
// that it owns are freed only when the event loop turns, which a simulator does rarely (2.6 GB after 20,000
// calls without, and the copy is also ten times faster).

import { compressSync, uncompressSync } from 'snappy';
import { failure, type Outcome, success } from '../base/outcome.ts';

const magic = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00);
const headerBytes = magic.length + 8;
/** Input of one block when writing: what the Java library uses. */
const blockInputBytes = 32 * 1024;

/** Writes the xerial framing. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [];
  let length = headerBytes;
  for (let at = 0; at < bytes.length; at += blockInputBytes) {
    const block = compressSync(bytes.subarray(at, at + blockInputBytes), { copyOutputData: true });
    blocks.push(block);
    length += 4 + block.length;
  }
  const framed = new Uint8Array(length);
  const view = new DataView(framed.buffer);
  framed.set(magic);
  view.setInt32(magic.length, 1);
  view.setInt32(magic.length + 4, 1);
  let at = headerBytes;
  for (const block of blocks) {
    view.setInt32(at, block.length);
    framed.set(block, at + 4);
    at += 4 + block.length;
  }
  return framed;
}

/** Reads either form; the error is a sentence. */
export function decompressSnappy(bytes: Uint8Array, outputBytesMax: number): Outcome<Uint8Array, string> {
  if (!startsWithMagic(bytes, 0)) return decompressBlock(bytes, outputBytesMax);
  const blocks = framedBlocks(bytes);
  if (!blocks.ok) return blocks;
  let length = 0;
  for (const block of blocks.value) {
    const announced = announcedBytes(block);
    if (!announced.ok) return announced;
    length += announced.value;
    if (length > outputBytesMax) return failure(tooLarge(outputBytesMax));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const block of blocks.value) {
    const part = decompressBlock(block, length - at);
    if (!part.ok) return part;
    whole.set(part.value, at);
    at += part.value.length;
  }
  return success(whole);
}

function framedBlocks(bytes: Uint8Array): Outcome<Uint8Array[], string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (startsWithMagic(bytes, at)) {
      at += headerBytes;
      if (at > bytes.length) return failure('snappy: the frame header is cut');
      continue;
    }
    if (at + 4 > bytes.length) return failure('snappy: a block size is cut');
    const size = view.getInt32(at);
    at += 4;
    if (size < 0 || size > bytes.length - at) {
      return failure(`snappy: a block of ${size} bytes where ${bytes.length - at} are left`);
    }
    if (size > 0) blocks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return success(blocks);
}

function startsWithMagic(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < magic.length) return false;
  for (let index = 0; index < magic.length; index++) {
    if (bytes[at + index] !== magic[index]) return false;
  }
  return true;
}

/** The decompressed size that a block announces in front, as an unsigned varint. */
function announcedBytes(block: Uint8Array): Outcome<number, string> {
  let size = 0;
  for (let index = 0; index < 5 && index < block.length; index++) {
    const byte = block[index] as number;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    // The densest element makes 64 bytes out of 3: what announces more lies, and gets no memory for it.
    return size <= 64 * block.length
      ? success(size)
      : failure('snappy: a block announces more than it can hold');
  }
  return failure('snappy: a block without its size');
}

function decompressBlock(block: Uint8Array, outputBytesMax: number): Outcome<Uint8Array, string> {
  const announced = announcedBytes(block);
  if (!announced.ok) return announced;
  if (announced.value > outputBytesMax) return failure(tooLarge(outputBytesMax));
  try {
    return success(plain(uncompressSync(block, { asBuffer: true, copyOutputData: true })));
  } catch {
    return failure('snappy: a block is corrupt');
  }
}

/**
 * Out of the library's dress: code that slices must get a copy, which a Node buffer's own `slice` does not
 * give.
 */
function plain(output: Uint8Array | string): Uint8Array {
  const bytes = output as Uint8Array;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** How every codec says that the limit was met; `compression.ts` looks for it. */
export function tooLarge(outputBytesMax: number): string {
  return `decompresses to more than ${outputBytesMax} bytes`;
}
