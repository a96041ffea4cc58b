// Holds every declaration of ours against Kafka's own definitions, field by field. The definitions are not
// part of this repository: where the folder is missing the comparison is skipped, and the name of the skipped
// test says so. What needs no definitions (which APIs are declared, that the comparison notices a difference)
// always runs.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { heartbeat } from './apis/heartbeat.ts';
import { allApis } from './apis.ts';
import {
  type Api,
  type ArrayShape,
  type Field,
  type FieldMap,
  int32,
  type Message,
  range,
  type Shape,
  type Struct,
  string,
  struct,
  type VersionRange,
} from './schema.ts';

interface JsonField {
  name: string;
  type: string;
  versions?: string;
  nullableVersions?: string;
  taggedVersions?: string;
  tag?: number;
  ignorable?: boolean | string;
  flexibleVersions?: string;
  default?: string | number | boolean;
  fields?: JsonField[];
}

interface JsonMessage {
  name: string;
  type: string;
  apiKey?: number;
  validVersions: string;
  flexibleVersions: string;
  latestVersionUnstable?: boolean;
  fields: JsonField[];
  commonStructs?: { name: string; fields: JsonField[] }[];
}

/**
 * The definitions lie beside the project, or further up: a second working tree sits one folder deeper than the
 * first, and must not skip the comparison for that.
 */
function findAbove(start: string, path: string): string {
  const parent = dirname(start);
  return parent === start || existsSync(join(start, path)) ? join(start, path) : findAbove(parent, path);
}

const folder = findAbove(import.meta.dirname, 'shared/reference/kafka-messages');
const here = existsSync(folder);

function parseDefinition(text: string): JsonMessage {
  const errors: ParseError[] = [];
  const definition = parse(text, errors) as JsonMessage;
  expect(errors).toEqual([]);
  return definition;
}

/** Every definition in the folder, by its name. */
function readDefinitions(at: string, into = new Map<string, JsonMessage>()): Map<string, JsonMessage> {
  for (const entry of readdirSync(at).sort()) {
    const path = join(at, entry);
    if (statSync(path).isDirectory()) readDefinitions(path, into);
    else if (entry.endsWith('.json')) {
      const definition = parseDefinition(readFileSync(path, 'utf8'));
      into.set(definition.name, definition);
    }
  }
  return into;
}

// ---- the comparison: both sides become the same kind of plain description

function describeRange(versions: VersionRange | undefined): string {
  if (versions === undefined || versions.last < versions.first) return 'none';
  return versions.last === Number.POSITIVE_INFINITY
    ? `${versions.first}+`
    : `${versions.first}-${versions.last}`;
}

function describeDefault(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes(${value.length})`;
  return value === undefined ? 'struct' : JSON.stringify(value);
}

function describeField(field: Field<unknown>, type: string): Record<string, string> {
  return {
    type,
    versions: describeRange(field.versions),
    nullable: describeRange(field.nullable),
    tag: String(field.tag ?? 'none'),
    tagged: describeRange(field.tagged),
    ignorable: String(field.ignorable),
    flexible: String(field.flexible),
    default: describeDefault(field.default),
    optional: String(field.optional),
  };
}

const isArray = (shape: Shape): shape is ArrayShape => typeof shape !== 'string' && 'of' in shape;

function flattenDeclared(
  of: Struct<FieldMap>,
  prefix: string,
  into: Map<string, Record<string, string>>,
): void {
  for (const [name, field] of Object.entries(of.fields)) {
    const { shape } = field;
    const inner = isArray(shape) ? shape.of : shape;
    const innerType = typeof inner === 'string' ? inner : 'struct';
    into.set(`${prefix}${name}`, describeField(field, isArray(shape) ? `[]${innerType}` : innerType));
    if (typeof inner !== 'string' && !isArray(inner)) flattenDeclared(inner, `${prefix}${name}.`, into);
  }
}

const primitiveTypes = 'bool int8 int16 uint16 int32 uint32 int64 float64 string bytes records uuid'.split(
  ' ',
);

function jsonDefault(field: JsonField): unknown {
  const given = field.default;
  if (given === 'null') return null;
  if (field.type.startsWith('[]')) return [];
  switch (field.type) {
    case 'bool':
      return String(given) === 'true';
    case 'string':
      return given ?? '';
    case 'uuid':
      return 'AAAAAAAAAAAAAAAAAAAAAA';
    case 'bytes':
      return new Uint8Array(0);
    case 'records':
      return null;
    default:
      return primitiveTypes.includes(field.type) ? Number(given ?? 0) : undefined;
  }
}

function flattenDefined(
  fields: readonly JsonField[],
  of: JsonMessage,
  prefix: string,
  into: Map<string, Record<string, string>>,
): void {
  for (const field of fields) {
    const name = prefix + field.name.charAt(0).toLowerCase() + field.name.slice(1);
    const elementType = field.type.replace('[]', '');
    const isStruct = !primitiveTypes.includes(elementType);
    const row: Record<string, string> = {
      type: isStruct ? field.type.replace(elementType, 'struct') : field.type,
      versions: describeRange(range(field.versions ?? field.taggedVersions ?? 'none')),
      nullable: describeRange(range(field.nullableVersions ?? 'none')),
      tag: String(field.tag ?? 'none'),
      tagged: describeRange(range(field.taggedVersions ?? 'none')),
      ignorable: String(field.ignorable ?? false),
      flexible: String(field.flexibleVersions !== 'none'),
      default: describeDefault(jsonDefault(field)),
      optional: String(field.default !== undefined || field.taggedVersions !== undefined),
    };
    into.set(name, row);
    if (!isStruct) continue;
    const inner = field.fields ?? of.commonStructs?.find((common) => common.name === elementType)?.fields;
    expect(inner, `${of.name}: the fields of ${elementType}`).toBeDefined();
    flattenDefined(inner as JsonField[], of, `${name}.`, into);
  }
}

/** Every difference, one line each; order of the fields included, because it is the order on the wire. */
function differences(declared: Struct<FieldMap>, defined: JsonMessage): string[] {
  const ours = new Map<string, Record<string, string>>();
  const theirs = new Map<string, Record<string, string>>();
  flattenDeclared(declared, '', ours);
  flattenDefined(defined.fields, defined, '', theirs);
  const lines: string[] = [];
  for (const [path, row] of theirs) {
    const our = ours.get(path);
    if (our === undefined) lines.push(`${defined.name}.${path} is not declared`);
    for (const [trait, value] of our === undefined ? [] : Object.entries(row)) {
      if (our?.[trait] !== value)
        lines.push(`${defined.name}.${path} ${trait}: ${our?.[trait]}, not ${value}`);
    }
  }
  for (const path of ours.keys()) if (!theirs.has(path)) lines.push(`${defined.name}.${path} does not exist`);
  if (lines.length === 0 && [...ours.keys()].join() !== [...theirs.keys()].join()) {
    lines.push(`${defined.name}: the fields are in another order`);
  }
  return lines;
}

function rangeDifferences(
  name: string,
  ours: { versions: VersionRange; flexibleFrom: number },
  theirs: JsonMessage,
): string[] {
  const lines: string[] = [];
  const versions = describeRange(range(theirs.validVersions));
  if (describeRange(ours.versions) !== versions) lines.push(`${name} versions: not ${versions}`);
  const flexible = range(theirs.flexibleVersions);
  const from = flexible.last < flexible.first ? Number.POSITIVE_INFINITY : flexible.first;
  if (ours.flexibleFrom !== from) lines.push(`${name} flexible from ${ours.flexibleFrom}, not ${from}`);
  return lines;
}

function apiDifferences(api: Api, definitions: Map<string, JsonMessage>): string[] {
  const lines: string[] = [];
  for (const side of ['request', 'response'] as const) {
    const name = `${api.name}${side === 'request' ? 'Request' : 'Response'}`;
    const defined = definitions.get(name);
    if (defined === undefined) lines.push(`${name} is not one of Kafka's`);
    else {
      lines.push(...differences(api[side], defined), ...rangeDifferences(name, api, defined));
      if (defined.apiKey !== api.key) lines.push(`${name} key: ${api.key}, not ${defined.apiKey}`);
      const unstable = defined.latestVersionUnstable ?? false;
      if (side === 'request' && unstable !== api.latestUnstable)
        lines.push(`${name} unstable: not ${unstable}`);
    }
  }
  return lines;
}

function messageDifferences(message: Message, definitions: Map<string, JsonMessage>): string[] {
  const defined = definitions.get(message.name);
  if (defined === undefined) return [`${message.name} is not one of Kafka's`];
  const lines = [...differences(message.body, defined), ...rangeDifferences(message.name, message, defined)];
  if (defined.apiKey !== message.apiKey)
    lines.push(`${message.name} key: ${message.apiKey}, not ${defined.apiKey}`);
  return lines;
}

// ---- what is declared

/** Whatever the files of a folder export that has the given trait. */
async function declaredIn(room: string, trait: string): Promise<unknown[]> {
  const path = fileURLToPath(new URL(room, import.meta.url));
  const found: unknown[] = [];
  for (const file of readdirSync(path).sort()) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const exported = (await import(join(path, file))) as Record<string, unknown>;
    const rows = Object.values(exported).filter(
      (value) => typeof value === 'object' && value !== null && trait in value,
    );
    found.push(...rows);
  }
  return found;
}

const apisInFiles = (await declaredIn('apis', 'request')) as Api[];
const messagesInFiles = (await declaredIn('messages', 'body')) as Message[];

test('every file of apis/ is in the registry, in ascending order of keys', () => {
  expect(apisInFiles.map((api) => api.name).sort()).toEqual(
    allApis()
      .map((api) => api.name)
      .sort(),
  );
  const keys = allApis().map((api) => api.key);
  expect(keys).toEqual([...keys].sort((a, b) => a - b));
  expect(new Set(keys).size).toBe(keys.length);
});

test('every API that clients, groups, transactions, common tools and a cluster need is declared', () => {
  const basic = [0, 1, 2, 3, 10, 17, 18, 19, 20, 22, 36];
  const groups = [8, 9, 11, 12, 13, 14, 15, 16, 42, 47];
  const transactions = [24, 25, 26, 27, 28];
  const administration = [21, 23, 32, 33, 35, 37, 43, 44, 45, 46, 57, 60, 61, 64, 74, 75];
  const quorum = [52, 53, 54, 55, 59, 80, 81, 82];
  const controller = [56, 58, 62, 63, 67, 70, 73];
  const keys = new Set(allApis().map((api) => api.key));
  const needed = [...basic, ...groups, ...transactions, ...administration, ...quorum, ...controller];
  const missing = needed.filter((key) => !keys.has(key));
  expect(missing).toEqual([]);
});

test('every record of the metadata log that a cluster without security needs is declared, once', () => {
  const records = messagesInFiles.filter((one) => one.name.endsWith('Record') && one.apiKey !== undefined);
  const keys = records.map((one) => one.apiKey as number).sort((a, b) => a - b);
  expect(keys).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 17, 20, 23, 24, 25, 27, 28]);
});

describe.skipIf(!here)(
  `Kafka's definitions${here ? '' : ' (skipped: the folder with them is not here)'}`,
  () => {
    const definitions = here ? readDefinitions(folder) : new Map<string, JsonMessage>();

    test('the folder is the one we mean', () => {
      expect(definitions.size).toBeGreaterThan(200);
    });

    test.each(apisInFiles.map((api) => [api.name, api] as const))(
      '%s is declared as Kafka defines it',
      (_, api) => {
        expect(apiDifferences(api, definitions)).toEqual([]);
      },
    );

    test.each(messagesInFiles.map((message) => [message.name, message] as const))(
      '%s is declared as Kafka defines it',
      (_, message) => {
        expect(messageDifferences(message, definitions)).toEqual([]);
      },
    );
  },
);

describe('the comparison itself', () => {
  const defined = parseDefinition(`{
    "name": "HeartbeatRequest", "type": "request", "apiKey": 12, // a comment
    "validVersions": "0-4", "flexibleVersions": "4+",
    "fields": [
      { "name": "GroupId", "type": "string", "versions": "0+" },
      { "name": "GenerationId", "type": "int32", "versions": "0+" },
      { "name": "MemberId", "type": "string", "versions": "0+" },
      { "name": "GroupInstanceId", "type": "string", "versions": "3+",
        "nullableVersions": "3+", "default": "null" }
    ]
  }`);
  const right = {
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
  };

  test('finds nothing where nothing differs', () => {
    expect(differences(struct(right), defined)).toEqual([]);
    expect(differences(heartbeat.request, defined)).toEqual([]);
    expect(rangeDifferences('HeartbeatRequest', heartbeat, defined)).toEqual([]);
  });

  test.each([
    ['type', { ...right, generationId: string('0+') }, 'generationId type: string, not int32'],
    ['versions', { ...right, generationId: int32('1+') }, 'generationId versions: 1+, not 0+'],
    ['nullable', { ...right, memberId: string('0+', { nullable: '0+' }) }, 'memberId nullable: 0+, not none'],
    ['tag', { ...right, memberId: string('0+', { tag: 0, tagged: '4+' }) }, 'memberId tag: 0, not none'],
    [
      'ignorable',
      { ...right, memberId: string('0+', { ignorable: true }) },
      'memberId ignorable: true, not false',
    ],
    [
      'flexible',
      { ...right, memberId: string('0+', { flexible: false }) },
      'memberId flexible: false, not true',
    ],
    ['default', { ...right, generationId: int32('0+', { default: -1 }) }, 'generationId default: -1, not 0'],
    ['a field too many', { ...right, more: int32('0+') }, 'more does not exist'],
  ] as const)('notices a wrong %s', (_, fields, expected) => {
    expect(differences(struct(fields), defined)).toContain(`HeartbeatRequest.${expected}`);
  });

  test('notices a missing field, another order, and wrong ranges', () => {
    const { memberId, ...short } = right;
    expect(differences(struct(short), defined)).toEqual(['HeartbeatRequest.memberId is not declared']);
    expect(differences(struct({ memberId, ...short }), defined)).toEqual([
      'HeartbeatRequest: the fields are in another order',
    ]);
    const wrong = { versions: range('0-5'), flexibleFrom: 3 };
    expect(rangeDifferences('X', wrong, defined)).toEqual([
      'X versions: not 0-4',
      'X flexible from 3, not 4',
    ]);
  });
});
