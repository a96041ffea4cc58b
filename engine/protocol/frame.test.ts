// Frames and headers: a stream cut anywhere gives the same frames, a bad size ends it, headers follow the
// version.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiVersions } from './apis/api-versions.ts';
import { heartbeat } from './apis/heartbeat.ts';
import { concat, Reader, Writer } from './bytes.ts';
import {
  FrameAssembler,
  frame,
  readRequestHeader,
  readResponseHeader,
  skipHeaderTags,
  writeRequestHeader,
  writeResponseHeader,
} from './frame.ts';

const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });

/** Cuts `bytes` at places drawn by `cuts`, into pieces that may be empty. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.slice(from, places[index] ?? bytes.length));
}

function assembled(chunks: readonly Uint8Array[], assembler: FrameAssembler): Uint8Array[] {
  return chunks.flatMap((chunk) => {
    const outcome = assembler.push(chunk);
    if (!outcome.ok) throw new Error(outcome.error);
    return outcome.value;
  });
}

describe('the assembler', () => {
  test('gives the same frames wherever the stream is cut, empty frames included', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 30 }), (sent, cuts) => {
        const stream = concat(sent.flatMap((message) => frame([message])));
        expect(assembled(pieces(stream, cuts), new FrameAssembler(1000))).toEqual(sent);
        const bytewise = [...stream].map((byte) => Uint8Array.of(byte));
        expect(assembled(bytewise, new FrameAssembler(1000))).toEqual(sent);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  test('gives a frame with the byte that completes it, an empty one with its size', () => {
    const assembler = new FrameAssembler(10);
    expect(assembler.push(Uint8Array.of(0, 0, 0, 1))).toEqual({ ok: true, value: [] });
    expect(assembler.push(Uint8Array.of(9))).toEqual({ ok: true, value: [Uint8Array.of(9)] });
    expect(assembler.push(new Uint8Array(4))).toEqual({ ok: true, value: [new Uint8Array(0)] });
  });

  test('copies what it is given, even out of a Node buffer, whose slices share memory', () => {
    const pool = Buffer.from([99, 99, 0, 0, 0, 2, 7, 8]);
    const assembler = new FrameAssembler(10);
    const outcome = assembler.push(pool.subarray(2));
    pool.fill(0);
    expect(outcome).toEqual({ ok: true, value: [Uint8Array.of(7, 8)] });
  });

  test.each([
    ['above the limit', [0, 0, 0, 11]],
    ['negative', [255, 255, 255, 255]],
    ['the largest', [127, 255, 255, 255]],
  ])('a size %s ends the stream for good', (_, size) => {
    const assembler = new FrameAssembler(10);
    expect(assembler.push(Uint8Array.from(size)).ok).toBe(false);
    expect(assembler.push(Uint8Array.of(0, 0, 0, 0)).ok).toBe(false);
  });

  test('a size alone reserves little, and a large frame in small pieces comes whole', () => {
    const before = process.memoryUsage().arrayBuffers;
    const assemblers = Array.from({ length: 50 }, () => new FrameAssembler(100_000_000));
    for (const assembler of assemblers) assembler.push(Uint8Array.of(5, 0, 0, 0, 1));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    const message = Uint8Array.from({ length: 300_000 }, (_, index) => index * 7);
    const stream = concat(frame([message]));
    const chunks = Array.from({ length: Math.ceil(stream.length / 1000) }, (_, index) =>
      stream.subarray(index * 1000, index * 1000 + 1000),
    );
    expect(assembled(chunks, new FrameAssembler(300_000))).toEqual([message]);
  });

  test('any bytes in any pieces: never a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 }), (chunks) => {
        const assembler = new FrameAssembler(64);
        for (const chunk of chunks) {
          const outcome = assembler.push(chunk);
          if (outcome.ok) for (const one of outcome.value) expect(one.length).toBeLessThanOrEqual(64);
        }
      }),
      { seed: 13, numRuns: 500 },
    );
  });
});

describe('headers', () => {
  test.each([0, 3, 4])(
    'a request header of Heartbeat v%i comes back; the client id keeps its classic form',
    (version) => {
      const writer = new Writer();
      writeRequestHeader(heartbeat, { version, correlationId: -5, clientId: 'me' }, writer);
      const bytes = writer.toBytes();
      expect(bytes).toHaveLength(12 + (version >= 4 ? 1 : 0));
      const reader = new Reader(bytes);
      const header = readRequestHeader(reader);
      expect(header).toEqual({ ok: true, value: { apiKey: 12, version, correlationId: -5, clientId: 'me' } });
      if (version >= 4) skipHeaderTags(reader);
      expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
    },
  );

  test('a null client id is empty, a cut header a sentence', () => {
    const bytes = Uint8Array.of(0, 18, 0, 3, 0, 0, 0, 1, 255, 255);
    expect(readRequestHeader(new Reader(bytes))).toMatchObject({ ok: true, value: { clientId: '' } });
    for (let cut = 0; cut < bytes.length; cut++)
      expect(readRequestHeader(new Reader(bytes, 0, cut)).ok).toBe(false);
  });

  test('tags of strangers are stepped over', () => {
    const reader = new Reader(Uint8Array.of(2, 0, 2, 9, 9, 5, 0, 77));
    skipHeaderTags(reader);
    expect([reader.failure, reader.int8()]).toEqual([undefined, 77]);
  });

  test('ApiVersions answers with the oldest header at every version, others by their version', () => {
    const lengths = [apiVersions, heartbeat].map((api) =>
      [3, 4].map((version) => {
        const writer = new Writer();
        writeResponseHeader(api, version, 6, writer);
        const bytes = writer.toBytes();
        const reader = new Reader(bytes);
        expect(readResponseHeader(api, version, reader)).toBe(6);
        expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
        return bytes.length;
      }),
    );
    expect(lengths).toEqual([
      [4, 4],
      [4, 5],
    ]);
  });
});
