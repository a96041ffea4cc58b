// The compiled codec held against the interpreter, for every version of every hot API in both directions: the same
// bytes for a value, equal values or the same sentence for bytes, good, damaged or made up. And the comparison itself
// is held against programs that are wrong on purpose: it has to notice every one. Seeds and numbers of runs are
// fixed, so a failure is the same failure again.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allApis } from './apis.ts';
import { concat, Reader, Writer } from './bytes.ts';
import { isFlexible, readStruct, writeStruct } from './codec.ts';
import { type CompiledStruct, compile, compiledStruct } from './codec-compiled.ts';
import { type CodecSource, sourceOf } from './codec-source.ts';
import {
  array,
  bool,
  bytes as bytesField,
  type Encodable,
  type Field,
  type FieldMap,
  int16,
  int32,
  list,
  nested,
  type Shape,
  type Struct,
  string,
  struct,
  within,
} from './schema.ts';
import { uuidToText } from './uuid.ts';

type AnyStruct = Struct<FieldMap>;

/** A declaration in one version. */
interface Half {
  readonly name: string;
  readonly of: AnyStruct;
  readonly version: number;
  readonly flexible: boolean;
}

const hot = allApis().filter((api) => api.hot);
const halves: Half[] = hot.flatMap((api) =>
  Array.from({ length: api.versions.last - api.versions.first + 1 }, (_, index) => {
    const version = api.versions.first + index;
    const half = { version, flexible: isFlexible(api, version) };
    return [
      { ...half, name: `${api.name} request v${version}`, of: api.request },
      { ...half, name: `${api.name} response v${version}`, of: api.response },
    ];
  }).flat(),
);

/** Everything that a declaration can say, in little. */
const sample: Half = {
  name: 'sample',
  of: struct({
    name: string('0+', { nullable: '0+' }),
    classic: string('0+', { flexible: false }),
    on: bool('0+', { default: true }),
    blob: bytesField('0+', { nullable: '0+', default: null }),
    parts: array('0+', struct({ index: int32('0+'), gone: int16('0-1', { default: -1 }) }), {
      nullable: '0+',
    }),
    strict: int32('0-1', { default: 7 }),
    origin: nested('0+', struct({ at: int16('0+') }), { nullable: '0+', default: null }),
    label: string('2+', { nullable: '2+', tagged: '2+', tag: 4, default: null }),
    numbers: list('2+', 'int32', { tagged: '2+', tag: 0 }),
  }),
  version: 2,
  flexible: true,
};

// ---- values, with more that may go wrong than a careful sender makes

const number = (min: number, max: number) =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(0, -1, min, max));

const primitives: Record<string, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: number(-128, 127),
  int16: number(-32768, 32767),
  uint16: fc.nat(65535),
  int32: number(-(2 ** 31), 2 ** 31 - 1),
  uint32: fc.nat(2 ** 32 - 1),
  int64: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-1, 0, 2 ** 63, -(2 ** 63), 2 ** 32, -(2 ** 32))),
  float64: fc.double({ noNaN: true }),
  string: fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 80 }) },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(130), 'x'.repeat(32767), 'x'.repeat(32768)) },
  ),
  bytes: fc.uint8Array({ maxLength: 20 }),
  records: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 500, maxLength: 700 })),
  uuid: fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map(uuidToText),
    fc.constant('A'.repeat(22)),
  ),
};

function shapeValue(shape: Shape, version: number): fc.Arbitrary<unknown> {
  if (typeof shape === 'string') return primitives[shape] as fc.Arbitrary<unknown>;
  if ('of' in shape) return fc.array(shapeValue(shape.of, version), { maxLength: 3 });
  return structValue(shape, version);
}

/** Mostly what the version can carry; now and then null or a value where it has no place. */
function fieldValue(field: Field<unknown>, version: number): fc.Arbitrary<unknown> {
  const value = shapeValue(field.shape, version);
  const isHere = within(version, field.versions);
  const mayBeNull = isHere ? within(version, field.nullable) : field.nullable !== undefined;
  return fc.oneof(
    { weight: isHere ? 12 : 1, arbitrary: value },
    { weight: isHere ? 3 : 40, arbitrary: fc.constant(undefined) },
    { weight: isHere ? 1 : 4, arbitrary: fc.constant(field.default) },
    { weight: mayBeNull && isHere ? 5 : 0, arbitrary: fc.constant(null) },
    { weight: field.tagged !== undefined && isHere ? 0 : 1, arbitrary: fc.constant(undefined) },
  );
}

function structValue(of: AnyStruct, version: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(of.fields).map(
    ([name, field]) => [name, fieldValue(field, version)] as const,
  );
  return fc.record(Object.fromEntries(fields), { noNullPrototype: true });
}

/** Every place inside a value that null could be put in. */
function holesOf(value: unknown): (() => void)[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const inside = value as Record<string, unknown>;
  return Object.keys(inside).flatMap((key) => {
    const hole = () => {
      inside[key] = null;
    };
    return [hole, ...holesOf(inside[key])];
  });
}

/** As `structValue`, with null in one place, wherever it is: most places refuse it. */
function withNull(of: AnyStruct, version: number): fc.Arbitrary<unknown> {
  return fc.tuple(structValue(of, version), fc.nat()).map(([value, choice]) => {
    const copy = structuredClone(value);
    const holes = holesOf(copy);
    holes[choice % Math.max(1, holes.length)]?.();
    return copy;
  });
}

function anyValue({ of, version }: Half): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 3, arbitrary: structValue(of, version) },
    { weight: 1, arbitrary: withNull(of, version) },
  );
}

// ---- the comparison

/** The chunks that were written, or what was thrown instead. */
function written(write: (writer: Writer) => void): { chunks?: Uint8Array[]; thrown?: string } {
  const writer = new Writer(16);
  try {
    write(writer);
  } catch (thrown) {
    return { thrown: String(thrown) };
  }
  return { chunks: writer.finish() };
}

/** The value that was read and where reading ended, or the sentence. */
function read(bytes: Uint8Array, work: (reader: Reader) => unknown) {
  const reader = new Reader(bytes);
  const value = work(reader);
  return reader.failure === undefined
    ? { value, remaining: reader.remaining }
    : { failure: reader.failure, remaining: reader.remaining };
}

function sameReading({ of, version, flexible }: Half, by: CompiledStruct, bytes: Uint8Array): void {
  const expected = read(bytes, (reader) => readStruct(of, version, flexible, reader));
  expect(read(bytes, by.read)).toStrictEqual(expected);
}

function sameWriting({ of, version, flexible }: Half, by: CompiledStruct, value: unknown): Uint8Array {
  const expected = written((writer) =>
    writeStruct(of, version, flexible, value as Encodable<AnyStruct>, writer),
  );
  const actual = written((writer) => by.write(value as Record<string, unknown>, writer));
  expect(actual.thrown).toEqual(expected.thrown);
  expect(actual.chunks?.map((chunk) => chunk.length)).toEqual(expected.chunks?.map((chunk) => chunk.length));
  const bytes = concat(expected.chunks ?? []);
  expect(Buffer.compare(concat(actual.chunks ?? []), bytes)).toBe(0);
  return bytes;
}

/** What happens to good bytes on their way. */
interface Damage {
  readonly at: number;
  readonly byte: number;
  readonly cut: number;
  readonly inserted: boolean;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
  cut: fc.nat(),
  inserted: fc.boolean(),
});

function damaged(bytes: Uint8Array, { at, byte, cut, inserted }: Damage): Uint8Array[] {
  if (bytes.length === 0) return [Uint8Array.of(byte)];
  const place = at % bytes.length;
  const changed = concat([
    bytes.subarray(0, place),
    Uint8Array.of(byte),
    bytes.subarray(inserted ? place : place + 1),
  ]);
  return [changed, bytes.subarray(0, cut % bytes.length), concat([bytes, Uint8Array.of(byte)])];
}

function compare(half: Half, by: CompiledStruct, runs: number): void {
  fc.assert(
    fc.property(anyValue(half), damage, (value, harm) => {
      const bytes = sameWriting(half, by, value);
      sameReading(half, by, bytes);
      for (const bad of damaged(bytes, harm)) sameReading(half, by, bad);
    }),
    { seed: 31, numRuns: runs, endOnFailure: true },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => sameReading(half, by, bytes)),
    { seed: 32, numRuns: runs, endOnFailure: true },
  );
}

// ---- the tests

test('there is something to compare', () => {
  expect(hot.map((api) => api.name)).toEqual(
    expect.arrayContaining(['Produce', 'Fetch', 'ListOffsets', 'OffsetCommit', 'Heartbeat']),
  );
  expect(halves.length).toBeGreaterThanOrEqual(90);
});

test('most values that are compared can be written, and some cannot', () => {
  const values = halves.flatMap((half) =>
    fc.sample(anyValue(half), { seed: 30, numRuns: 20 }).map((value) => {
      const by = compiledStruct(half.of, half.version, half.flexible) as CompiledStruct;
      return written((writer) => by.write(value as Record<string, unknown>, writer));
    }),
  );
  const refused = values.filter(({ thrown }) => thrown !== undefined);
  expect(refused.length / values.length).toBeGreaterThan(0.05);
  expect(refused.length / values.length).toBeLessThan(0.5);
});

test('unknown tags are stepped over, at the end of a message and of what is inside it', () => {
  const unknown = [1, 99, 2, 0xaa, 0xbb];
  for (const half of halves.filter(({ flexible }) => flexible)) {
    const by = compiledStruct(half.of, half.version, true) as CompiledStruct;
    const plain = sameWriting(half, by, {});
    expect(plain.at(-1)).toBe(0);
    const bytes = Uint8Array.from([...plain.subarray(0, -1), ...unknown]);
    sameReading(half, by, bytes);
    expect(read(bytes, by.read)).toStrictEqual(read(plain, by.read));
  }
  const by = compile(sourceOf(sample.of, 2, true));
  const value = { classic: '', parts: [{ index: 5 }], numbers: [3] };
  const told = Buffer.from(sameWriting(sample, by, value)).toString('hex');
  const inside = Uint8Array.from(Buffer.from(told.replace('0000000500', '00000005016302aabb'), 'hex'));
  expect(inside.length).toBe(told.length / 2 + 4);
  sameReading(sample, by, inside);
  expect(read(inside, by.read)).toMatchObject({ value: { parts: [{ index: 5, gone: -1 }], numbers: [3] } });
});

test.each(halves.map((half) => [half.name, half] as const))('%s is as interpreted', (_, half) => {
  const by = compiledStruct(half.of, half.version, half.flexible);
  expect(by).toBeDefined();
  compare(half, by as CompiledStruct, 100);
});

test('the sample is as interpreted', () => {
  compare(sample, compile(sourceOf(sample.of, 2, true)), 500);
});

describe('a program that is wrong is noticed', () => {
  const fetchRequest = halves.find(({ name }) => name === 'Fetch request v17') as Half;
  const produceRequest = halves.find(({ name }) => name === 'Produce request v8') as Half;
  const victims = [sample, fetchRequest, produceRequest].map((half) => [half.name, half] as const);

  test.each(victims)('%s: with any line left out', (_, half) => {
    const source = sourceOf(half.of, half.version, half.flexible);
    const lines = source.text.split('\n');
    const wrong = lines.flatMap((line, at) => {
      // A number or a truth that was left out is written as nothing all the same.
      if (/=== undefined\) \$\w+ = (0|false);/.test(line)) return [];
      return [{ slip: line, text: lines.filter((__, index) => index !== at).join('\n') }];
    });
    expect(unnoticed(half, source, wrong)).toEqual([]);
  });

  test.each(victims)('%s: with any word exchanged', (_, half) => {
    const source = sourceOf(half.of, half.version, half.flexible);
    const wrong = slips.flatMap(([from, to]) =>
      [...source.text.matchAll(from)].map(({ 0: found, index }) => {
        const behind = source.text.slice(index + found.length);
        const line = source.text.slice(source.text.lastIndexOf('\n', index) + 1).split('\n', 1)[0];
        return { slip: `${found} -> ${to} in ${line}`, text: source.text.slice(0, index) + to + behind };
      }),
    );
    expect(wrong.length).toBeGreaterThan(20);
    expect(unnoticed(half, source, wrong)).toEqual([]);
  });
});

/** What a careless planner could have written instead. */
const slips: readonly (readonly [RegExp, string])[] = [
  [/reader\.int32\(\)/g, 'reader.uint32()'],
  [/reader\.int16\(\)/g, 'reader.uint16()'],
  [/reader\.int64\(\)/g, 'reader.float64()'],
  [/reader\.uvarint\(\) - 1/g, 'reader.uvarint()'],
  [/count < 0/g, 'count <= 0'],
  [/ true, '/g, " false, '"],
  [/ false, '/g, " true, '"],
  [/(?<!true, )'\w+'\)/g, "'other')"],
  [/tag: \d/g, 'tag: 9'],
  [/-1(?=[,; ])/g, '0'],
  [/: null,/g, ': undefined,'],
  [/\.length \+ 1/g, '.length'],
  [/writer\.int32\(\$/g, 'writer.uint16($'],
  [/writer\.int64/g, 'writer.int32'],
  [/writeTagged\(writer, \d/g, 'writeTagged(writer, 9'],
  [/constants\[0\]/g, '(() => false)'],
];

/** The slips that the comparison did not see; one that is no program any more is no slip. */
function unnoticed(half: Half, { constants }: CodecSource, wrong: readonly { slip: string; text: string }[]) {
  let compared = 0;
  const missed = wrong.filter(({ text }) => {
    let by: CompiledStruct;
    try {
      by = compile({ text, constants });
    } catch {
      return false;
    }
    compared++;
    try {
      compare(half, by, 5000);
    } catch {
      return false;
    }
    return true;
  });
  expect(compared).toBeGreaterThan(10);
  return missed.map(({ slip }) => slip);
}

test('the program of a small struct', () => {
  const { text } = sourceOf(struct({ id: int32('0+'), name: string('0+'), old: int16('0-0') }), 1, true);
  expect(text).toMatchInlineSnapshot(`
    "const tags0 = [];
    function readStruct1(reader) {
      const values = {
        id: reader.int32(),
        name: readString(reader, reader.uvarint() - 1, false, 'name'),
        old: 0,
      };
      const count = reader.uvarint();
      if (count > 0) readTagged(reader, count, values, tags0);
      return values;
    }
    function writeStruct2(values, writer) {
      let $id = values.id;
      if ($id === undefined) $id = 0;
      if ($id === null) refuseNull('id');
      else writer.int32($id);
      let $name = values.name;
      if ($name === undefined) $name = "";
      if ($name === null) refuseNull('name');
      else writeCompactString(writer, $name, 'name');
      if (values.old !== undefined && !constants[0](values.old)) {
        refuseAbsent('old', 1);
      }
      writer.uvarint(0);
    }
    return { read: readStruct1, write: writeStruct2 };"
  `);
});

test('records are read as views and written by reference', () => {
  const produce = halves.find(({ name }) => name === 'Produce request v9') as Half;
  const by = compiledStruct(produce.of, 9, true) as CompiledStruct;
  const records = new Uint8Array(1000).fill(7);
  const request = {
    acks: 1,
    timeoutMs: 1,
    topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
  };
  const writer = new Writer();
  by.write(request, writer);
  const chunks = writer.finish();
  expect(chunks).toContain(records);
  const bytes = concat(chunks);
  const value = by.read(new Reader(bytes)) as typeof request;
  expect(value.topicData[0]?.partitionData[0]?.records.buffer).toBe(bytes.buffer);
});

test('a decoded struct has its fields in the order of the declaration, in every version', () => {
  for (const { of, version, flexible } of halves) {
    const writer = new Writer();
    writeStruct(of, version, flexible, {} as Encodable<AnyStruct>, writer);
    const value = compiledStruct(of, version, flexible)?.read(new Reader(writer.toBytes()));
    expect(Object.keys(value ?? {})).toEqual(Object.keys(of.fields));
  }
});

test('where code must not be made of text, the interpreter serves', () => {
  const program = `
    import { heartbeat } from './apis/heartbeat.ts';
    import { Reader, Writer } from './bytes.ts';
    import { decodeRequest, encodeRequest } from './codec.ts';
    import { compiledStruct } from './codec-compiled.ts';
    const writer = new Writer();
    encodeRequest(heartbeat, 4, { groupId: 'g', generationId: 3, memberId: 'm' }, writer);
    const decoded = decodeRequest(heartbeat, 4, new Reader(writer.toBytes()));
    console.log(compiledStruct(heartbeat.request, 4, true) === undefined, JSON.stringify(decoded));
  `;
  const options = [
    '--disallow-code-generation-from-strings',
    '--input-type=module-typescript',
    '-e',
    program,
  ];
  const told = execFileSync(process.execPath, options, { cwd: import.meta.dirname, encoding: 'utf8' });
  const value = { groupId: 'g', generationId: 3, memberId: 'm', groupInstanceId: null };
  expect(told.trim()).toBe(`true ${JSON.stringify({ ok: true, value })}`);
});
