// Requests for tests that ask every version: what a test wants to say, and defaults for all else that the version has.

import type { Field, FieldMap, Struct } from '../protocol/schema.ts';

type Values = Record<string, unknown>;

/** A request of the version: what `values` say, and defaults for all that they do not say. */
export function filled(struct: Struct<FieldMap>, values: Values, version: number): Values {
  const request: Values = {};
  for (const [name, field] of Object.entries(struct.fields)) {
    if (version < field.versions.first || version > field.versions.last) continue;
    request[name] = filledField(field, values[name], version);
  }
  return request;
}

function filledField(field: Field<unknown>, value: unknown, version: number): unknown {
  const { shape } = field;
  if (value === undefined) {
    if (field.default !== undefined) return field.default;
    return filled(shape as Struct<FieldMap>, {}, version);
  }
  if (typeof shape === 'string' || value === null) return value;
  if (!('of' in shape)) return filled(shape, value as Values, version);
  const { of } = shape;
  if (typeof of === 'string' || 'of' in of) return value;
  return (value as Values[]).map((element) => filled(of, element, version));
}
