// A lock for tasks: one at a time, in the order in which they came.

import type { Completion, Task, Tasks } from '../base/task.ts';

export class Lock {
  readonly #tasks: Tasks;
  readonly #label: string;
  #last: Completion<void> | undefined;

  constructor(tasks: Tasks, label: string) {
    this.#tasks = tasks;
    this.#label = label;
  }

  /** Runs `work` when everyone before has finished. */
  *hold<T>(work: () => Task<T>): Task<T> {
    const before = this.#last;
    const mine = this.#tasks.completion<void>(this.#label);
    this.#last = mine;
    if (before !== undefined) yield* before.wait();
    try {
      return yield* work();
    } finally {
      if (this.#last === mine) this.#last = undefined;
      mine.settle();
    }
  }
}
