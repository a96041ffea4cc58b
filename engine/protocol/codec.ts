// The codec: walks a declaration and reads or writes the bytes of one version. It is small on purpose, and the
// specification of the faster one beside it, `codec-compiled.ts`, which whole messages of hot APIs go through. For
// every struct and version the list of fields that travel is worked out once and remembered.
//
// Decoding fails with a sentence and never throws: the bytes come from strangers. Encoding asserts: the
// values are ours.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { isShortAscii, Reader, Writer } from './bytes.ts';
import { compiledStruct } from './codec-compiled.ts';
import {
  type Api,
  type BodyOf,
  type Decoded,
  type DecodedResponseOf,
  type Encodable,
  type EncodableBodyOf,
  type EncodableRequestOf,
  type Field,
  type FieldMap,
  type Message,
  type RequestOf,
  type ResponseOf,
  type Shape,
  type Struct,
  stringBytesMax,
  within,
} from './schema.ts';

type AnyStruct = Struct<FieldMap>;
type Values = Record<string, unknown>;

/** One field as it travels in one version. */
interface Slot {
  readonly name: string;
  readonly field: Field<unknown>;
  readonly nullable: boolean;
  readonly compact: boolean;
}

/** How a struct looks in one version. */
interface Layout {
  readonly flexible: boolean;
  readonly plain: readonly Slot[];
  /** By ascending tag. */
  readonly tagged: readonly Slot[];
  /** Declared, but not in this version: they decode to their defaults. */
  readonly absent: readonly Slot[];
}

const layouts = new WeakMap<AnyStruct, Map<number, Layout>>();

function layoutOf(of: AnyStruct, version: number, flexible: boolean): Layout {
  let byVersion = layouts.get(of);
  if (byVersion === undefined) {
    byVersion = new Map();
    layouts.set(of, byVersion);
  }
  const key = flexible ? version : -1 - version;
  let layout = byVersion.get(key);
  if (layout === undefined) {
    layout = planLayout(of, version, flexible);
    byVersion.set(key, layout);
  }
  return layout;
}

function planLayout(of: AnyStruct, version: number, flexible: boolean): Layout {
  const plain: Slot[] = [];
  const tagged: Slot[] = [];
  const absent: Slot[] = [];
  for (const [name, field] of Object.entries(of.fields)) {
    const slot: Slot = {
      name,
      field,
      nullable: within(version, field.nullable),
      compact: flexible && field.flexible,
    };
    if (!within(version, field.versions)) absent.push(slot);
    else if (within(version, field.tagged)) tagged.push(slot);
    else plain.push(slot);
  }
  tagged.sort((a, b) => (a.field.tag as number) - (b.field.tag as number));
  assert(tagged.length === 0 || flexible, 'tagged fields travel in flexible versions only');
  return { flexible, plain, tagged, absent };
}

/** Reads a struct; look at `reader.failure` afterwards. */
export function readStruct<S extends AnyStruct>(
  of: S,
  version: number,
  flexible: boolean,
  reader: Reader,
): Decoded<S> {
  const layout = layoutOf(of, version, flexible);
  const values: Values = {};
  for (const slot of layout.plain) values[slot.name] = readSlot(slot, version, flexible, reader);
  for (const slot of layout.absent) values[slot.name] = defaultOf(slot.field);
  for (const slot of layout.tagged) values[slot.name] = defaultOf(slot.field);
  if (flexible) readTagged(layout, version, reader, values);
  return values as Decoded<S>;
}

function readTagged(layout: Layout, version: number, reader: Reader, values: Values): void {
  const count = reader.uvarint();
  let previous = -1;
  for (let i = 0; i < count && reader.failure === undefined; i++) {
    const tag = reader.uvarint();
    const sizeBytes = reader.uvarint();
    if (reader.failure !== undefined) return;
    if (tag <= previous) return reader.fail(`tag ${tag} after tag ${previous}: tags must ascend`);
    previous = tag;
    const at = reader.take(sizeBytes);
    if (at < 0) return;
    const slot = layout.tagged.find((candidate) => candidate.field.tag === tag);
    if (slot === undefined) continue;
    const inner = new Reader(reader.bytes, at, at + sizeBytes);
    values[slot.name] = readSlot(slot, version, true, inner);
    if (inner.failure !== undefined) return reader.fail(`tag ${tag}: ${inner.failure}`);
    if (inner.remaining > 0) return reader.fail(`tag ${tag} has ${inner.remaining} bytes too many`);
  }
}

function readSlot(slot: Slot, version: number, flexible: boolean, reader: Reader): unknown {
  return readShape(slot.field.shape, slot.nullable, slot.compact, version, flexible, reader, slot.name);
}

function readShape(
  shape: Shape,
  nullable: boolean,
  compact: boolean,
  version: number,
  flexible: boolean,
  reader: Reader,
  name: string,
): unknown {
  if (typeof shape === 'string') {
    switch (shape) {
      case 'bool':
        return reader.int8() !== 0;
      case 'int8':
        return reader.int8();
      case 'int16':
        return reader.int16();
      case 'uint16':
        return reader.uint16();
      case 'int32':
        return reader.int32();
      case 'uint32':
        return reader.uint32();
      case 'int64':
        return reader.int64();
      case 'float64':
        return reader.float64();
      case 'uuid':
        return reader.uuid();
      case 'string': {
        const length = compact ? reader.uvarint() - 1 : reader.int16();
        if (length > stringBytesMax) {
          reader.fail(`${name}: a string of ${length} bytes`);
          return '';
        }
        if (length >= 0) return reader.utf8(length);
        return nothing(nullable, '', reader, name);
      }
      default: {
        const length = compact ? reader.uvarint() - 1 : reader.int32();
        if (length >= 0) return reader.view(length);
        return nothing(nullable, new Uint8Array(0), reader, name);
      }
    }
  }
  if ('of' in shape) {
    const count = compact ? reader.uvarint() - 1 : reader.int32();
    if (count < 0) return nothing(nullable, [], reader, name);
    // Every element takes at least one byte, so a count above what is left is a lie and allocates nothing.
    if (count > reader.remaining) {
      reader.fail(`${name}: ${count} elements in ${reader.remaining} bytes`);
      return [];
    }
    const elements: unknown[] = [];
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      elements.push(readShape(shape.of, false, compact, version, flexible, reader, name));
    }
    return elements;
  }
  if (nullable && reader.int8() < 0) return null;
  return readStruct(shape, version, flexible, reader);
}

function nothing(nullable: boolean, empty: unknown, reader: Reader, name: string): unknown {
  if (nullable) return null;
  reader.fail(`${name} must not be null`);
  return empty;
}

function defaultOf(field: Field<unknown>): unknown {
  if (field.default !== undefined) return Array.isArray(field.default) ? [] : field.default;
  const of = field.shape as AnyStruct;
  const values: Values = {};
  for (const [name, inner] of Object.entries(of.fields)) values[name] = defaultOf(inner);
  return values;
}

/** Writes a struct. Fields left out take their defaults. */
export function writeStruct<S extends AnyStruct>(
  of: S,
  version: number,
  flexible: boolean,
  value: Encodable<S>,
  writer: Writer,
): void {
  const layout = layoutOf(of, version, flexible);
  const values = value as Values;
  for (const slot of layout.plain) {
    const given = values[slot.name];
    writeSlot(slot, version, flexible, given === undefined ? defaultOf(slot.field) : given, writer);
  }
  for (const slot of layout.absent) {
    const given = values[slot.name];
    if (given === undefined || slot.field.ignorable) continue;
    assert(
      isDefault(slot.field, given),
      `${slot.name} has no place in version ${version} and is not at its default`,
    );
  }
  if (flexible) writeTagged(layout, version, values, writer);
}

function writeTagged(layout: Layout, version: number, values: Values, writer: Writer): void {
  const present = layout.tagged.filter((slot) => {
    const given = values[slot.name];
    return given !== undefined && !isDefault(slot.field, given);
  });
  writer.uvarint(present.length);
  for (const slot of present) {
    const inner = new Writer(64);
    writeSlot(slot, version, true, values[slot.name], inner);
    writer.uvarint(slot.field.tag as number);
    writer.uvarint(inner.length);
    for (const chunk of inner.finish()) writer.reference(chunk);
  }
}

function writeSlot(slot: Slot, version: number, flexible: boolean, value: unknown, writer: Writer): void {
  writeShape(slot.field.shape, slot.nullable, slot.compact, version, flexible, value, writer, slot.name);
}

function writeShape(
  shape: Shape,
  nullable: boolean,
  compact: boolean,
  version: number,
  flexible: boolean,
  value: unknown,
  writer: Writer,
  name: string,
): void {
  if (value === null) return writeNull(shape, nullable, compact, writer, name);
  if (typeof shape === 'string') {
    switch (shape) {
      case 'bool':
        return writer.int8(value ? 1 : 0);
      case 'int8':
        return writer.int8(value as number);
      case 'int16':
        return writer.int16(value as number);
      case 'uint16':
        return writer.uint16(value as number);
      case 'int32':
        return writer.int32(value as number);
      case 'uint32':
        return writer.uint32(value as number);
      case 'int64':
        return writer.int64(value as number);
      case 'float64':
        return writer.float64(value as number);
      case 'uuid':
        return writer.uuid(value as string);
      case 'string':
        return writeString(value as string, compact, writer, name);
      default: {
        const bytes = value as Uint8Array;
        if (compact) writer.uvarint(bytes.length + 1);
        else writer.int32(bytes.length);
        return writer.reference(bytes);
      }
    }
  }
  if ('of' in shape) {
    const elements = value as readonly unknown[];
    if (compact) writer.uvarint(elements.length + 1);
    else writer.int32(elements.length);
    for (const element of elements) {
      writeShape(shape.of, false, compact, version, flexible, element, writer, name);
    }
    return;
  }
  if (nullable) writer.int8(1);
  writeStruct(shape, version, flexible, value as Encodable<AnyStruct>, writer);
}

const encoder = new TextEncoder();

function writeString(text: string, compact: boolean, writer: Writer, name: string): void {
  if (isShortAscii(text)) {
    if (compact) writer.uvarint(text.length + 1);
    else writer.int16(text.length);
    return writer.ascii(text);
  }
  const bytes = encoder.encode(text);
  assert(bytes.length <= stringBytesMax, `${name}: a string has at most ${stringBytesMax} bytes`);
  if (compact) writer.uvarint(bytes.length + 1);
  else writer.int16(bytes.length);
  writer.raw(bytes);
}

function writeNull(shape: Shape, nullable: boolean, compact: boolean, writer: Writer, name: string): void {
  assert(nullable, `${name} must not be null in this version`);
  if (typeof shape !== 'string' && !('of' in shape)) return writer.int8(-1);
  if (compact) return writer.uvarint(0);
  if (shape === 'string') return writer.int16(-1);
  writer.int32(-1);
}

function isDefault(field: Field<unknown>, value: unknown): boolean {
  const usual = field.default;
  if (value === usual) return true;
  if (value === null) return false;
  if (Array.isArray(value)) return value.length === 0 && Array.isArray(usual);
  if (value instanceof Uint8Array)
    return value.length === 0 && usual instanceof Uint8Array && usual.length === 0;
  if (usual !== undefined || typeof field.shape === 'string' || 'of' in field.shape) return false;
  return Object.entries(field.shape.fields).every(([name, inner]) => {
    const given = (value as Values)[name];
    return given === undefined || isDefault(inner, given);
  });
}

// ---- whole messages

export function isFlexible(of: { flexibleFrom: number }, version: number): boolean {
  return version >= of.flexibleFrom;
}

/** What was read, if it was read to the end of the bytes. The error is a sentence for people. */
function whole(value: unknown, reader: Reader, name: string, version: number): Outcome<unknown, string> {
  if (reader.failure === undefined && reader.remaining > 0) reader.fail(`${reader.remaining} bytes too many`);
  return reader.failure === undefined ? success(value) : failure(`${name} v${version}: ${reader.failure}`);
}

/** One half of an API; hot ones have the compiled codec, which gives the same in less time. */
function readHalf(api: Api, of: AnyStruct, version: number, reader: Reader): unknown {
  const flexible = isFlexible(api, version);
  const compiled = api.hot ? compiledStruct(of, version, flexible) : undefined;
  return compiled === undefined ? readStruct(of, version, flexible, reader) : compiled.read(reader);
}

function writeHalf(api: Api, of: AnyStruct, version: number, value: unknown, writer: Writer): void {
  const flexible = isFlexible(api, version);
  const compiled = api.hot ? compiledStruct(of, version, flexible) : undefined;
  if (compiled === undefined) writeStruct(of, version, flexible, value as Encodable<AnyStruct>, writer);
  else compiled.write(value as Values, writer);
}

/** Reads a request body from `reader` to its end. The error is a sentence for people. */
export function decodeRequest<A extends Api>(
  api: A,
  version: number,
  reader: Reader,
): Outcome<RequestOf<A>, string> {
  const value = readHalf(api, api.request, version, reader);
  return whole(value, reader, `${api.name} request`, version) as Outcome<RequestOf<A>, string>;
}

export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  reader: Reader,
): Outcome<DecodedResponseOf<A>, string> {
  const value = readHalf(api, api.response, version, reader);
  return whole(value, reader, `${api.name} response`, version) as Outcome<DecodedResponseOf<A>, string>;
}

export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  value: EncodableRequestOf<A>,
  writer: Writer,
): void {
  writeHalf(api, api.request, version, value, writer);
}

export function encodeResponse<A extends Api>(
  api: A,
  version: number,
  value: ResponseOf<A>,
  writer: Writer,
): void {
  writeHalf(api, api.response, version, value, writer);
}

/** Reads a message that is not an API; bytes must end where it ends. */
export function decodeMessage<M extends Message>(
  of: M,
  version: number,
  bytes: Uint8Array,
): Outcome<BodyOf<M>, string> {
  const reader = new Reader(bytes);
  const value = readStruct(of.body, version, isFlexible(of, version), reader);
  return whole(value, reader, of.name, version) as Outcome<BodyOf<M>, string>;
}

export function encodeMessage<M extends Message>(
  of: M,
  version: number,
  value: EncodableBodyOf<M>,
): Uint8Array {
  const writer = new Writer(64);
  writeStruct(of.body, version, isFlexible(of, version), value as Encodable<AnyStruct>, writer);
  return writer.toBytes();
}
