// A history taken in: operations in the order in which they were completed, their sends and their reads, as
// columns of numbers. Keys, processes and values are numbered as they come; a value belongs to its key.
// Whoever reads a file, and whoever converts what the simulator recorded, writes into this; every pass of the
// judge reads it.

import { assert } from '../../engine/index.ts';
import { Column } from './column.ts';

/** What an operation does. What is none of the first five (a crash, say) changes nothing. */
export const actions = ['send', 'poll', 'txn', 'assign', 'subscribe', 'other'] as const;
export type Action = (typeof actions)[number];

/** How it ended: it happened, it did not, nobody knows. */
export const outcomes = ['ok', 'fail', 'info'] as const;
export type Outcome = (typeof outcomes)[number];

export const ok = outcomes.indexOf('ok');
export const fail = outcomes.indexOf('fail');
export const info = outcomes.indexOf('info');

/** The text of a value; numbers stay numbers, and 7 is not '7'. */
export type ValueName = string | number;

/** When something was told: its place in the history, and the time it says. */
export interface Point {
  readonly place: number;
  readonly timeNs: number;
}

export interface Completed {
  readonly process: number;
  readonly action: Action;
  readonly outcome: Outcome;
  /** What reports call the operation: its `index`, else its line. */
  readonly index: number;
  readonly invoked: Point;
  readonly completed: Point;
}

/** An operation that nobody saw end ends behind everything. */
export const never: Point = { place: Number.MAX_SAFE_INTEGER, timeNs: Number.MAX_SAFE_INTEGER };

const actionNumbers = new Map<Action, number>(actions.map((name, number) => [name, number]));
const outcomeNumbers = new Map<Outcome, number>(outcomes.map((name, number) => [name, number]));

export class Ledger {
  readonly keys = new Names();
  readonly processes = new Names();
  readonly #action = new Column();
  readonly #outcome = new Column();
  readonly #processOf = new Column();
  readonly #index = new Column();
  readonly #invokedPlace = new Column();
  readonly #completedPlace = new Column();
  readonly #invokedNs = new Column();
  readonly #completedNs = new Column();
  readonly #sendsFrom = new Column();
  readonly #readsFrom = new Column();
  readonly #sendValue = new Column();
  readonly #sendOffset = new Column();
  readonly #readValue = new Column();
  readonly #readOffset = new Column();
  readonly #valueKey = new Column();
  readonly #valueNames: ValueName[] = [];
  /** By key. */
  readonly #values: Map<ValueName, number>[] = [];
  /** The keys of an assign or subscribe. */
  readonly #assigned = new Map<number, readonly number[]>();
  /** Keys that were moved by a rebalance within an operation. */
  readonly #rebalanced = new Map<number, ReadonlySet<number>>();

  get operations(): number {
    return this.#action.length;
  }

  get values(): number {
    return this.#valueNames.length;
  }

  get sends(): number {
    return this.#sendValue.length;
  }

  get reads(): number {
    return this.#readValue.length;
  }

  // ---- writing

  /** The next operation, in the order of completion. Its sends and reads follow. */
  add(operation: Completed): number {
    const { process, action, outcome, index, invoked, completed } = operation;
    assert(invoked.place <= completed.place, 'an operation ends after it began');
    this.#action.push(actionNumbers.get(action) as number);
    this.#outcome.push(outcomeNumbers.get(outcome) as number);
    this.#processOf.push(process);
    this.#index.push(index);
    this.#invokedPlace.push(invoked.place);
    this.#completedPlace.push(completed.place);
    this.#invokedNs.push(invoked.timeNs);
    this.#completedNs.push(completed.timeNs);
    this.#sendsFrom.push(this.#sendValue.length);
    this.#readsFrom.push(this.#readValue.length);
    return this.operations - 1;
  }

  /** The operation added last sent a value; the offset is -1 when it is not known. */
  send(key: number, name: ValueName, offset: number): void {
    this.#sendValue.push(this.#valueOf(key, name));
    this.#sendOffset.push(offset);
  }

  /** The operation added last read a value. */
  read(key: number, name: ValueName, offset: number): void {
    this.#readValue.push(this.#valueOf(key, name));
    this.#readOffset.push(offset);
  }

  /** The operation added last took these keys. */
  assign(keys: readonly number[]): void {
    this.#assigned.set(this.operations - 1, keys);
  }

  rebalance(keys: ReadonlySet<number>): void {
    this.#rebalanced.set(this.operations - 1, keys);
  }

  #valueOf(key: number, name: ValueName): number {
    let values = this.#values[key];
    if (values === undefined) {
      values = new Map();
      this.#values[key] = values;
    }
    const known = values.get(name);
    if (known !== undefined) return known;
    const value = this.#valueNames.length;
    values.set(name, value);
    this.#valueNames.push(name);
    this.#valueKey.push(key);
    return value;
  }

  // ---- reading

  action(operation: number): Action {
    return actions[this.#action.at(operation)] as Action;
  }

  /** `ok`, `fail` or `info`, as numbers. */
  outcome(operation: number): number {
    return this.#outcome.at(operation);
  }

  process(operation: number): number {
    return this.#processOf.at(operation);
  }

  index(operation: number): number {
    return this.#index.at(operation);
  }

  invokedPlace(operation: number): number {
    return this.#invokedPlace.at(operation);
  }

  completedPlace(operation: number): number {
    return this.#completedPlace.at(operation);
  }

  invokedNs(operation: number): number {
    return this.#invokedNs.at(operation);
  }

  completedNs(operation: number): number {
    return this.#completedNs.at(operation);
  }

  sendsFrom(operation: number): number {
    return operation < this.operations ? this.#sendsFrom.at(operation) : this.#sendValue.length;
  }

  readsFrom(operation: number): number {
    return operation < this.operations ? this.#readsFrom.at(operation) : this.#readValue.length;
  }

  sendValue(send: number): number {
    return this.#sendValue.at(send);
  }

  sendOffset(send: number): number {
    return this.#sendOffset.at(send);
  }

  readValue(read: number): number {
    return this.#readValue.at(read);
  }

  readOffset(read: number): number {
    return this.#readOffset.at(read);
  }

  keyOf(value: number): number {
    return this.#valueKey.at(value);
  }

  nameOf(value: number): ValueName {
    return this.#valueNames[value] as ValueName;
  }

  assigned(operation: number): readonly number[] {
    return this.#assigned.get(operation) ?? [];
  }

  /** undefined when there was no rebalance, as nearly always. */
  rebalanced(operation: number): ReadonlySet<number> | undefined {
    return this.#rebalanced.get(operation);
  }
}

/** Numbers names as they come. */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  get count(): number {
    return this.#names.length;
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.length;
    this.#numbers.set(name, number);
    this.#names.push(name);
    return number;
  }

  known(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  name(number: number): string {
    return this.#names[number] as string;
  }
}
