// For tests: time that passes when everybody waits, and a producer that answers as the test says.

import {
  type Completion,
  Heap,
  type Ports,
  type Producer,
  Runtime,
  type SendOutcome,
  type Task,
} from '../../engine/index.ts';

/** Time passes when everybody waits. */
export class VirtualTime {
  readonly runtime: Runtime;
  #nowUs = 0;
  readonly #timers = new Heap<{ atUs: number; order: number; fire: () => void; cancelled: boolean }>(
    (a, b) => a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order),
  );
  #order = 0;

  constructor() {
    const ports = {
      clock: { wallMs: () => 0, monotonicUs: () => this.#nowUs },
      timers: { after: (delayUs: number, fire: () => void) => this.#after(delayUs, fire) },
    } as unknown as Ports;
    this.runtime = new Runtime(ports, (error) => {
      throw error;
    });
  }

  run<T>(task: Task<T>): T {
    let result: { value: T } | undefined;
    this.runtime.tasks.spawn('test', task).onSettled((value) => {
      result = { value };
    });
    while (result === undefined) {
      const next = this.#timers.pop();
      if (next === undefined) break;
      this.#nowUs = next.atUs;
      if (!next.cancelled) next.fire();
    }
    if (result === undefined) throw new Error(`stuck: ${JSON.stringify(this.runtime.tasks.pending())}`);
    return result.value;
  }

  #after(delayUs: number, fire: () => void): () => void {
    const timer = { atUs: this.#nowUs + delayUs, order: this.#order++, fire, cancelled: false };
    this.#timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }
}

export const ok = (offset: number): SendOutcome => ({
  kind: 'ok',
  partition: 0,
  offset,
  timestampMs: 0,
  attempts: 1,
});
/** Answers the n-th send as `answer` says: after so many ms with this outcome, or never. */
export function fakeProducer(
  time: VirtualTime,
  answer: (sent: number, nowUs: number) => { afterMs: number; outcome: SendOutcome } | undefined,
): Producer {
  let sent = 0;
  const send = (): Completion<SendOutcome> => {
    const completion = time.runtime.tasks.completion<SendOutcome>('a fake outcome');
    const told = answer(sent++, time.runtime.clock.monotonicUs());
    if (told !== undefined) time.runtime.after(told.afterMs, () => completion.settle(told.outcome));
    return completion;
  };
  return { send } as unknown as Producer;
}
