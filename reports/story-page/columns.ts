// Events as columns of bytes: what a page of 100,000 events can carry. Events with the same fields share a shape;
// each field of a shape is a column; numbers are written as differences to the one before, texts once and then by
// number.
//
//   head (JSON: texts, nodes, shapes)   columns of all events   columns of each field of each shape
//
// Every number is a varint of the zigzag of a whole number: small differences of either sign are one byte. What is no
// whole number, text or flag is written as JSON and kept as a text.

import type { PageEvent } from './page-event.ts';

type Form = 'whole' | 'text' | 'flag' | 'json';

interface Field {
  readonly name: string;
  readonly form: Form;
}

interface Shape {
  readonly kind: string;
  readonly fields: readonly Field[];
}

interface Head {
  readonly count: number;
  readonly texts: readonly string[];
  readonly nodes: readonly string[];
  readonly shapes: readonly Shape[];
}

// ---- writing

export function packEvents(events: readonly PageEvent[]): Uint8Array {
  const nodes = new Numbered();
  const texts = new Numbered();
  const shapes = new Map<string, Gathering>();
  const list: Gathering[] = [];
  const main = {
    shape: new Bytes(),
    node: new Bytes(),
    life: new Bytes(),
    step: new Bytes(),
    time: new Bytes(),
  };
  let [step, timeUs] = [0, 0];
  for (const at of events) {
    const entries = Object.entries(at.event).filter(
      ([name, value]) => name !== 'kind' && value !== undefined,
    );
    const key = [at.event.kind, ...entries.map(([name]) => name)].join(' ');
    let shape = shapes.get(key);
    if (shape === undefined) {
      shape = { number: list.length, kind: at.event.kind, names: entries.map(([name]) => name), values: [] };
      for (const _ of entries) shape.values.push([]);
      shapes.set(key, shape);
      list.push(shape);
    }
    main.shape.whole(shape.number);
    main.node.whole(nodes.of(at.node));
    main.life.whole(at.incarnation);
    main.step.whole(at.step - step);
    main.time.whole(at.timeUs - timeUs);
    [step, timeUs] = [at.step, at.timeUs];
    entries.forEach(([, value], index) => {
      (shape.values[index] as unknown[]).push(value);
    });
  }
  const written = list.map((shape) => fieldColumns(shape, texts));
  const head: Head = {
    count: events.length,
    texts: texts.list,
    nodes: nodes.list,
    shapes: written.map(({ shape }) => shape),
  };
  const headBytes = new TextEncoder().encode(JSON.stringify(head));
  const lead = new Bytes();
  lead.whole(headBytes.length);
  const columns = [
    main.shape,
    main.node,
    main.life,
    main.step,
    main.time,
    ...written.map(({ bytes }) => bytes),
  ];
  return joined([lead.taken(), headBytes, ...columns.map((column) => column.taken())]);
}

interface Gathering {
  readonly number: number;
  readonly kind: string;
  readonly names: readonly string[];
  readonly values: unknown[][];
}

function fieldColumns({ kind, names, values }: Gathering, texts: Numbered): { shape: Shape; bytes: Bytes } {
  const bytes = new Bytes();
  const fields = names.map((name, index) => {
    const column = values[index] as unknown[];
    const form = formOf(column);
    let before = 0;
    for (const value of column) {
      if (form === 'whole') {
        bytes.whole((value as number) - before);
        before = value as number;
      } else if (form === 'flag') bytes.whole(value === true ? 1 : 0);
      else bytes.whole(texts.of(form === 'text' ? (value as string) : JSON.stringify(value)));
    }
    return { name, form };
  });
  return { shape: { kind, fields }, bytes };
}

function formOf(column: readonly unknown[]): Form {
  // Half of the safe range: a difference of two must be whole as well.
  const small = (value: unknown) => Number.isSafeInteger(value) && Math.abs(value as number) < 2 ** 51;
  if (column.every(small)) return 'whole';
  if (column.every((value) => typeof value === 'string')) return 'text';
  return column.every((value) => typeof value === 'boolean') ? 'flag' : 'json';
}

class Numbered {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.list.length);
    this.list.push(text);
    return this.list.length - 1;
  }
}

class Bytes {
  #bytes = new Uint8Array(256);
  #length = 0;

  whole(value: number): void {
    let rest = value < 0 ? -value * 2 - 1 : value * 2;
    if (this.#length + 8 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  taken(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// ---- reading

/** The events, unpacked as far as drawing needs it; an event becomes an object only when somebody asks for it. */
export class EventColumns {
  readonly count: number;
  readonly nodes: readonly string[];
  readonly step: Float64Array;
  readonly timeUs: Float64Array;
  readonly node: Uint16Array;
  readonly #life: Uint16Array;
  readonly #shape: Uint16Array;
  /** Which row of its shape an event is. */
  readonly #row: Uint32Array;
  readonly #texts: readonly string[];
  readonly #shapes: readonly (Shape & { readonly columns: Float64Array[] })[];

  constructor(bytes: Uint8Array) {
    const reading = new Reading(bytes);
    const head = reading.head();
    const { count } = head;
    this.count = count;
    this.nodes = head.nodes;
    this.#texts = head.texts;
    const rows = head.shapes.map(() => 0);
    this.#row = new Uint32Array(count);
    this.#shape = Uint16Array.from(reading.column(count, false));
    for (let at = 0; at < count; at++) {
      const shape = this.#shape[at] as number;
      this.#row[at] = rows[shape] as number;
      rows[shape] = (rows[shape] as number) + 1;
    }
    this.node = Uint16Array.from(reading.column(count, false));
    this.#life = Uint16Array.from(reading.column(count, false));
    this.step = reading.column(count, true);
    this.timeUs = reading.column(count, true);
    this.#shapes = head.shapes.map((shape, index) => {
      const columns = shape.fields.map(({ form }) => reading.column(rows[index] as number, form === 'whole'));
      return { ...shape, columns };
    });
  }

  kind(at: number): string {
    return (this.#shapes[this.#shape[at] as number] as Shape).kind;
  }

  event(at: number): PageEvent {
    const { kind, fields, columns } = this.#shapes[this.#shape[at] as number] as Shape & {
      columns: Float64Array[];
    };
    const row = this.#row[at] as number;
    const event: Record<string, unknown> = { kind };
    fields.forEach(({ name, form }, index) => {
      event[name] = this.#value((columns[index] as Float64Array)[row] as number, form);
    });
    return {
      step: this.step[at] as number,
      timeUs: this.timeUs[at] as number,
      node: this.nodes[this.node[at] as number] as string,
      incarnation: this.#life[at] as number,
      event: event as unknown as PageEvent['event'],
    };
  }

  #value(value: number, form: Form): unknown {
    if (form === 'whole') return value;
    if (form === 'flag') return value === 1;
    const text = this.#texts[value] as string;
    return form === 'text' ? text : JSON.parse(text);
  }
}

class Reading {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  head(): Head {
    const length = this.#whole();
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return JSON.parse(new TextDecoder().decode(bytes)) as Head;
  }

  column(count: number, summed: boolean): Float64Array {
    const values = new Float64Array(count);
    let before = 0;
    for (let at = 0; at < count; at++) {
      const value = this.#whole();
      before = summed ? before + value : value;
      values[at] = before;
    }
    return values;
  }

  #whole(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte % 128) * factor;
      if (byte < 128) break;
      factor *= 128;
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
}
