// What handlers may use: the rooms of a broker or of a controller, handed over by whoever composed them.

import type { Task } from '../base/task.ts';
import type { Controller } from '../cluster/controller.ts';
import type { ControllerChannel } from '../cluster/controller-channel.ts';
import type { GroupCoordinator } from '../cluster/group-coordinator.ts';
import type { MetadataView } from '../cluster/metadata-view.ts';
import type { ProducerIds } from '../cluster/producer-ids.ts';
import type { RaftEndpoints } from '../cluster/raft-endpoints.ts';
import type { Replicas } from '../cluster/replicas.ts';
import type { TopicsInPassing } from '../cluster/topics-in-passing.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { FetchSessions } from '../core/fetch-session.ts';
import type { Address } from '../ports.ts';
import type { Api } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import type { Handler } from './handler.ts';

/** What every listener has, whoever is behind it. */
export interface CommonServices {
  readonly runtime: Runtime;
  readonly config: BrokerConfig;
  readonly clusterId: string;
  /** Topics, partitions, brokers, dynamic configuration, as this node knows them. */
  readonly metadata: MetadataView;
  /** What is served, for ApiVersions and dispatch. */
  readonly handlers: readonly Handler<Api, never>[];
}

export interface Services extends CommonServices {
  /** Host and port that clients are told to connect to. */
  readonly advertised: Address;
  /** The way to the active controller, on this node or another. */
  readonly controllers: ControllerChannel;
  /** Topics that clients bring into being by asking for them. */
  readonly topicsInPassing: TopicsInPassing;
  readonly producerIds: ProducerIds;
  /** The partitions that live on this broker. */
  readonly replicas: Replicas;
  readonly groups: GroupCoordinator;
  readonly fetchSessions: FetchSessions;
}

export interface ControllerServices extends CommonServices {
  readonly controller: Controller;
  /** What the members of the quorum ask each other. */
  readonly raft: RaftEndpoints;
  /** Answers a request frame as this listener would; undefined where it would end the connection. */
  answer(frame: Uint8Array, peer: string): Task<Uint8Array | undefined>;
}
