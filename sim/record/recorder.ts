// The recorder: keeps what happened, once, in the order in which it happened, and digests it. The fingerprint
// covers every step of the scheduler (time, owner, label) and every event with all its fields, whether events
// are kept or not: two runs are the same run exactly when their fingerprints agree.

import { assert } from '../../engine/index.ts';
import { internedStrings } from '../limits.ts';
import { hashText, mix } from '../random.ts';
import type { AnyEvent } from './events.ts';

/** One event as it is kept: who, when, and the step that led to it. */
export interface RecordedEvent {
  /** The step of the scheduler in which it happened, from 1; 0 before the first. */
  readonly step: number;
  /** The step that scheduled that step; 0 when it came from outside. */
  readonly cause: number;
  readonly timeUs: number;
  readonly node: string;
  readonly incarnation: number;
  readonly event: AnyEvent;
}

/** Where the recorder reads the present moment. */
export interface Present {
  readonly step: number;
  readonly cause: number;
  readonly nowUs: number;
}

export type EventListener = (recorded: RecordedEvent) => void;

/** Two 32-bit words that depend on everything that was mixed in, in its order. */
export class Fingerprint {
  #first = 0x243f6a88;
  #second = 0x85a308d3;

  /** Mixes in one word. Both halves are inlined by the engine that runs us: this is called for every step. */
  add(word: number): void {
    const first = Math.imul(this.#first ^ word, 0x9e3779b1);
    this.#first = (first << 13) | (first >>> 19);
    const second = Math.imul((this.#second + word) ^ first, 0x85ebca77);
    this.#second = (second << 17) | (second >>> 15);
  }

  addNumber(value: number): void {
    if ((value | 0) === value) {
      this.add(value);
      return;
    }
    assert(Number.isFinite(value), 'recorded numbers are finite');
    const high = Math.floor(value / 2 ** 32);
    this.add(value >>> 0);
    this.add(high | 0);
    if (!Number.isInteger(value)) this.add(Math.floor((value - Math.floor(value)) * 2 ** 32) | 0);
  }

  /** 32 bits of the present state, for comparing step by step. */
  get word(): number {
    return (this.#first ^ this.#second) >>> 0;
  }

  text(): string {
    const half = (word: number) =>
      mix(word >>> 0, 0x51ed270b)
        .toString(16)
        .padStart(8, '0');
    return half(this.#first) + half(this.#second);
  }
}

export class Recorder {
  readonly fingerprint = new Fingerprint();
  readonly #present: Present;
  readonly #keepAtMost: number;
  readonly #events: RecordedEvent[] = [];
  #dropped = 0;
  #recorded = 0;
  readonly #listeners: EventListener[] = [];
  readonly #hashes = new Map<string, number>();
  readonly #counts = new Map<string, number>();

  /** Keeps at most `keepAtMost` events in memory; 0 keeps none, and everything else goes on as before. */
  constructor(present: Present, keepAtMost: number) {
    this.#present = present;
    this.#keepAtMost = keepAtMost;
  }

  record(node: string, incarnation: number, event: AnyEvent): void {
    this.#digest(node, incarnation, event);
    this.#recorded++;
    this.#counts.set(event.kind, (this.#counts.get(event.kind) ?? 0) + 1);
    const keep = this.#events.length < this.#keepAtMost;
    if (!keep) this.#dropped++;
    if (!keep && this.#listeners.length === 0) return;
    const { step, cause, nowUs } = this.#present;
    const recorded: RecordedEvent = { step, cause, timeUs: nowUs, node, incarnation, event };
    if (keep) this.#events.push(recorded);
    for (const listener of this.#listeners) listener(recorded);
  }

  /**
   * Listens to every event from now on, inside the step in which it happens: record, count, schedule; do not
   * act.
   */
  listen(listener: EventListener): void {
    this.#listeners.push(listener);
  }

  /** The events kept, in their order. */
  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  /** Events that happened, kept or not. */
  get recorded(): number {
    return this.#recorded;
  }

  /** Events that were not kept, because of the limit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How often each kind happened, by first occurrence. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  #digest(node: string, incarnation: number, event: AnyEvent): void {
    const { fingerprint } = this;
    fingerprint.add(this.#hash(node));
    fingerprint.add(incarnation);
    const values = Object.values(event) as unknown[];
    for (const value of values) {
      if (typeof value === 'number') fingerprint.addNumber(value);
      else if (typeof value === 'string') fingerprint.add(this.#hash(value));
      else if (typeof value === 'boolean') fingerprint.add(value ? 1 : 2);
      else assert(value === undefined || value === null, `${event.kind}: event fields are flat`);
    }
  }

  #hash(text: string): number {
    const known = this.#hashes.get(text);
    if (known !== undefined) return known;
    const hash = hashText(text);
    if (this.#hashes.size < internedStrings) this.#hashes.set(text, hash);
    return hash;
  }
}
