// The codec of hot APIs: for a declaration and a version it makes, once, functions that read and write nothing but what
// travels there (`codec-source.ts` makes their text), and here are the helpers that they share. `codec.ts` stays the
// specification: bytes, values, sentences of failure and assertions are the same, and `codec-compiled.test.ts` holds
// one against the other.
//
// Why text and `new Function`: a tree of closures was tried first, and was hardly faster than the interpreter. All
// closures of one kind share what the machine learns about them, so every field of every struct ends in the same slow
// store by name. Functions of their own make whole objects by a literal. Where a process forbids making code out of
// text (`--disallow-code-generation-from-strings`), there is no compiled codec and the interpreter does its work.

import { AssertionFailure, assert } from '../base/assert.ts';
import { isShortAscii, Reader, utf8, Writer } from './bytes.ts';
import { type CodecSource, sourceOf } from './codec-source.ts';
import { type FieldMap, type Struct, stringBytesMax } from './schema.ts';

type AnyStruct = Struct<FieldMap>;
type Values = Record<string, unknown>;

/** A declaration in one version. */
export interface CompiledStruct {
  /** Look at `reader.failure` afterwards, as with `readStruct`. */
  readonly read: (reader: Reader) => Values;
  /** Fields left out take their defaults, as with `writeStruct`. */
  readonly write: (values: Values, writer: Writer) => void;
}

const mayCompile = canCompile();
const compiled = new WeakMap<AnyStruct, (CompiledStruct | undefined)[]>();

function canCompile(): boolean {
  try {
    return new Function('return true')();
  } catch {
    return false;
  }
}

/** Made when it is first asked for; undefined where the process forbids it. */
export function compiledStruct(
  of: AnyStruct,
  version: number,
  flexible: boolean,
): CompiledStruct | undefined {
  let byVersion = compiled.get(of);
  if (byVersion === undefined) {
    byVersion = [];
    compiled.set(of, byVersion);
  }
  const key = flexible ? 2 * version + 1 : 2 * version;
  const known = byVersion[key];
  if (known !== undefined || !mayCompile) return known;
  const made = compile(sourceOf(of, version, flexible));
  byVersion[key] = made;
  return made;
}

export function compile({ text, constants }: CodecSource): CompiledStruct {
  const names = Object.keys(helpers);
  const make = new Function(...names, 'constants', `'use strict';\n${text}`);
  return make(...Object.values(helpers), constants) as CompiledStruct;
}

// ---- what the text calls by name

interface TaggedRead {
  readonly tag: number;
  readonly name: string;
  readonly read: (reader: Reader) => unknown;
}

function readTagged(reader: Reader, count: number, values: Values, known: readonly TaggedRead[]): void {
  let previous = -1;
  for (let i = 0; i < count && reader.failure === undefined; i++) {
    const tag = reader.uvarint();
    const sizeBytes = reader.uvarint();
    if (reader.failure !== undefined) return;
    if (tag <= previous) return reader.fail(`tag ${tag} after tag ${previous}: tags must ascend`);
    previous = tag;
    const at = reader.take(sizeBytes);
    if (at < 0) return;
    const field = known.find((candidate) => candidate.tag === tag);
    if (field === undefined) continue;
    const inner = new Reader(reader.bytes, at, at + sizeBytes);
    values[field.name] = field.read(inner);
    if (inner.failure !== undefined) return reader.fail(`tag ${tag}: ${inner.failure}`);
    if (inner.remaining > 0) return reader.fail(`tag ${tag} has ${inner.remaining} bytes too many`);
  }
}

function readString(reader: Reader, length: number, nullable: boolean, name: string): string | null {
  if (length > stringBytesMax) {
    reader.fail(`${name}: a string of ${length} bytes`);
    return '';
  }
  if (length >= 0) return reader.utf8(length);
  return nullable ? null : missing(reader, '', name);
}

function readBytes(reader: Reader, length: number, nullable: boolean, name: string): Uint8Array | null {
  if (length >= 0) return reader.view(length);
  return nullable ? null : missing(reader, new Uint8Array(0), name);
}

function missing<T>(reader: Reader, empty: T, name: string): T {
  reader.fail(`${name} must not be null`);
  return empty;
}

/** Every element takes at least one byte, so a count above what is left is a lie and allocates nothing. */
function tooMany(reader: Reader, count: number, name: string): unknown[] {
  reader.fail(`${name}: ${count} elements in ${reader.remaining} bytes`);
  return [];
}

type Write = (value: unknown, writer: Writer) => void;

/** The size comes first, so the field is written aside. */
function writeTagged(writer: Writer, tag: number, value: unknown, write: Write): void {
  const inner = new Writer(64);
  write(value, inner);
  writer.uvarint(tag);
  writer.uvarint(inner.length);
  for (const chunk of inner.finish()) writer.reference(chunk);
}

function writeCompactString(writer: Writer, text: string, name: string): void {
  if (isShortAscii(text)) {
    writer.uvarint(text.length + 1);
    return writer.ascii(text);
  }
  const bytes = longString(text, name);
  writer.uvarint(bytes.length + 1);
  writer.raw(bytes);
}

function writeClassicString(writer: Writer, text: string, name: string): void {
  if (isShortAscii(text)) {
    writer.int16(text.length);
    return writer.ascii(text);
  }
  const bytes = longString(text, name);
  writer.int16(bytes.length);
  writer.raw(bytes);
}

function longString(text: string, name: string): Uint8Array {
  const bytes = utf8(text);
  assert(bytes.length <= stringBytesMax, `${name}: a string has at most ${stringBytesMax} bytes`);
  return bytes;
}

function writeCompactBytes(writer: Writer, bytes: Uint8Array): void {
  writer.uvarint(bytes.length + 1);
  writer.reference(bytes);
}

function writeClassicBytes(writer: Writer, bytes: Uint8Array): void {
  writer.int32(bytes.length);
  writer.reference(bytes);
}

function refuseNull(name: string): never {
  throw new AssertionFailure(`${name} must not be null in this version`);
}

function refuseAbsent(name: string, version: number): never {
  throw new AssertionFailure(`${name} has no place in version ${version} and is not at its default`);
}

const helpers = {
  readTagged,
  readString,
  readBytes,
  missing,
  tooMany,
  writeTagged,
  writeCompactString,
  writeClassicString,
  writeCompactBytes,
  writeClassicBytes,
  refuseNull,
  refuseAbsent,
};
