// What a configuration property is, and how its text becomes a value. The tables (`broker-properties.ts`,
// `topic-properties.ts`) are rows of these; validation, DescribeConfigs, the reference page and the types of
// `get` are readers of the rows.
//
// Values: int, short, long and double are numbers; Long.MAX_VALUE, Kafka's "for ever", is Infinity. A long
// between 2^53 and Long.MAX_VALUE is rounded to the nearest double: nothing configured in bytes or
// milliseconds tells the two apart. Text given by people is kept as text beside the value, so what
// DescribeConfigs shows is never rounded.

import { failure, type Outcome, success } from '../base/outcome.ts';

export type PropertyType =
  | 'boolean'
  | 'string'
  | 'int'
  | 'short'
  | 'long'
  | 'double'
  | 'list'
  | 'class'
  | 'password';

/**
 * Who may change it while the broker runs: nobody, one broker at a time, or the whole cluster at once too.
 */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide';

/**
 * What setting it does. `honoured`: what Kafka does. `without-effect`: any valid value is accepted and
 * changes nothing, because nothing here corresponds to it. `only-default`: a value other than the default
 * asks for something that is not built, and is refused with the reason.
 */
export type Support =
  | { readonly kind: 'honoured' }
  | { readonly kind: 'without-effect'; readonly reason: string }
  | { readonly kind: 'only-default'; readonly reason: string };

export type PropertyValue = boolean | string | number | readonly string[] | null;

/** Says what is wrong with a value that has the right type; undefined when nothing is. */
export type Check = (value: PropertyValue) => string | undefined;

export interface Property<T extends PropertyValue = PropertyValue> {
  readonly type: PropertyType;
  /** As it would stand in a properties file; null where nothing is set unless somebody does. */
  readonly defaultText: string | null;
  readonly check: Check | undefined;
  readonly doc: string;
  readonly update: UpdateMode;
  readonly support: Support;
  /** Kafka's internal properties work and are not listed by DescribeConfigs unless they are set. */
  readonly internal: boolean;
  /** Never there: carries the type of the value. */
  readonly of?: T;
}

export type ValueOf<P> = P extends Property<infer T> ? T : never;

interface Traits {
  readonly check?: Check;
  readonly update?: UpdateMode;
  readonly support?: Support;
  readonly internal?: true;
}

function row<T extends PropertyValue>(
  type: PropertyType,
  defaultText: string | null,
  doc: string,
  traits: Traits,
): Property<T> {
  return {
    type,
    defaultText,
    check: traits.check,
    doc,
    update: traits.update ?? 'read-only',
    support: traits.support ?? { kind: 'honoured' },
    internal: traits.internal ?? false,
  };
}

/** Long.MAX_VALUE: for ever, without limit. */
export const longMax = '9223372036854775807';

function numberRow(type: 'int' | 'short' | 'long' | 'double') {
  return (usual: number, doc: string, traits: Traits = {}): Property<number> =>
    row<number>(type, usual === Number.POSITIVE_INFINITY ? longMax : String(usual), doc, traits);
}

export const int = numberRow('int');
export const short = numberRow('short');
export const long = numberRow('long');
export const double = numberRow('double');

export function bool(usual: boolean, doc: string, traits: Traits = {}): Property<boolean> {
  return row<boolean>('boolean', String(usual), doc, traits);
}

export function text(usual: string, doc: string, traits: Traits = {}): Property<string> {
  return row<string>('string', usual, doc, traits);
}

export function list(usual: string, doc: string, traits: Traits = {}): Property<readonly string[]> {
  return row<readonly string[]>('list', usual, doc, traits);
}

/** A property without a default: null until somebody sets it. */
export function unset<T extends 'int' | 'long' | 'string' | 'list' | 'class' | 'password'>(
  type: T,
  doc: string,
  traits: Traits = {},
): Property<UnsetValue<T> | null> {
  return row<UnsetValue<T> | null>(type, null, doc, traits);
}

type UnsetValue<T> = T extends 'int' | 'long' ? number : T extends 'list' ? readonly string[] : string;

// ---- what setting it does

export function withoutEffect(reason: string): Support {
  return { kind: 'without-effect', reason };
}

export function onlyDefault(reason: string): Support {
  return { kind: 'only-default', reason };
}

// ---- checks

export function atLeast(minimum: number): Check {
  return (value) =>
    typeof value === 'number' && value < minimum ? `must be at least ${minimum}` : undefined;
}

export function between(minimum: number, maximum: number): Check {
  return (value) =>
    typeof value === 'number' && (value < minimum || value > maximum)
      ? `must be between ${minimum} and ${maximum}`
      : undefined;
}

export function oneOf(...allowed: readonly string[]): Check {
  return (value) =>
    typeof value === 'string' && !allowed.includes(value)
      ? `must be one of ${allowed.join(', ')}`
      : undefined;
}

/** For lists: every element one of `allowed`. One that is named twice counts once, as in Kafka. */
export function eachOneOf(...allowed: readonly string[]): Check {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const stranger = value.find((element) => !allowed.includes(element));
    return stranger === undefined ? undefined : `'${stranger}' is not one of ${allowed.join(', ')}`;
  };
}

// ---- text and values

const integerBounds = {
  int: [-2147483648n, 2147483647n],
  short: [-32768n, 32767n],
  long: [-9223372036854775808n, 9223372036854775807n],
} as const;

/** Reads a text as a value of the property's type, and checks it. The error does not name the property. */
export function parseValue(property: Property, given: string): Outcome<PropertyValue, string> {
  const typed = parseType(property.type, given);
  if (!typed.ok) return typed;
  const problem = property.check?.(typed.value);
  return problem === undefined ? typed : failure(problem);
}

function parseType(type: PropertyType, given: string): Outcome<PropertyValue, string> {
  const trimmed = given.trim();
  switch (type) {
    case 'boolean': {
      const lower = trimmed.toLowerCase();
      if (lower !== 'true' && lower !== 'false') return failure('must be true or false');
      return success(lower === 'true');
    }
    case 'int':
    case 'short':
    case 'long':
      return parseInteger(type, trimmed);
    case 'double': {
      const value = trimmed === '' ? Number.NaN : Number(trimmed);
      return Number.isFinite(value) ? success(value) : failure('must be a number');
    }
    case 'list':
      return success(trimmed === '' ? [] : trimmed.split(',').map((element) => element.trim()));
    default:
      return success(given);
  }
}

function parseInteger(type: keyof typeof integerBounds, trimmed: string): Outcome<number, string> {
  if (!/^[+-]?\d{1,20}$/.test(trimmed)) return failure('must be a whole number');
  const value = BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed);
  const [minimum, maximum] = integerBounds[type];
  if (value < minimum || value > maximum) return failure(`does not fit into ${type}`);
  return success(type === 'long' && value === maximum ? Number.POSITIVE_INFINITY : Number(value));
}

/** The text that DescribeConfigs shows for a given text: as Kafka prints the parsed value. */
export function canonicalText(property: Property, given: string): string {
  const typed = parseType(property.type, given);
  if (!typed.ok) return given;
  if (property.type === 'boolean') return String(typed.value);
  if (Array.isArray(typed.value)) return typed.value.join(',');
  if (typeof typed.value === 'number') return given.trim().replace(/^\+/, '');
  return given;
}

/**
 * Text of one property. Answers repeat values, and a string of the older protocol versions has 32767 bytes.
 */
export const valueCharactersMax = 4096;

/** Parses, checks, and refuses what is not built; the error names the property and the value. */
export function acceptValue(name: string, property: Property, given: string): Outcome<PropertyValue, string> {
  if (given.length > valueCharactersMax) {
    return failure(`the value of ${name} has more than ${valueCharactersMax} characters`);
  }
  const parsed = parseValue(property, given);
  if (!parsed.ok) return failure(`invalid value '${shown(property, given)}' for ${name}: ${parsed.error}`);
  const { support } = property;
  if (support.kind === 'only-default' && !isDefault(property, parsed.value)) {
    return failure(`${name}=${shown(property, given)} is not supported: ${support.reason}`);
  }
  return parsed;
}

function shown(property: Property, given: string): string {
  return property.type === 'password' ? '(hidden)' : given;
}

function isDefault(property: Property, value: PropertyValue): boolean {
  const usual = defaultValue(property);
  if (Array.isArray(usual) && Array.isArray(value)) return usual.join(',') === value.join(',');
  return usual === value;
}

export function defaultValue(property: Property): PropertyValue {
  if (property.defaultText === null) return null;
  const parsed = parseType(property.type, property.defaultText);
  return parsed.ok ? parsed.value : null;
}

/** The number by which DescribeConfigs v3+ names the type. */
export const typeCodes: Readonly<Record<PropertyType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};
