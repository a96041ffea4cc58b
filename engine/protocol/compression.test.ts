// Compression: every codec there and back, the forms that strangers send, and the limit on what comes out.

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { compressSync as snappyBlock } from 'snappy';
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from './bytes.ts';
import { codeOf, compress, compressionOf, compressions, decompress, isTooLarge } from './compression.ts';

const packed = compressions.filter((compression) => compression !== 'none');
const text = utf8('to be or not to be, that is the question. '.repeat(4000));

function unpacked(outcome: ReturnType<typeof decompress>): Uint8Array {
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

test('codes are those of the batch attributes', () => {
  expect(compressions.map(codeOf)).toEqual([0, 1, 2, 3, 4]);
  expect([0, 1, 2, 3, 4, 5].map(compressionOf)).toEqual([...compressions, undefined]);
});

describe.each(packed)('%s', (compression) => {
  test('gives back what went in, and is smaller where the input repeats itself', () => {
    const small = compress(compression, text);
    expect(small.length).toBeLessThan(text.length / 8);
    expect(unpacked(decompress(compression, small))).toEqual(text);
    expect(unpacked(decompress(compression, compress(compression, new Uint8Array(0))))).toHaveLength(0);
  });

  test('gives back any bytes, and stops exactly at the limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(50), (bytes, repeats) => {
        const input = concat(Array.from({ length: repeats + 1 }, () => bytes));
        const small = compress(compression, input);
        expect(unpacked(decompress(compression, small, input.length))).toEqual(input);
        if (input.length === 0) return;
        const refused = decompress(compression, small, input.length - 1);
        expect(!refused.ok && isTooLarge(refused.error)).toBe(true);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test('a bomb of 300 MB makes no more memory than its limit', () => {
    const bomb = compress(compression, new Uint8Array(300_000_000));
    const before = process.memoryUsage();
    for (let round = 0; round < 3; round++) {
      const refused = decompress(compression, bomb, 1_000_000);
      expect(!refused.ok && isTooLarge(refused.error)).toBe(true);
    }
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(
      20_000_000,
    );
  });

  test('corrupt bytes are an answer, never a throw', () => {
    const good = compress(compression, text);
    const damage = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(good.length));
    fc.assert(
      fc.property(damage, ([at, flip, cut]) => {
        const bad = good.slice();
        bad[at] = (bad[at] as number) ^ flip;
        const whole = decompress(compression, bad, 400_000);
        expect(whole.ok ? whole.value.length : 0).toBeLessThanOrEqual(400_000);
        const short = decompress(compression, good.subarray(0, cut), 400_000);
        if (cut < good.length && compression !== 'snappy') expect(short.ok).toBe(false);
      }),
      { seed: 6, numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const outcome = decompress(compression, bytes, 1000);
        expect(outcome.ok ? outcome.value.length : 0).toBeLessThanOrEqual(1000);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test('what comes out can be sliced into a copy', () => {
    const output = unpacked(decompress(compression, compress(compression, text)));
    const copy = output.slice(0, 4);
    copy[0] = 0;
    expect(output[0]).toBe(text[0]);
  });
});

describe('the forms that strangers send', () => {
  test('snappy: raw, framed, framed twice, with an empty block', () => {
    const raw = snappyBlock(text.subarray(0, 5000));
    expect(unpacked(decompress('snappy', raw))).toEqual(text.subarray(0, 5000));
    const framed = compress('snappy', text);
    expect([...framed.subarray(0, 16)]).toEqual([
      0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1,
    ]);
    expect(unpacked(decompress('snappy', concat([framed, new Uint8Array(4), framed])))).toEqual(
      concat([text, text]),
    );
  });

  test('snappy: a block that announces more than it holds gets no memory', () => {
    const outcome = decompress('snappy', Uint8Array.of(0x80, 0x80, 0x80, 0x20, 0x00, 0x61), 100_000_000);
    expect(outcome).toEqual({ ok: false, error: 'snappy: a block announces more than it can hold' });
  });

  test('lz4: frames that follow each other, skippable frames, a cut one', () => {
    const frame = compress('lz4', text);
    const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    expect(unpacked(decompress('lz4', concat([frame, skippable, frame])))).toEqual(concat([text, text]));
    expect(decompress('lz4', frame.subarray(0, frame.length - 1)).ok).toBe(false);
    expect(decompress('lz4', concat([frame, Uint8Array.of(1)])).ok).toBe(false);
    const limited = decompress('lz4', concat([frame, frame]), text.length * 2 - 1);
    expect(!limited.ok && isTooLarge(limited.error)).toBe(true);
  });

  test('gzip: members that follow each other', () => {
    const twice = concat([gzipSync(text), gzipSync(text)]);
    expect(unpacked(decompress('gzip', twice))).toEqual(concat([text, text]));
    expect(decompress('gzip', twice, text.length).ok).toBe(false);
  });

  test('zstd: a window of 128 MiB is refused under a small limit and read under a large one', () => {
    // By hand: magic, no content size, window 2^27, one last raw block of three bytes.
    const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x19, 0, 0, 0x61, 0x62, 0x63);
    expect(decompress('zstd', frame, 1_000_000).ok).toBe(false);
    expect(unpacked(decompress('zstd', frame, 128 * 1024 * 1024))).toEqual(utf8('abc'));
  });
});
