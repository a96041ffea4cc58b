// The vocabulary in which every message of Kafka's protocol is declared: once, for all its versions. A
// declaration is plain data; the codec, the documentation and the comparison with Kafka's own definitions are
// its readers, and the TypeScript types of the messages are inferred from it.
//
//   const heartbeatRequest = struct({
//     groupId: string('0+'),
//     generationId: int32('0+'),
//     groupInstanceId: string('3+', { nullable: '3+', default: null }),
//   });
//   type HeartbeatRequest = Decoded<typeof heartbeatRequest>;   // every field is there, whatever the version
//   type Draft = Encodable<typeof heartbeatRequest>;            // fields with a default may be left out

/** First and last version, both included; `last` is Infinity for "and all later ones". */
export interface VersionRange {
  readonly first: number;
  readonly last: number;
}

export type Primitive =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'bytes'
  | 'records'
  | 'uuid';

export type Shape = Primitive | Struct<FieldMap> | ArrayShape;

export interface ArrayShape {
  readonly of: Shape;
}

export interface Struct<F extends FieldMap> {
  readonly fields: F;
}

// biome-ignore lint/suspicious/noExplicitAny: the value type of a field is only known at its declaration
export type FieldMap = { readonly [name: string]: Field<any, boolean> };

/** One field. `T` is its value, `Optional` says whether a sender may leave it out. */
export interface Field<T, Optional extends boolean = boolean> {
  readonly shape: Shape;
  readonly versions: VersionRange;
  readonly nullable: VersionRange | undefined;
  /** Set when the field travels in the tagged section: its tag, and in which versions. */
  readonly tag: number | undefined;
  readonly tagged: VersionRange | undefined;
  /** Dropped silently when the version lacks it; otherwise a non-default value is an error of the sender. */
  readonly ignorable: boolean;
  /** False for the one string (the client id) that keeps its classic form in flexible versions. */
  readonly flexible: boolean;
  readonly default: T;
  readonly optional: Optional;
}

interface Options {
  readonly nullable?: string;
  readonly tag?: number;
  readonly tagged?: string;
  readonly ignorable?: boolean;
  readonly flexible?: false;
  readonly default?: unknown;
}

type Nullable<O, T> = O extends { nullable: string } ? T | null : T;
type IsOptional<O> = O extends { default: unknown } | { tagged: string } ? true : false;
type FieldOf<T, O> = Field<Nullable<O, T>, IsOptional<O>>;

/** The value that a declaration decodes to: all fields, those that the version lacks at their defaults. */
export type Decoded<S> =
  S extends Struct<infer F>
    ? { -readonly [K in keyof F]: F[K] extends Field<infer T, boolean> ? DecodedValue<T> : never }
    : never;

/**
 * What a sender may hand in: as `Decoded`, but fields with a declared default, and tagged ones, may be
 * missing.
 */
export type Encodable<S> =
  S extends Struct<infer F>
    ? { readonly [K in keyof F as F[K] extends Field<infer _T, true> ? never : K]: EncodableField<F[K]> } & {
        readonly [K in keyof F as F[K] extends Field<infer _T, true> ? K : never]?:
          | EncodableField<F[K]>
          | undefined;
      }
    : never;

type EncodableField<X> = X extends Field<infer T, boolean> ? EncodableValue<T> : never;

/** Marks, in the type of a field, a place where a struct goes; it has no value of its own. */
export interface Nested<S> {
  readonly nested: S;
}

type DecodedValue<T> = T extends Nested<infer S> ? Decoded<S> : T extends (infer E)[] ? DecodedValue<E>[] : T;
type EncodableValue<T> =
  T extends Nested<infer S> ? Encodable<S> : T extends (infer E)[] ? readonly EncodableValue<E>[] : T;

function field<T>(shape: Shape, versions: string, implicit: T, options: Options = {}): Field<T> {
  const nullable = options.nullable === undefined ? undefined : range(options.nullable);
  const tagged = options.tagged === undefined ? undefined : range(options.tagged);
  return {
    shape,
    versions: range(versions),
    nullable,
    tag: options.tag,
    tagged,
    ignorable: options.ignorable ?? false,
    flexible: options.flexible ?? true,
    default: 'default' in options ? (options.default as T) : implicit,
    optional: 'default' in options || tagged !== undefined,
  };
}

function primitive<T>(shape: Primitive, implicit: T) {
  return <const O extends Options = Record<never, never>>(versions: string, options?: O): FieldOf<T, O> =>
    field<T>(shape, versions, implicit, options) as unknown as FieldOf<T, O>;
}

const noBytes = new Uint8Array(0);

/** Kafka's limit on every string, also in flexible versions, whose lengths could say more. */
export const stringBytesMax = 32767;

export const bool = primitive<boolean>('bool', false);
export const int8 = primitive<number>('int8', 0);
export const int16 = primitive<number>('int16', 0);
export const uint16 = primitive<number>('uint16', 0);
export const int32 = primitive<number>('int32', 0);
export const uint32 = primitive<number>('uint32', 0);
/** A plain number: exact to 2^53, saturating beyond (see `base/ids.ts`). */
export const int64 = primitive<number>('int64', 0);
export const float64 = primitive<number>('float64', 0);
export const string = primitive<string>('string', '');
/** A view into the frame when decoded: copy what must outlive it. */
export const bytes = primitive<Uint8Array>('bytes', noBytes);
/** Record batches: like bytes, and sent without being copied. */
export const records = primitive<Uint8Array | null>('records', null);
/** Kafka's text form of a uuid. */
export const uuid = primitive<string>('uuid', 'AAAAAAAAAAAAAAAAAAAAAA');

export function struct<const F extends FieldMap>(fields: F): Struct<F> {
  return { fields };
}

/** A struct as a field. Its default is the struct with every field at its default, or null. */
export function nested<S extends Struct<FieldMap>, const O extends Options = Record<never, never>>(
  versions: string,
  of: S,
  options?: O,
): FieldOf<Nested<S>, O> {
  return field(of, versions, undefined, options) as unknown as FieldOf<Nested<S>, O>;
}

/** An array of structs. */
export function array<S extends Struct<FieldMap>, const O extends Options = Record<never, never>>(
  versions: string,
  of: S,
  options?: O,
): FieldOf<Nested<S>[], O> {
  return field({ of }, versions, [], options) as unknown as FieldOf<Nested<S>[], O>;
}

/** An array of primitives. */
export function list<P extends keyof PrimitiveValues, const O extends Options = Record<never, never>>(
  versions: string,
  of: P,
  options?: O,
): FieldOf<PrimitiveValues[P][], O> {
  return field({ of }, versions, [], options) as unknown as FieldOf<PrimitiveValues[P][], O>;
}

interface PrimitiveValues {
  int8: number;
  int16: number;
  int32: number;
  int64: number;
  string: string;
  uuid: string;
  bytes: Uint8Array;
}

/** Reads '0+', '3-12', '7' or 'none'. */
export function range(text: string): VersionRange {
  if (text === 'none') return { first: 0, last: -1 };
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`a version range is '0+', '3-12', '7' or 'none', not '${text}'`);
  const first = Number(match[1]);
  if (match[2] === undefined) return { first, last: first };
  return { first, last: match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]) };
}

export function within(version: number, versions: VersionRange | undefined): boolean {
  return versions !== undefined && version >= versions.first && version <= versions.last;
}

/** A request with its response: one row of the protocol. */
export interface Api<
  Q extends Struct<FieldMap> = Struct<FieldMap>,
  P extends Struct<FieldMap> = Struct<FieldMap>,
> {
  readonly key: number;
  readonly name: string;
  /** The versions that Kafka 4.3 declares. */
  readonly versions: VersionRange;
  /** Kafka keeps the last version switched off, and so do we: it is declared and never advertised. */
  readonly latestUnstable: boolean;
  /** From here on messages have compact lengths and tagged sections; Infinity for never. */
  readonly flexibleFrom: number;
  /** Asked for so often that it is read and written by plans made once (`codec-compiled.ts`). */
  readonly hot: boolean;
  readonly request: Q;
  readonly response: P;
}

export function api<Q extends Struct<FieldMap>, P extends Struct<FieldMap>>(row: {
  key: number;
  name: string;
  versions: string;
  flexible: string;
  latestUnstable?: true;
  hot?: true;
  request: Q;
  response: P;
}): Api<Q, P> {
  const flexible = range(row.flexible);
  return {
    key: row.key,
    name: row.name,
    versions: range(row.versions),
    latestUnstable: row.latestUnstable ?? false,
    flexibleFrom: flexible.last < flexible.first ? Number.POSITIVE_INFINITY : flexible.first,
    hot: row.hot ?? false,
    request: row.request,
    response: row.response,
  };
}

export type RequestOf<A> = A extends Api<infer Q, infer _P> ? Decoded<Q> : never;
export type ResponseOf<A> = A extends Api<infer _Q, infer P> ? Encodable<P> : never;
export type DecodedResponseOf<A> = A extends Api<infer _Q, infer P> ? Decoded<P> : never;
export type EncodableRequestOf<A> = A extends Api<infer Q, infer _P> ? Encodable<Q> : never;

/**
 * A message that is not an API: a record of an internal topic, a snapshot file, a protocol blob inside
 * another message.
 */
export interface Message<S extends Struct<FieldMap> = Struct<FieldMap>> {
  readonly name: string;
  readonly versions: VersionRange;
  readonly flexibleFrom: number;
  /** Number of the record type in its log, where it has one. */
  readonly apiKey: number | undefined;
  readonly body: S;
}

export function message<S extends Struct<FieldMap>>(row: {
  name: string;
  versions: string;
  flexible: string;
  apiKey?: number;
  body: S;
}): Message<S> {
  const flexible = range(row.flexible);
  return {
    name: row.name,
    versions: range(row.versions),
    flexibleFrom: flexible.last < flexible.first ? Number.POSITIVE_INFINITY : flexible.first,
    apiKey: row.apiKey,
    body: row.body,
  };
}

export type BodyOf<M> = M extends Message<infer S> ? Decoded<S> : never;
export type EncodableBodyOf<M> = M extends Message<infer S> ? Encodable<S> : never;
