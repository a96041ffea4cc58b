// Is a stored document what it says it is? A small check of shapes, so that a damaged file ends in a sentence with
// the place (`scenarios[3].judgement.seeds: a number is wanted`) and not in a stack. It looks only at what the
// reports use. Rejected: the schemas of `sim` and `bench` themselves, because reports import types and run nothing of
// theirs.

/** Says what is wrong with `value`, and where; undefined when it fits. */
export type Shape = (value: unknown, place: string) => string | undefined;

function simple(wanted: string, fits: (value: unknown) => boolean): Shape {
  return (value, place) => (fits(value) ? undefined : `${place}: ${wanted} is wanted`);
}

export const text = simple('a text', (value) => typeof value === 'string');
export const flag = simple('true or false', (value) => typeof value === 'boolean');
export const amount = simple(
  'a finite number',
  (value) => typeof value === 'number' && Number.isFinite(value),
);

export function oneOf(...words: readonly (string | number)[]): Shape {
  return simple(`one of ${words.join(', ')}`, (value) => words.some((word) => word === value));
}

export function orNull(shape: Shape): Shape {
  return (value, place) => (value === null ? undefined : shape(value, place));
}

export function optional(shape: Shape): Shape {
  return (value, place) => (value === undefined ? undefined : shape(value, place));
}

export function listOf(shape: Shape): Shape {
  return (value, place) => {
    if (!Array.isArray(value)) return `${place}: a list is wanted`;
    for (const [index, item] of value.entries()) {
      const wrong = shape(item, `${place}[${index}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** An object used as a table from names to values of one shape. */
export function tableOf(shape: Shape): Shape {
  return (value, place) => {
    if (!isObject(value)) return `${place}: an object is wanted`;
    for (const [name, item] of Object.entries(value)) {
      const wrong = shape(item, `${place}.${name}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** An object with these fields; others may be there. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  const rows = Object.entries(shapes);
  return (value, place) => {
    if (!isObject(value)) return `${place === '' ? 'the document' : place}: an object is wanted`;
    for (const [name, shape] of rows) {
      const wrong = shape(value[name], place === '' ? name : `${place}.${name}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** Any value at all. */
export const anything: Shape = () => undefined;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
