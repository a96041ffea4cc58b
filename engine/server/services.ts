// What handlers may use: the broker's rooms, handed over by `broker.ts`.

import type { Controller } from '../cluster/controller.ts';
import type { GroupCoordinator } from '../cluster/group-coordinator.ts';
import type { Replicas } from '../cluster/replicas.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { FetchSessions } from '../core/fetch-session.ts';
import type { Address } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import type { Handler } from './handler.ts';

export interface Services {
  readonly runtime: Runtime;
  readonly config: BrokerConfig;
  readonly clusterId: string;
  /** Host and port that clients are told to connect to. */
  readonly advertised: Address;
  /** Topics, partitions, dynamic configuration: the image, and the commands that change it. */
  readonly controller: Controller;
  /** The partitions that live on this broker. */
  readonly replicas: Replicas;
  readonly groups: GroupCoordinator;
  readonly fetchSessions: FetchSessions;
  /** What is served, for ApiVersions. */
  readonly handlers: readonly Handler[];
}
