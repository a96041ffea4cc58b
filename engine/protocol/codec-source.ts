// What the compiled codec does for one declaration in one version, as the text of a program: functions that read and
// write a struct field by field. Everything that the interpreter asks on its way (is the field in this version, tagged,
// nullable, compact, what is its default) is answered here, once. `codec-compiled.ts` turns the text into functions and
// holds the helpers that it calls by name; `sourceOf` of a small struct is shown in `codec-compiled.test.ts`.
//
// The text is made of declarations alone: nothing from the wire or a configuration ever gets into it.

import { assert } from '../base/assert.ts';
import { type Field, type FieldMap, type Shape, type Struct, within } from './schema.ts';

type AnyStruct = Struct<FieldMap>;
type Entry = readonly [name: string, field: Field<unknown>];

export interface CodecSource {
  /** The body of a function of the helpers and the constants; it returns `{ read, write }`. */
  readonly text: string;
  /** Defaults that cannot be written down, and tests whether a value is a default. */
  readonly constants: readonly unknown[];
}

/** A text that grows, and what its functions have in common. */
interface Draft {
  readonly version: number;
  readonly flexible: boolean;
  readonly functions: string[];
  readonly constants: unknown[];
  functionCount: number;
}

/** How a shape travels at one place. */
interface Place {
  readonly shape: Shape;
  readonly nullable: boolean;
  readonly compact: boolean;
  /** The field's name in sentences. */
  readonly name: string;
}

export function sourceOf(of: AnyStruct, version: number, flexible: boolean): CodecSource {
  const draft: Draft = { version, flexible, functions: [], constants: [], functionCount: 0 };
  const read = structReader(of, draft);
  const write = structWriter(of, draft);
  const text = [...draft.functions, `return { read: ${read}, write: ${write} };`].join('\n');
  return { text, constants: draft.constants };
}

function isPlain({ versions, tagged }: Field<unknown>, { version }: Draft): boolean {
  return within(version, versions) && !within(version, tagged);
}

function plainFields(of: AnyStruct, draft: Draft): Entry[] {
  return Object.entries(of.fields).filter(([, field]) => isPlain(field, draft));
}

/** By ascending tag. */
function taggedFields(of: AnyStruct, { version, flexible }: Draft): Entry[] {
  const tagged = Object.entries(of.fields).filter(([, field]) => {
    return within(version, field.versions) && within(version, field.tagged);
  });
  assert(tagged.length === 0 || flexible, 'tagged fields travel in flexible versions only');
  return tagged.sort(([, a], [, b]) => (a.tag as number) - (b.tag as number));
}

function placeOf([name, field]: Entry, draft: Draft): Place {
  const nullable = within(draft.version, field.nullable);
  return { shape: field.shape, nullable, compact: draft.flexible && field.flexible, name };
}

function constant(value: unknown, draft: Draft): string {
  return `constants[${draft.constants.push(value) - 1}]`;
}

/** Adds a function and returns its name. */
function add(kind: string, parameters: string, lines: readonly string[], draft: Draft): string {
  const name = `${kind}${draft.functionCount++}`;
  draft.functions.push(
    `function ${name}(${parameters}) {`,
    ...lines.map((line) => (line === '' ? '' : `  ${line}`)),
    '}',
  );
  return name;
}

function quoted(name: string): string {
  assert(/^[a-zA-Z][a-zA-Z0-9]*$/.test(name), `a field has a plain name: '${name}'`);
  return `'${name}'`;
}

// ---- reading

// The fields of the object stand in the order of the declaration, whatever the version, and with them the reads: those
// that the version lacks are filled in between. Whoever uses what was decoded sees one shape of object.
function structReader(of: AnyStruct, draft: Draft): string {
  const values = Object.entries(of.fields).map((entry) => {
    const [name, field] = entry;
    const value = isPlain(field, draft) ? readOf(placeOf(entry, draft), draft) : defaultOf(field, draft);
    return `  ${quoted(name).slice(1, -1)}: ${value},`;
  });
  const lines = ['const values = {', ...values, '};'];
  if (draft.flexible) {
    const known = taggedFields(of, draft).map((entry) => {
      const [name, field] = entry;
      const read = readOf(placeOf(entry, draft), draft);
      return `{ tag: ${field.tag}, name: ${quoted(name)}, read: (reader) => ${read} }`;
    });
    const tags = `tags${draft.functionCount++}`;
    draft.functions.push(`const ${tags} = [${known.join(', ')}];`);
    lines.push(
      'const count = reader.uvarint();',
      `if (count > 0) readTagged(reader, count, values, ${tags});`,
    );
  }
  lines.push('return values;');
  return add('readStruct', 'reader', lines, draft);
}

/** The expression that reads a value. */
function readOf(place: Place, draft: Draft): string {
  const { shape, nullable, compact, name } = place;
  const length = compact ? 'reader.uvarint() - 1' : undefined;
  if (shape === 'bool') return 'reader.int8() !== 0';
  if (shape === 'string')
    return `readString(reader, ${length ?? 'reader.int16()'}, ${nullable}, ${quoted(name)})`;
  if (shape === 'bytes' || shape === 'records')
    return `readBytes(reader, ${length ?? 'reader.int32()'}, ${nullable}, ${quoted(name)})`;
  if (typeof shape === 'string') return `reader.${shape}()`;
  if ('of' in shape) return `${arrayReader(place, shape.of, draft)}(reader)`;
  const read = `${structReader(shape, draft)}(reader)`;
  return nullable ? `reader.int8() < 0 ? null : ${read}` : read;
}

function arrayReader({ nullable, compact, name }: Place, of: Shape, draft: Draft): string {
  const element = readOf({ shape: of, nullable: false, compact, name }, draft);
  const lines = [
    `const count = ${compact ? 'reader.uvarint() - 1' : 'reader.int32()'};`,
    `if (count < 0) return ${nullable ? 'null' : `missing(reader, [], ${quoted(name)})`};`,
    `if (count > reader.remaining) return tooMany(reader, count, ${quoted(name)});`,
    'const elements = [];',
    `for (let i = 0; i < count && reader.failure === undefined; i++) elements.push(${element});`,
    'return elements;',
  ];
  return add('readArray', 'reader', lines, draft);
}

/** The expression that makes a default. Arrays and structs are made anew: what is decoded belongs to whoever asked. */
function defaultOf(field: Field<unknown>, draft: Draft): string {
  const usual = field.default;
  if (Array.isArray(usual)) return '[]';
  if (typeof usual === 'string') return JSON.stringify(usual);
  if (usual === null || typeof usual === 'number' || typeof usual === 'boolean') return String(usual);
  if (usual !== undefined) return constant(usual, draft);
  const fields = Object.entries((field.shape as AnyStruct).fields).map(([name, inner]) => {
    return `${quoted(name).slice(1, -1)}: ${defaultOf(inner, draft)}`;
  });
  return `{ ${fields.join(', ')} }`;
}

// ---- writing

function structWriter(of: AnyStruct, draft: Draft): string {
  const lines: string[] = [];
  for (const entry of plainFields(of, draft)) {
    const [name, field] = entry;
    const place = placeOf(entry, draft);
    lines.push(
      `let $${name} = values.${name};`,
      `if ($${name} === undefined) $${name} = ${defaultOf(field, draft)};`,
      `if ($${name} === null) ${writeNull(place)};`,
      `else ${writeOf(place, `$${name}`, draft)};`,
    );
  }
  for (const [name, field] of Object.entries(of.fields)) {
    if (within(draft.version, field.versions) || field.ignorable) continue;
    const isDefault = constant(defaultTest(field), draft);
    lines.push(
      `if (values.${name} !== undefined && !${isDefault}(values.${name})) {`,
      `  refuseAbsent(${quoted(name)}, ${draft.version});`,
      '}',
    );
  }
  if (draft.flexible) lines.push(...taggedWriting(of, draft));
  return add('writeStruct', 'values, writer', lines, draft);
}

function taggedWriting(of: AnyStruct, draft: Draft): string[] {
  const tagged = taggedFields(of, draft);
  if (tagged.length === 0) return ['writer.uvarint(0);'];
  const presence: string[] = [];
  const writing: string[] = [];
  for (const entry of tagged) {
    const [name, field] = entry;
    const place = placeOf(entry, draft);
    const isDefault = constant(defaultTest(field), draft);
    presence.push(
      `const $${name} = values.${name};`,
      `const has$${name} = $${name} !== undefined && !${isDefault}($${name});`,
    );
    const write = add(
      'writeTag',
      'value, writer',
      [`if (value === null) ${writeNull(place)};`, `else ${writeOf(place, 'value', draft)};`],
      draft,
    );
    writing.push(`if (has$${name}) writeTagged(writer, ${field.tag}, $${name}, ${write});`);
  }
  const count = tagged.map(([name]) => `(has$${name} ? 1 : 0)`).join(' + ');
  return [...presence, `writer.uvarint(${count});`, ...writing];
}

/** The statement that writes a value which is not null. */
function writeOf(place: Place, value: string, draft: Draft): string {
  const { shape, nullable, compact, name } = place;
  const kind = compact ? 'Compact' : 'Classic';
  if (shape === 'bool') return `writer.int8(${value} ? 1 : 0)`;
  if (shape === 'string') return `write${kind}String(writer, ${value}, ${quoted(name)})`;
  if (shape === 'bytes' || shape === 'records') return `write${kind}Bytes(writer, ${value})`;
  if (typeof shape === 'string') return `writer.${shape}(${value})`;
  if ('of' in shape) return `${arrayWriter(place, shape.of, draft)}(${value}, writer)`;
  const write = `${structWriter(shape, draft)}(${value}, writer)`;
  return nullable ? `{ writer.int8(1); ${write}; }` : write;
}

function arrayWriter({ compact, name }: Place, of: Shape, draft: Draft): string {
  const write = writeOf({ shape: of, nullable: false, compact, name }, 'element', draft);
  const lines = [
    compact ? 'writer.uvarint(elements.length + 1);' : 'writer.int32(elements.length);',
    'for (const element of elements) {',
    `  if (element === null) refuseNull(${quoted(name)});`,
    `  ${write};`,
    '}',
  ];
  return add('writeArray', 'elements, writer', lines, draft);
}

function writeNull({ shape, nullable, compact, name }: Place): string {
  if (!nullable) return `refuseNull(${quoted(name)})`;
  if (typeof shape !== 'string' && !('of' in shape)) return 'writer.int8(-1)';
  if (compact) return 'writer.uvarint(0)';
  return shape === 'string' ? 'writer.int16(-1)' : 'writer.int32(-1)';
}

/** Whether a value is at its default. */
function defaultTest({ default: usual, shape }: Field<unknown>): (value: unknown) => boolean {
  if (Array.isArray(usual)) return (value) => Array.isArray(value) && value.length === 0;
  if (usual instanceof Uint8Array) {
    return (value) => value === usual || (value instanceof Uint8Array && value.length + usual.length === 0);
  }
  if (usual !== undefined || typeof shape === 'string' || 'of' in shape) return (value) => value === usual;
  const inner = Object.entries(shape.fields).map(([name, one]) => [name, defaultTest(one)] as const);
  return (value) => {
    if (value === null) return false;
    return inner.every(([name, isDefault]) => {
      const given = (value as Record<string, unknown>)[name];
      return given === undefined || isDefault(given);
    });
  };
}
