// Tasks: how the engine waits. A task is a generator that yields the completion it waits for; nothing in the
// engine knows promises. What this buys: the simulator sees when a node is quiet, a dead node's tasks are simply
// dropped, every wait has a name, and a resume costs a function call.
//
//   port callback --enter()--> ... completion.settle(v) ...   puts the waiter on the ready queue
//                 \--- at the end of the outermost enter(): drain the ready queue, in order
//
// A waiter therefore never runs inside the code that settles it: a loop that releases forty waiters finishes its
// bookkeeping before the first of them moves. Rejected: resuming on the spot (re-entrancy in the middle of
// partition state), and a macrotask per resume (measured at ten times the cost).

import { assert } from './assert.ts';

/** A piece of work that may wait. Start one with `Tasks.spawn`, wait for one inside another with `yield*`. */
export type Task<T> = Generator<Completion<unknown>, T, void>;

/**
 * Something that will be known once: a value that tasks can wait for. Settled at most once; later settles are
 * refused.
 */
export class Completion<T> {
  readonly #tasks: Tasks;
  readonly label: string;
  #settled = false;
  #value: T | undefined;
  #waiters: Running[] = [];
  #listeners: ((value: T) => void)[] = [];

  constructor(tasks: Tasks, label: string) {
    this.#tasks = tasks;
    this.label = label;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Makes the value known. Returns false, and changes nothing, when it was known already (a lost race). */
  settle(value: T): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#value = value;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) this.#tasks.ready(waiter);
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(value);
    return true;
  }

  /**
   * For plumbing (races, timeouts): calls `listener` as soon as the value is known, inside the settle.
   * Decides nothing.
   */
  onSettled(listener: (value: T) => void): void {
    if (this.#settled) listener(this.#value as T);
    else this.#listeners.push(listener);
  }

  /** Waits until the value is known; does not suspend when it already is. */
  *wait(): Task<T> {
    if (!this.#settled) yield this as Completion<unknown>;
    assert(this.#settled, `a task waiting for "${this.label}" resumes only after it is settled`);
    return this.#value as T;
  }

  /** For `Tasks` alone. */
  park(waiter: Running): void {
    this.#waiters.push(waiter);
  }
}

/** A task that was spawned and has not ended. `waitingFor` is the label of what it waits for. */
export interface Running {
  readonly label: string;
  readonly generator: Task<unknown>;
  readonly ended: Completion<unknown>;
  waitingFor: string;
}

/** All tasks of one life of one node: from boot to crash. */
export class Tasks {
  readonly #running = new Set<Running>();
  #ready: Running[] = [];
  #depth = 0;
  #stopped = false;
  readonly #onBug: (error: unknown, label: string) => void;

  /** `onBug` receives what a task threw: always a bug, since operating errors are values. */
  constructor(onBug: (error: unknown, label: string) => void) {
    this.#onBug = onBug;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  completion<T>(label: string): Completion<T> {
    return new Completion<T>(this, label);
  }

  /** Starts a task; it runs up to its first wait before this returns. `ended` settles with its result. */
  spawn<T>(label: string, generator: Task<T>): Completion<T> {
    const ended = this.completion<T>(`end of ${label}`);
    const running: Running = { label, generator, ended: ended as Completion<unknown>, waitingFor: '' };
    if (this.#stopped) return ended;
    this.#running.add(running);
    this.enter(() => this.#advance(running));
    return ended;
  }

  /** Runs `work` as one turn: what it settles resumes after it, before the outermost `enter` returns. */
  enter(work: () => void): void {
    if (this.#stopped) return;
    this.#depth++;
    try {
      work();
      if (this.#depth === 1) this.#drain();
    } finally {
      this.#depth--;
    }
  }

  /** Waits for all of `tasks`, running them side by side; results in their order. */
  *all<T>(label: string, tasks: readonly Task<T>[]): Task<T[]> {
    const ends = tasks.map((task, index) => this.spawn(`${label} #${index}`, task));
    const results: T[] = [];
    for (const end of ends) results.push(yield* end.wait());
    return results;
  }

  /** The node died: nothing of this life runs any more, whatever still arrives. */
  stop(): void {
    this.#stopped = true;
    this.#ready = [];
    this.#running.clear();
  }

  /** Every wait of this life, in the order in which the tasks were started: the answer to "why is it stuck?". */
  pending(): { task: string; waitingFor: string }[] {
    return [...this.#running].map((running) => ({ task: running.label, waitingFor: running.waitingFor }));
  }

  /** For `Completion` alone. */
  ready(waiter: Running): void {
    if (this.#stopped) return;
    this.#ready.push(waiter);
    if (this.#depth === 0) this.enter(() => {});
  }

  #drain(): void {
    for (let next = 0; next < this.#ready.length; next++) {
      this.#advance(this.#ready[next] as Running);
      if (this.#stopped) return;
      if (next >= 1024) {
        this.#ready.splice(0, next + 1);
        next = -1;
      }
    }
    this.#ready.length = 0;
  }

  #advance(running: Running): void {
    try {
      const step = running.generator.next();
      if (this.#stopped) return;
      if (step.done) {
        this.#running.delete(running);
        running.ended.settle(step.value);
      } else {
        running.waitingFor = step.value.label;
        step.value.park(running);
      }
    } catch (error) {
      this.#running.delete(running);
      this.#onBug(error, running.label);
    }
  }
}
