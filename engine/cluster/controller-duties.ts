// What the active controller does unasked, from time to time: it fences brokers that are not heard of any more, moves
// leadership back to the preferred replicas, and finds leaders for partitions whose topics rather lose records than
// wait. Begins when this node becomes the active controller, ends when it is that no longer.

import type { Task } from '../base/task.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { Cancel } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import type { Controller } from './controller.ts';

/** How often sessions are looked at, as a part of their length; Kafka's number. */
const looksPerSession = 4;

export class ControllerDuties {
  readonly #runtime: Runtime;
  readonly #controller: Controller;
  readonly #config: BrokerConfig;
  /** One for each duty while this node is the active controller. */
  readonly #timers = new Map<string, Cancel>();
  /** Counts the times that duties began: one that was at work when they ended does not go on. */
  #reign = 0;

  constructor(runtime: Runtime, controller: Controller, config: BrokerConfig) {
    this.#runtime = runtime;
    this.#controller = controller;
    this.#config = config;
    controller.onActivity((active) => (active ? this.#begin() : this.stop()));
  }

  stop(): void {
    this.#reign++;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #begin(): void {
    this.stop();
    const controller = this.#controller;
    const config = this.#config;
    const sessionMs = config.get('broker.session.timeout.ms');
    this.#every('fence silent brokers', Math.max(1, sessionMs / looksPerSession), () =>
      controller.fenceOneSilentBroker(),
    );
    if (config.get('auto.leader.rebalance.enable')) {
      const checkMs = config.get('leader.imbalance.check.interval.seconds') * 1000;
      this.#every('elect preferred leaders', checkMs, () => controller.electPreferredLeaders());
    }
    const uncleanMs = config.get('unclean.leader.election.interval.ms');
    this.#every('elect unclean leaders', uncleanMs, () => controller.electUncleanLeaders());
  }

  /** `work` tells whether it left something that needs no waiting. */
  #every(label: string, intervalMs: number, work: () => Task<boolean>): void {
    const reign = this.#reign;
    const cancel = this.#runtime.after(intervalMs, () => {
      this.#runtime.tasks.spawn(label, this.#once(label, intervalMs, work, reign));
    });
    this.#timers.set(label, cancel);
  }

  *#once(label: string, intervalMs: number, work: () => Task<boolean>, reign: number): Task<void> {
    let more = true;
    while (more && reign === this.#reign) more = yield* work();
    if (reign === this.#reign) this.#every(label, intervalMs, work);
  }
}
