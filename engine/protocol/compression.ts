// The five ways in which the records of a batch may be packed, by the codes that travel in the batch's
// attributes. Everything is synchronous: inside a batch there is nothing to wait for.
//
// Decompression takes bytes from strangers. It answers with a sentence, never throws, and makes no output
// above the limit it is given: gzip and zstd are stopped while they stream, snappy announces its size, lz4 is
// measured first (`lz4-frame.ts`). A zstd frame may also ask for a window: at most 8 MiB (what its format
// demands of every reader), or the output limit rounded up to a power of two where that is more, so the
// highest levels need a limit to match.
//
// Compressed bytes are the same for one build of Node on one kind of processor, no more: zlib chooses its
// code by processor. Nothing that is compared across machines may depend on the size of a compressed batch.

import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { unreachable } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { compressLz4, decompressLz4 } from './lz4-frame.ts';
import { compressSnappy, decompressSnappy, tooLarge } from './snappy-framing.ts';

/** Position in this list is the code on the wire; the names are those of `compression.type`. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

/**
 * Limit for callers that have none of their own: as much as `socket.request.max.bytes` lets in, and a quarter
 * more.
 */
export const decompressedBytesMaxDefault = 128 * 1024 * 1024;

/** Kafka's default level for zstd (`compression.zstd.level`); gzip keeps zlib's own. */
const zstdLevel = 3;
const zstdWindowLogMin = 23;
const zstdWindowLogMax = 27;

/** undefined for codes 5 to 7, which nobody has given a meaning. */
export function compressionOf(code: number): Compression | undefined {
  return compressions[code];
}

export function codeOf(compression: Compression): number {
  return compressions.indexOf(compression);
}

export function compress(compression: Compression, bytes: Uint8Array): Uint8Array {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip': {
      const packed = gzipSync(bytes);
      // The header's operating system: "unknown", as Java writes it, so that it does not differ between
      // machines.
      packed[9] = 0xff;
      return plain(packed);
    }
    case 'snappy':
      return compressSnappy(bytes);
    case 'lz4':
      return compressLz4(bytes);
    case 'zstd':
      return plain(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } }));
    default:
      return unreachable(compression, 'compression');
  }
}

/** Unpacks to at most `outputBytesMax` bytes. 'none' gives back the same bytes, not a copy. */
export function decompress(
  compression: Compression,
  bytes: Uint8Array,
  outputBytesMax = decompressedBytesMaxDefault,
): Outcome<Uint8Array, string> {
  switch (compression) {
    case 'none':
      return bytes.length <= outputBytesMax ? success(bytes) : failure(tooLarge(outputBytesMax));
    case 'gzip':
      return guarded('gzip', outputBytesMax, () =>
        gunzipSync(bytes, { maxOutputLength: outputBytesMax + 1 }),
      );
    case 'snappy':
      return decompressSnappy(bytes, outputBytesMax);
    case 'lz4':
      return decompressLz4(bytes, outputBytesMax);
    case 'zstd':
      return guarded('zstd', outputBytesMax, () => {
        const params = { [constants.ZSTD_d_windowLogMax]: windowLogMax(outputBytesMax) };
        return zstdDecompressSync(bytes, { maxOutputLength: outputBytesMax + 1, params });
      });
    default:
      return unreachable(compression, 'compression');
  }
}

/** Whether a failure of `decompress` says that the limit was met, not that the bytes are corrupt. */
export function isTooLarge(error: string): boolean {
  return error.startsWith('decompresses to more than');
}

function windowLogMax(outputBytesMax: number): number {
  let log = zstdWindowLogMin;
  while (log < zstdWindowLogMax && 2 ** log < outputBytesMax) log++;
  return log;
}

function guarded(
  name: string,
  outputBytesMax: number,
  unpack: () => Uint8Array,
): Outcome<Uint8Array, string> {
  try {
    const output = unpack();
    return output.length <= outputBytesMax ? success(plain(output)) : failure(tooLarge(outputBytesMax));
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ERR_BUFFER_TOO_LARGE') return failure(tooLarge(outputBytesMax));
    return failure(`${name}: the bytes are corrupt`);
  }
}

/** Out of Node's dress: code that slices must get a copy, which a Node buffer's own `slice` does not give. */
function plain(output: Uint8Array): Uint8Array {
  return new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
}
