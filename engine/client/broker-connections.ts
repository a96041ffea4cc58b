// The connections of one client: at most one per broker, opened when first wanted, opened again after a
// failure with a growing wait. Brokers are known by their id, and before the first metadata by their
// bootstrap address.

import { failure, type Outcome } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { Address } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import type { ConnectionsConfig } from './client-config.ts';
import { BrokerConnection, type ConnectionError } from './connection.ts';

type Opened = Outcome<BrokerConnection, ConnectionError>;

interface Link {
  readonly key: string;
  readonly address: Address;
  connection: BrokerConnection | undefined;
  opening: Completion<Opened> | undefined;
  failures: number;
  notBeforeUs: number;
}

export class BrokerConnections {
  readonly #runtime: Runtime;
  readonly #config: ConnectionsConfig;
  readonly #links = new Map<string, Link>();
  #closed = false;

  constructor(runtime: Runtime, config: ConnectionsConfig) {
    this.#runtime = runtime;
    this.#config = config;
  }

  /** The connection to this address that stands, if one does; opens none. */
  standing(key: string, address: Address): BrokerConnection | undefined {
    const link = this.#links.get(key);
    return link?.connection?.open && isSame(link.address, address) ? link.connection : undefined;
  }

  /** Whether opening is worth a try now, or the wait after a failure is not over. */
  waitMs(key: string): number {
    const link = this.#links.get(key);
    if (link === undefined || link.connection?.open) return 0;
    return Math.max(0, Math.ceil((link.notBeforeUs - this.#runtime.clock.monotonicUs()) / 1000));
  }

  /**
   * The connection under this key, opened if need be; tasks that ask meanwhile share the attempt. During the
   * wait after a failed attempt it fails at once: the caller has other brokers, or its own wait.
   */
  *to(key: string, address: Address): Task<Opened> {
    if (this.#closed) return failure({ kind: 'disconnected', sent: false, detail: 'the client is closed' });
    const link = this.#link(key, address);
    if (link.connection?.open) return { ok: true, value: link.connection };
    if (link.opening !== undefined) return yield* link.opening.wait();
    if (this.waitMs(key) > 0) {
      const name = `${address.host}:${address.port}`;
      return failure({ kind: 'disconnected', sent: false, detail: `waiting before ${name} is tried again` });
    }
    link.opening = this.#runtime.tasks.spawn(`connection to ${key}`, this.#open(link));
    return yield* link.opening.wait();
  }

  *#open(link: Link): Task<Opened> {
    const opened = yield* BrokerConnection.open(this.#runtime, link.address, this.#config);
    link.opening = undefined;
    if (opened.ok) {
      link.failures = 0;
      link.connection = opened.value;
      // Meanwhile the broker was said to be elsewhere: nobody would use this connection.
      if (this.#closed || this.#links.get(link.key) !== link) opened.value.close();
      return opened;
    }
    link.failures++;
    const { reconnectBackoffMs, reconnectBackoffMaxMs } = this.#config;
    const waitMs = backoffMs(this.#runtime.random, link.failures, reconnectBackoffMs, reconnectBackoffMaxMs);
    link.notBeforeUs = this.#runtime.clock.monotonicUs() + waitMs * 1000;
    return opened;
  }

  /** A broker that moved begins anew: nothing that was learnt of the old address holds for the new one. */
  #link(key: string, address: Address): Link {
    let link = this.#links.get(key);
    if (link !== undefined && isSame(link.address, address)) return link;
    link?.connection?.close();
    link = { key, address, connection: undefined, opening: undefined, failures: 0, notBeforeUs: 0 };
    this.#links.set(key, link);
    return link;
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) link.connection?.close();
  }
}

function isSame(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port;
}
