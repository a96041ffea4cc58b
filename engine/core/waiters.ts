// Waiters on an offset: who waits until a log's high watermark passes a point, released in the order of their offsets,
// and in the order in which they came where offsets are equal. Purely a book: settling and deadlines are the caller's.

import { assert } from '../base/assert.ts';

interface Waiter<T> {
  readonly offset: number;
  readonly payload: T;
}

export class OffsetWaiters<T> {
  /** By ascending offset. Appends come in offset order, so an insertion is nearly always at the end. */
  readonly #waiters: Waiter<T>[] = [];
  readonly #countMax: number;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get size(): number {
    return this.#waiters.length;
  }

  /** Waits for `offset` to be reached. Returns a function that takes the waiter out again (a deadline passed). */
  add(offset: number, payload: T): () => void {
    assert(this.#waiters.length < this.#countMax, `at most ${this.#countMax} waiters on one partition`);
    const waiter: Waiter<T> = { offset, payload };
    let at = this.#waiters.length;
    while (at > 0 && (this.#waiters[at - 1] as Waiter<T>).offset > offset) at--;
    this.#waiters.splice(at, 0, waiter);
    return () => {
      const index = this.#waiters.indexOf(waiter);
      if (index >= 0) this.#waiters.splice(index, 1);
    };
  }

  /** Takes out everyone whose offset is at or below `reached`. */
  release(reached: number): T[] {
    let count = 0;
    while (count < this.#waiters.length && (this.#waiters[count] as Waiter<T>).offset <= reached) count++;
    return this.#waiters.splice(0, count).map((waiter) => waiter.payload);
  }

  /** Takes out everyone: the partition is gone or has lost its leadership. */
  releaseAll(): T[] {
    return this.#waiters.splice(0).map((waiter) => waiter.payload);
  }
}
