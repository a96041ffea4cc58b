// The other brokers, as this one talks to them: where they listen is in the metadata image, on the listener that
// brokers use among themselves. A broker that came back elsewhere is found there with the next request.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { BrokerConnections } from '../client/broker-connections.ts';
import type { ConnectionsConfig } from '../client/client-config.ts';
import type { BrokersImage } from '../core/brokers-image.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';

export interface Peers {
  /** The answer of another broker; the error is a sentence for people, and another try may succeed. */
  request<A extends Api>(
    brokerId: number,
    api: A,
    draft: EncodableRequestOf<A>,
    timeoutMs: number,
  ): Task<Outcome<DecodedResponseOf<A>, string>>;
  close(): void;
}

export interface BrokerPeersOptions {
  readonly brokers: BrokersImage;
  /** Name of the listener that brokers use among themselves. */
  readonly listenerName: string;
  readonly connections: ConnectionsConfig;
}

/** Over the network, one connection to each broker. */
export class BrokerPeers implements Peers {
  readonly #options: BrokerPeersOptions;
  readonly #connections: BrokerConnections;

  constructor(runtime: Runtime, options: BrokerPeersOptions) {
    this.#options = options;
    this.#connections = new BrokerConnections(runtime, options.connections);
  }

  *request<A extends Api>(
    brokerId: number,
    api: A,
    draft: EncodableRequestOf<A>,
    timeoutMs: number,
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const { brokers, listenerName } = this.#options;
    const endPoint = brokers.get(brokerId)?.endPoints.find(({ name }) => name === listenerName);
    if (endPoint === undefined) return failure(`broker ${brokerId} has no listener ${listenerName}`);
    const { host, port } = endPoint;
    const connected = yield* this.#connections.to(String(brokerId), { host, port });
    if (!connected.ok) return failure(connected.error.detail);
    const answer = yield* connected.value.request(api, draft, { timeoutMs });
    return answer.ok ? success(answer.value) : failure(answer.error.detail);
  }

  close(): void {
    this.#connections.close();
  }
}
