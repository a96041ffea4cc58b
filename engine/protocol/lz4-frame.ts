// LZ4 in its frame format, which is what Kafka writes in format v2. The library does the coding; what it
// lacks is a limit on its output and an eye for frames that follow each other, so a frame is measured here
// first: the blocks are walked, and inside each block the sequences, which gives the exact size of the output
// without making any of it. Only a frame that is whole and small enough reaches the library.
//
// Kafka's Java reader refuses frames whose blocks depend on each other; the library writes independent ones.
// It also takes memory that is freed only when the event loop turns: the answer is copied out of it at once,
// and a simulator that decompresses much must let the loop turn (architecture, section 2).

import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { tooLarge } from './snappy-framing.ts';

const frameMagic = 0x184d2204;
const skippableMagicFirst = 0x184d2a50;
const uncompressedBit = 0x80000000;

/** The library's types ask for Node buffers, its code takes any byte array. */
type LibraryBytes = Parameters<typeof decompressFrameSync>[0];

export function compressLz4(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(compressFrameSync(bytes as LibraryBytes));
}

/** Reads all frames, one after the other; the error is a sentence. */
export function decompressLz4(bytes: Uint8Array, outputBytesMax: number): Outcome<Uint8Array, string> {
  const outputs: Uint8Array[] = [];
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const frame = measureFrame(bytes, at, outputBytesMax - length);
    if (!frame.ok) return frame.error === outputLimit ? failure(tooLarge(outputBytesMax)) : frame;
    const { end, outputBytes } = frame.value;
    if (outputBytes > 0) {
      const output = decompressFrame(bytes.subarray(at, end), outputBytes);
      if (!output.ok) return output;
      outputs.push(output.value);
      length += outputBytes;
    }
    at = end;
  }
  if (bytes.length === 0) return failure('lz4: nothing where a frame should be');
  const whole = new Uint8Array(length);
  let at = 0;
  for (const output of outputs) {
    whole.set(output, at);
    at += output.length;
  }
  return success(whole);
}

function decompressFrame(frame: Uint8Array, outputBytes: number): Outcome<Uint8Array, string> {
  try {
    const output = decompressFrameSync(frame as LibraryBytes);
    if (output.length === outputBytes) return success(output);
    return failure(`lz4: ${output.length} bytes came out where ${outputBytes} were measured`);
  } catch {
    return failure('lz4: the frame is corrupt');
  }
}

interface MeasuredFrame {
  readonly end: number;
  readonly outputBytes: number;
}

const outputLimit = 'the output is above its limit';

function measureFrame(
  bytes: Uint8Array,
  start: number,
  outputBytesMax: number,
): Outcome<MeasuredFrame, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cut = failure('lz4: the frame is cut');
  if (bytes.length - start < 8) return cut;
  const magic = view.getUint32(start, true);
  if ((magic & ~15) >>> 0 === skippableMagicFirst) {
    const end = start + 8 + view.getUint32(start + 4, true);
    return end > bytes.length ? cut : success({ end, outputBytes: 0 });
  }
  if (magic !== frameMagic) return failure('lz4: no frame begins here');
  const flags = bytes[start + 4] as number;
  const blockChecksumBytes = flags & 0x10 ? 4 : 0;
  const contentChecksumBytes = flags & 0x04 ? 4 : 0;
  const blockBytesMax = 2 ** (8 + 2 * (((bytes[start + 5] as number) >> 4) & 7));
  let at = start + 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  let outputBytes = 0;
  while (at + 4 <= bytes.length) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) {
      const end = at + contentChecksumBytes;
      return end > bytes.length ? cut : success({ end, outputBytes });
    }
    const size = word & ~uncompressedBit;
    if (size + blockChecksumBytes > bytes.length - at) return cut;
    const blockBytes = word >= uncompressedBit ? size : measureBlock(bytes, at, at + size);
    if (blockBytes < 0 || blockBytes > blockBytesMax) return failure('lz4: a block is corrupt');
    outputBytes += blockBytes;
    if (outputBytes > outputBytesMax) return failure(outputLimit);
    at += size + blockChecksumBytes;
  }
  return cut;
}

/** How many bytes a compressed block makes, from its sequences alone; -1 when they do not fit the block. */
function measureBlock(bytes: Uint8Array, start: number, end: number): number {
  let outputBytes = 0;
  let at = start;
  while (at < end) {
    const token = bytes[at++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) {
        if (at >= end) return -1;
        more = bytes[at++] as number;
        literals += more;
      }
    }
    at += literals;
    outputBytes += literals;
    if (at === end) return outputBytes;
    at += 2;
    let match = (token & 15) + 4;
    if (match === 19) {
      let more = 255;
      while (more === 255) {
        if (at >= end) return -1;
        more = bytes[at++] as number;
        match += more;
      }
    }
    if (at > end) return -1;
    outputBytes += match;
  }
  return -1;
}
