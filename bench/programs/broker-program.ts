// What can be started as a broker, for as long as one workload runs: Odradek of any build, or Apache Kafka.

import type { ChildProcess } from 'node:child_process';
import type { Address } from '../../engine/index.ts';

export interface BrokerProgram {
  /**
   * Starts it on this data directory, new or left behind by one that was killed, with these properties, on a port (0:
   * any that is free). What it needs before (a format, say) happens here too, and is part of its start.
   */
  spawn(start: BrokerStart): Promise<SpawnedBroker>;
}

export interface BrokerStart {
  readonly dataDir: string;
  readonly port: number;
  /** By Kafka's names. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface SpawnedBroker {
  readonly child: ChildProcess;
  /** When it takes connections. */
  readonly ready: Promise<Address>;
}
