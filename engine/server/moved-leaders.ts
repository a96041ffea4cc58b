// Where to go instead: answers that refuse a client because it asked the wrong broker name the leader and where that
// listens (KIP-951), so that it need not ask for metadata first.

import type { TopicBy } from '../cluster/replicas.ts';
import type { Services } from './services.ts';

interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export class MovedLeaders {
  readonly #services: Services;
  readonly #endpoints = new Map<number, NodeEndpoint>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** Everyone who was named, on the listener of clients. */
  get endpoints(): NodeEndpoint[] {
    return [...this.#endpoints.values()];
  }

  /** The leader as this broker knows it; -1 where it knows none. */
  leaderOf(by: TopicBy, index: number): { readonly leaderId: number; readonly leaderEpoch: number } {
    const { replicas, metadata, config } = this.#services;
    const { image } = metadata;
    const topic = 'topic' in by ? image.topic(by.topic) : image.topicById(by.topicId);
    if (topic === undefined) return { leaderId: -1, leaderEpoch: -1 };
    const role = replicas.partition(topic.name, index)?.state.role ?? topic.partitions[index];
    if (role === undefined) return { leaderId: -1, leaderEpoch: -1 };
    const { leader, leaderEpoch } = role;
    const broker = image.brokers.get(leader);
    const endPoint = broker?.endPoints.find(({ name }) => name === config.listener.name);
    if (broker !== undefined && endPoint !== undefined) {
      const { host, port } = endPoint;
      this.#endpoints.set(leader, { nodeId: leader, host, port, rack: broker.rack });
    }
    return { leaderId: leader, leaderEpoch };
  }
}
