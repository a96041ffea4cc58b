// The codec on declarations small enough to write their bytes by hand. That every declared API comes back as
// it went is in `fuzz.test.ts`.

import { describe, expect, test } from 'vitest';
import { Reader, utf8, Writer } from './bytes.ts';
import { decodeMessage, decodeRequest, encodeMessage, encodeRequest, isFlexible } from './codec.ts';
import {
  api,
  array,
  bool,
  bytes,
  float64,
  int16,
  int32,
  list,
  message,
  nested,
  string,
  struct,
  uuid,
} from './schema.ts';

const sample = message({
  name: 'Sample',
  versions: '0-3',
  flexible: '2+',
  body: struct({
    name: string('0+', { nullable: '1+' }),
    blob: bytes('1+', { nullable: '1+', default: null }),
    parts: array('0+', struct({ index: int32('0+'), since: int16('1+', { ignorable: true, default: -1 }) })),
    strict: int32('0-1', { default: 7 }),
    origin: nested('3+', struct({ at: int16('3+') }), { nullable: '3+', default: null }),
    label: string('2+', { tagged: '2+', tag: 1, default: 'none' }),
    numbers: list('2+', 'int32', { tagged: '2+', tag: 0 }),
  }),
});

const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('bytes by hand', () => {
  test('a classic version', () => {
    const encoded = encodeMessage(sample, 1, { name: 'ab', blob: null, parts: [{ index: 1, since: 2 }] });
    expect(hex(encoded)).toBe(hex(unhex('0002 6162  ffffffff  00000001 00000001 0002  00000007')));
  });

  test('a flexible version: compact lengths, a tagged section for every struct', () => {
    const encoded = encodeMessage(sample, 2, { name: null, parts: [{ index: 1 }], label: 'x', numbers: [5] });
    expect(hex(encoded)).toBe(
      hex(unhex('00 00  02 00000001 ffff 00   02  00 05 02 00000005   01 02 02 78'.replace('   ', ' '))),
    );
  });

  test('a nullable struct is one byte in front', () => {
    const absent = encodeMessage(sample, 3, { name: '', parts: [] });
    expect(hex(absent)).toBe('01 00 01 ff 00'.replaceAll(' ', ''));
    const there = encodeMessage(sample, 3, { name: '', parts: [], origin: { at: 9 } });
    expect(hex(there)).toBe('01 00 01 01 0009 00 00'.replaceAll(' ', ''));
  });

  test('tagged fields at their defaults are not written', () => {
    const plain = encodeMessage(sample, 2, { name: 'a', parts: [] });
    expect(encodeMessage(sample, 2, { name: 'a', parts: [], label: 'none', numbers: [] })).toEqual(plain);
  });
});

describe('reading', () => {
  test('what the version lacks is at its default', () => {
    const decoded = decodeMessage(sample, 0, unhex('0001 61  00000001 00000003  00000007'));
    expect(decoded).toEqual({
      ok: true,
      value: {
        name: 'a',
        blob: null,
        parts: [{ index: 3, since: -1 }],
        strict: 7,
        origin: null,
        label: 'none',
        numbers: [],
      },
    });
  });

  test('unknown tags are stepped over', () => {
    const decoded = decodeMessage(sample, 2, unhex('0261 00 01  02  01 02 0278  63 03 aabbcc'));
    expect(decoded).toMatchObject({ ok: true, value: { name: 'a', label: 'x' } });
  });

  test.each<[string, number, string, RegExp]>([
    ['null where none may be', 0, 'ffff 00000000 00000007', /name must not be null/],
    ['a null array where none may be', 1, '0001 61 ffffffff ffffffff 00000007', /parts must not be null/],
    ['tags that do not ascend', 2, '0261 00 01  02  01 02 0278  00 01 01', /tags must ascend/],
    ['the same tag twice', 2, '0261 00 01  02  01 02 0278  01 02 0278', /tags must ascend/],
    ['a tag with bytes too many', 2, '0261 00 01  01  01 03 0278 00', /1 bytes too many/],
    ['a tag that is cut', 2, '0261 00 01  01  01 09 0278', /9 bytes wanted/],
    ['bytes behind the end', 2, '0261 00 01 00 00', /1 bytes too many/],
    ['more elements than bytes', 0, '0001 61 7fffffff', /2147483647 elements in 0 bytes/],
    ['a string that is cut', 0, '0005 61', /5 bytes wanted where 1/],
    ['a compact string above the limit', 2, '818002', /a string of 32768 bytes/],
  ])('%s is a sentence', (_, version, text, message) => {
    const decoded = decodeMessage(sample, version, unhex(text));
    expect(decoded.ok ? 'ok' : decoded.error).toMatch(message);
    expect(decoded.ok ? '' : decoded.error).toMatch(new RegExp(`^Sample v${version}: .* at byte \\d+$`));
  });

  test('what is decoded does not share defaults', () => {
    const first = decodeMessage(sample, 0, unhex('0001 61 00000000 00000007'));
    if (first.ok) first.value.numbers.push(1);
    const second = decodeMessage(sample, 0, unhex('0001 61 00000000 00000007'));
    expect(second.ok && second.value.numbers).toEqual([]);
  });
});

describe('writing asserts what is ours to keep', () => {
  test('null where none may be, a value that the version cannot carry, a string above the limit', () => {
    expect(() => encodeMessage(sample, 0, { name: null, parts: [] })).toThrow(/name must not be null/);
    expect(() => encodeMessage(sample, 2, { name: '', parts: [], strict: 8 })).toThrow(
      /strict has no place in version 2/,
    );
    expect(() => encodeMessage(sample, 2, { name: '', parts: [], strict: 7 })).not.toThrow();
    expect(() => encodeMessage(sample, 0, { name: '', parts: [{ index: 0, since: 4 }] })).not.toThrow();
    for (const version of [0, 2]) {
      const long = { name: 'x'.repeat(32768), parts: [] };
      expect(() => encodeMessage(sample, version, long)).toThrow(/at most 32767 bytes/);
    }
  });
});

test('a field may keep its classic form in flexible versions', () => {
  const odd = api({
    key: 1000,
    name: 'Odd',
    versions: '0-1',
    flexible: '1+',
    request: struct({
      client: string('0+', { flexible: false }),
      on: bool('0+'),
      ratio: float64('0+'),
      id: uuid('0+'),
    }),
    response: struct({}),
  });
  expect([isFlexible(odd, 0), isFlexible(odd, 1)]).toEqual([false, true]);
  const writer = new Writer();
  const value = { client: 'c', on: true, ratio: 0.5, id: 'AAECAwQFBgcICQoLDA0ODw' };
  encodeRequest(odd, 1, value, writer);
  const encoded = writer.toBytes();
  expect(hex(encoded)).toBe(`0001${hex(utf8('c'))}01${'3fe0000000000000'}000102030405060708090a0b0c0d0e0f00`);
  expect(decodeRequest(odd, 1, new Reader(encoded))).toEqual({ ok: true, value });
});
