// Producer ids on one broker: taken from blocks that the controller hands out and never hands out again, so that most
// producers get theirs without asking anybody. What is left of a block when the broker dies is never used.
//
// Left out: fetching the next block ahead of time, as Kafka does at nine tenths of the one before.

import { type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { Lock } from '../log/lock.ts';
import type { Runtime } from '../runtime.ts';
import type { ProducerIdBlock } from './controller.ts';

/** Asks the controller; the failure is an error code. */
export type AllocateProducerIds = () => Task<Outcome<ProducerIdBlock, number>>;

export class ProducerIds {
  readonly #runtime: Runtime;
  readonly #allocate: AllocateProducerIds;
  readonly #allocating: Lock;
  #nextId = 0;
  #left = 0;

  constructor(runtime: Runtime, allocate: AllocateProducerIds) {
    this.#runtime = runtime;
    this.#allocate = allocate;
    this.#allocating = new Lock(runtime.tasks, 'allocating producer ids');
  }

  /** An id for an idempotent producer, never given before. */
  *next(): Task<Outcome<number, number>> {
    while (this.#left === 0) {
      // Many may come here at once; whoever waited for another's block uses what it left.
      const block = yield* this.#allocating.hold(() => this.#refill());
      if (!block.ok) return block;
      yield* this.#runtime.yieldPoint('producer ids: block taken');
    }
    this.#left--;
    return success(this.#nextId++);
  }

  *#refill(): Task<Outcome<undefined, number>> {
    if (this.#left > 0) return success(undefined);
    const block = yield* this.#allocate();
    if (!block.ok) return block;
    this.#nextId = block.value.firstId;
    this.#left = block.value.length;
    return success(undefined);
  }
}
