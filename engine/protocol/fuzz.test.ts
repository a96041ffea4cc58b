// The whole protocol against generated input: every declared API and message at every version with values
// made from its declaration, and arbitrary bytes into everything that reads bytes of strangers. Seeds and
// numbers of runs are fixed, so a failure is the same failure again; fast-check prints the smallest input it
// found.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allApis } from './apis.ts';
import { Reader, Writer } from './bytes.ts';
import { isFlexible, readStruct, writeStruct } from './codec.ts';
import {
  type Encodable,
  type Field,
  type FieldMap,
  type Message,
  type Shape,
  type Struct,
  within,
} from './schema.ts';
import { uuidToText } from './uuid.ts';

type AnyStruct = Struct<FieldMap>;

// ---- values from declarations

const integer = (bits: number, signed: boolean) =>
  signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 });

const primitives: Record<string, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: integer(8, true),
  int16: integer(16, true),
  uint16: integer(16, false),
  int32: integer(32, true),
  uint32: integer(32, false),
  int64: fc.maxSafeInteger(),
  float64: fc.double({ noNaN: true }),
  string: fc.string({ unit: 'grapheme', maxLength: 12 }),
  bytes: fc.uint8Array({ maxLength: 20 }),
  records: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 600, maxLength: 700 })),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(uuidToText),
};

function shapeValue(shape: Shape, version: number): fc.Arbitrary<unknown> {
  if (typeof shape === 'string') return primitives[shape] as fc.Arbitrary<unknown>;
  if ('of' in shape) return fc.array(shapeValue(shape.of, version), { maxLength: 3 });
  return structValue(shape, version);
}

/** What a field of a version may hold; one that the version lacks is at the value it decodes to. */
function fieldValue(field: Field<unknown>, version: number): fc.Arbitrary<unknown> {
  if (!within(version, field.versions)) return fc.constant(defaultOf(field));
  const value = shapeValue(field.shape, version);
  const choices = within(version, field.nullable) ? [value, fc.constant(null)] : [value];
  if (field.tagged !== undefined) choices.push(fc.constant(defaultOf(field)));
  return fc.oneof(...choices);
}

function structValue(of: AnyStruct, version: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(of.fields).map(
    ([name, field]) => [name, fieldValue(field, version)] as const,
  );
  return fc.record(Object.fromEntries(fields), { noNullPrototype: true });
}

function defaultOf(field: Field<unknown>): unknown {
  if (field.default !== undefined) return field.default;
  const inner = Object.entries((field.shape as AnyStruct).fields);
  return Object.fromEntries(inner.map(([name, one]) => [name, defaultOf(one)]));
}

// ---- what is declared

interface Body {
  readonly name: string;
  readonly of: AnyStruct;
  readonly versions: { first: number; last: number };
  readonly flexibleFrom: number;
}

const apiBodies: Body[] = allApis().flatMap((api) => [
  { ...api, name: `${api.name} request`, of: api.request },
  { ...api, name: `${api.name} response`, of: api.response },
]);

async function messageBodies(): Promise<Body[]> {
  const bodies: Body[] = [];
  const folder = fileURLToPath(new URL('messages', import.meta.url));
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const exported = (await import(join(folder, file))) as Record<string, unknown>;
    for (const value of Object.values(exported)) {
      if (typeof value !== 'object' || value === null || !('body' in value)) continue;
      const row = value as Message;
      bodies.push({ name: row.name, of: row.body, versions: row.versions, flexibleFrom: row.flexibleFrom });
    }
  }
  return bodies;
}

const bodies = [...apiBodies, ...(await messageBodies())];
const versionsOf = ({ versions }: Body) =>
  Array.from({ length: versions.last - versions.first + 1 }, (_, index) => versions.first + index);

function encoded(body: Body, version: number, value: unknown): Uint8Array {
  const writer = new Writer(16);
  writeStruct(body.of, version, isFlexible(body, version), value as Encodable<AnyStruct>, writer);
  return writer.toBytes();
}

/**
 * Reads to the end, and holds the work against the input: what is read can be no larger than what was there.
 */
function decoded(
  body: Body,
  version: number,
  bytes: Uint8Array,
): { value: unknown; failure: string | undefined } {
  const reader = new Reader(bytes);
  const value = readStruct(body.of, version, isFlexible(body, version), reader);
  if (reader.failure === undefined && reader.remaining > 0) reader.fail('bytes too many');
  return { value, failure: reader.failure };
}

/** Strings, arrays and bytes that a decoded value holds: what a hostile length could blow up. */
function weight(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === 'string') return value === 'AAAAAAAAAAAAAAAAAAAAAA' ? 0 : value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + 1 + weight(one), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, one) => sum + weight(one), 0);
}

test('there is something to fuzz', () => {
  expect(apiBodies.length).toBeGreaterThanOrEqual(70);
  expect(bodies.length).toBeGreaterThanOrEqual(100);
});

describe.each(bodies.map((body) => [body.name, body] as const))('%s', (_, body) => {
  test.each(versionsOf(body))('v%i comes back as it went', (version) => {
    fc.assert(
      fc.property(structValue(body.of, version), (value) => {
        const bytes = encoded(body, version, value);
        const back = decoded(body, version, bytes);
        expect(back.failure).toBeUndefined();
        expect(back.value).toEqual(value);
        expect(encoded(body, version, back.value)).toEqual(bytes);
      }),
      { seed: 20, numRuns: 40 },
    );
  });

  test('any bytes, and damaged good ones: never a throw, never more than was there', () => {
    const versions = versionsOf(body);
    const damaged = fc
      .tuple(fc.constantFrom(...versions), fc.nat(), fc.nat(255), fc.nat())
      .chain(([version, at, byte, cut]) =>
        structValue(body.of, version).map((value) => {
          const bytes = encoded(body, version, value).slice();
          if (bytes.length > 0) bytes[at % bytes.length] = byte;
          return { version, bytes: bytes.subarray(0, bytes.length - (cut % 3)) };
        }),
      );
    const anything = fc.record({
      version: fc.constantFrom(...versions),
      bytes: fc.uint8Array({ maxLength: 120 }),
    });
    fc.assert(
      fc.property(fc.oneof(damaged, anything), ({ version, bytes }) => {
        const { value, failure } = decoded(body, version, bytes);
        // A compact length takes a byte for up to 127 elements, and each element takes a byte at least.
        expect(weight(value)).toBeLessThanOrEqual(4 * bytes.length + 32);
        if (failure === undefined)
          expect(decoded(body, version, encoded(body, version, value)).value).toEqual(value);
      }),
      { seed: 21, numRuns: 150 },
    );
  });
});
