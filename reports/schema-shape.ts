// A published JSON Schema as a shape of ours: a stored benchmark is held against the very document that is published
// for others, and a mistake is told with its place. It knows the words that our schemas use; a schema with any other
// is refused, so that nothing is left unchecked in silence.

import { amount, anything, flag, listOf, oneOf, type Shape, text } from './shape.ts';

/** A schema, or a part of one; booleans are schemas too. */
export type JsonSchema = boolean | { readonly [word: string]: unknown };

const understood = new Set([
  ...['$schema', '$defs', '$ref', 'default', 'type', 'const', 'enum', 'anyOf', 'oneOf', 'items'],
  ...['properties', 'required', 'additionalProperties', 'propertyNames', 'minimum', 'maximum', 'maxItems'],
]);

export function shapeOfSchema(root: { readonly [word: string]: unknown }): Shape {
  const definitions = (root['$defs'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const known = new Map<string, Shape>();
  const defined = (reference: string): Shape => {
    const name = reference.replace(/^#\/\$defs\//, '');
    const schema = definitions[name];
    if (schema === undefined) throw new Error(`the schema has no ${reference}`);
    // A definition may lead back to itself: what is looked up while a value is checked is there by then.
    if (!known.has(name)) known.set(name, shapeOf(schema, defined));
    return known.get(name) as Shape;
  };
  // All of them at once: a word that is not understood is told before any document is read.
  for (const name of Object.keys(definitions)) defined(name);
  return shapeOf(root, defined);
}

function shapeOf(schema: JsonSchema, defined: (reference: string) => Shape): Shape {
  if (typeof schema === 'boolean') {
    return schema ? anything : (_, place) => `${place}: nothing may stand here`;
  }
  const unknown = Object.keys(schema).find((word) => !understood.has(word));
  if (unknown !== undefined) throw new Error(`the schema says ${unknown}, which is not understood here`);
  const inner = (part: unknown) => shapeOf(part as JsonSchema, defined);
  if (typeof schema['$ref'] === 'string') {
    const reference = schema['$ref'];
    return (value, place) => defined(reference)(value, place);
  }
  const branches = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined;
  if (branches !== undefined) return anyOf(branches, inner);
  const { type } = schema;
  // Several types: each with the words of the whole, of which those of the other types say nothing.
  if (Array.isArray(type)) {
    return anyOf(
      type.map((one) => ({ ...schema, type: one })),
      inner,
    );
  }
  if (schema['const'] !== undefined) return oneOf(schema['const'] as string | number);
  if (schema['enum'] !== undefined) return oneOf(...(schema['enum'] as string[]));
  return shapeOfType(schema, inner);
}

function shapeOfType(schema: Exclude<JsonSchema, boolean>, inner: (part: unknown) => Shape): Shape {
  switch (schema['type']) {
    case undefined:
      return anything;
    case 'string':
      return text;
    case 'boolean':
      return flag;
    case 'null':
      return (value, place) => (value === null ? undefined : `${place}: null is wanted`);
    case 'number':
    case 'integer':
      return numberShape(schema);
    case 'array':
      return arrayShape(schema, inner);
    case 'object':
      return objectShape(schema, inner);
    default:
      throw new Error(`the schema has the type ${String(schema['type'])}, which is not understood here`);
  }
}

function arrayShape(schema: Exclude<JsonSchema, boolean>, inner: (part: unknown) => Shape): Shape {
  const items = listOf(inner(schema['items'] ?? true));
  const most = (schema['maxItems'] ?? Number.POSITIVE_INFINITY) as number;
  return (value, place) => {
    if (Array.isArray(value) && value.length > most) return `${place}: at most ${most} entries are wanted`;
    return items(value, place);
  };
}

function numberShape(schema: Exclude<JsonSchema, boolean>): Shape {
  const minimum = (schema['minimum'] ?? Number.NEGATIVE_INFINITY) as number;
  const maximum = (schema['maximum'] ?? Number.POSITIVE_INFINITY) as number;
  return (value, place) => {
    const wrong = amount(value, place);
    if (wrong !== undefined) return wrong;
    const given = value as number;
    if (schema['type'] === 'integer' && !Number.isInteger(given)) return `${place}: a whole number is wanted`;
    if (given < minimum) return `${place}: at least ${minimum} is wanted`;
    return given > maximum ? `${place}: at most ${maximum} is wanted` : undefined;
  };
}

function objectShape(schema: Exclude<JsonSchema, boolean>, inner: (part: unknown) => Shape): Shape {
  const parts = Object.entries((schema['properties'] ?? {}) as Record<string, unknown>);
  const properties = new Map(parts.map(([name, part]) => [name, inner(part)]));
  const required = (schema['required'] ?? []) as readonly string[];
  const others = inner(schema['additionalProperties'] ?? true);
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return `${place === '' ? 'the document' : place}: an object is wanted`;
    }
    const at = (name: string) => (place === '' ? name : `${place}.${name}`);
    for (const name of required) {
      // What is not there is told as the value that is wanted.
      if (!Object.hasOwn(value, name))
        return properties.get(name)?.(undefined, at(name)) ?? `${at(name)}: missing`;
    }
    for (const [name, item] of Object.entries(value)) {
      const wrong = (properties.get(name) ?? others)(item, at(name));
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/**
 * One branch must fit. When none does, the one that is meant tells what is wrong: whose fixed words stand in
 * the value, as
 * its `kind`; and where that is not one, the branch that came farthest.
 */
function anyOf(schemas: readonly JsonSchema[], inner: (part: unknown) => Shape): Shape {
  const branches = schemas.map((schema) => ({ schema, shape: inner(schema) }));
  return (value, place) => {
    const complaints = branches.map(({ schema, shape }) => ({ schema, wrong: shape(value, place) }));
    if (complaints.some(({ wrong }) => wrong === undefined)) return undefined;
    const meant = complaints.filter(({ schema }) => hasFixedWords(schema, value));
    const told = (meant.length === 1 ? meant : complaints).map(({ wrong }) => wrong ?? '');
    return told.reduce((far, wrong) => (placeLength(wrong) > placeLength(far) ? wrong : far));
  };
}

function hasFixedWords(schema: JsonSchema, value: unknown): boolean {
  if (typeof schema === 'boolean' || typeof value !== 'object' || value === null) return false;
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, { const?: unknown }>);
  const fixed = properties.filter(([, part]) => part.const !== undefined);
  const given = value as Readonly<Record<string, unknown>>;
  return fixed.length > 0 && fixed.every(([name, part]) => given[name] === part.const);
}

function placeLength(complaint: string): number {
  return complaint.indexOf(': ');
}
