// What the director of a run (phases.ts, fault-plan.ts) may do with the world. One implementation: world-stage.ts.

import type { Runtime, Task } from '../engine/index.ts';
import type { Patient } from './fault.ts';
import type { Effect, PendingWait, TracedEvent } from './material.ts';
import type { Ratio } from './random.ts';
import type { Moment } from './record/history.ts';

/** A named place that decides; see random.ts. */
export interface Draws {
  below(n: number): number;
  between(least: number, most: number): number;
  ratio(ratio: Ratio): boolean;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
}

/** Where a partition is, as the controller committed it last. Names of nodes. */
export interface Replication {
  readonly replicas: readonly string[];
  readonly isr: readonly string[];
}

export interface Stage {
  now(): Moment;
  draws(site: string): Draws;
  /** Runs `act` once, `delayUs` from now, between two steps; the cancel is final. */
  after(delayUs: number, label: string, act: () => void): () => void;
  /** Runs `act` between this step and the next. */
  soon(label: string, act: () => void): void;
  /** Every event of every node, as it happens, inside the step: a listener looks, and acts by `soon`. */
  onEvent(listener: (event: TracedEvent) => void): void;
  /** Brokers first, then controllers, then clients, each in the order in which they were made. */
  patients(): readonly Patient[];
  /** Writes a fault into the trace. */
  tellFault(what: 'began' | 'ended', effect: Effect, hits: number): void;
  tellPhase(phase: string): void;
  /**
   * Lets the world go on until it is `untilUs`, or until `until` is true (asked after each step). Yields whenever the
   * real loop has to turn. `cut` when the run has to end here: a limit, a bug, or the step asked for.
   */
  go(until: number | (() => boolean)): Generator<void, 'reached' | 'quiet' | 'cut'>;
  /** Brokers, and controllers where these are nodes of their own. */
  bootCluster(): void;
  /**
   * Makes a client; `live` is called for each of its lives, from 1, and the client is done when the task ends. An
   * assistant of the director is no patient: nobody hurts it.
   */
  addClient(
    name: string,
    part: 'workload' | 'assistant',
    live: (runtime: Runtime, incarnation: number) => Task<void>,
  ): Client;
  /** Every wait of every living node. */
  pendingWaits(): PendingWait[];
  /** The broker that leads a partition, the coordinator of a group, the controller: undefined when there is none. */
  leaderOf(topic: string, partition: number): string | undefined;
  /** The nodes with a replica, and those of them that are in sync; undefined when the partition is not there. */
  replicasOf(topic: string, partition: number): Replication | undefined;
  /** Whether every partition that has a replica on this node has it in its ISR. */
  isInSync(node: string): boolean;
  coordinatorOf(group: string): string | undefined;
  controller(): string | undefined;
}

export interface Client {
  readonly name: string;
  /** Whether its present life has ended by itself. */
  ended(): boolean;
}
