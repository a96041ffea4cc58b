// What a workload is: a row with a name, its parameters, and what each of its clients does with its life. A client is a
// node of its own: it may crash and come back as another session, be paused, and be cut off.

import type { z } from 'zod';
import type { Address, Runtime, Task } from '../engine/index.ts';
import type { History } from './record/history.ts';

/** One life of one client. */
export interface Session {
  readonly runtime: Runtime;
  readonly history: History;
  /** `produce-2`. */
  readonly client: string;
  /** `produce-2#3`: the third life of this client. */
  readonly name: string;
  /** Which life of the client this is, from 1. */
  readonly life: number;
  /** From 0, among the clients of its workload. */
  readonly index: number;
  readonly clients: number;
  /** Every broker, in the order of their ids, which count from 1. */
  readonly bootstrap: readonly Address[];
  readonly topics: Readonly<Record<string, { readonly partitions: number }>>;
  /** True when no new work is wanted: finish what is under way. */
  stopping(): boolean;
  /** True when all is healed and all producers have ended: read to the end, then end. */
  draining(): boolean;
}

export interface WorkloadKind {
  readonly name: string;
  readonly doc: string;
  readonly parameters: z.ZodRawShape;
  /** Readers go on after the producers have ended, to the end of the log. */
  readonly drains: boolean;
  /** Said once, before the first client: what the checkers have to know. */
  declare(history: History, parameters: Readonly<Record<string, unknown>>): void;
  live(session: Session, parameters: Readonly<Record<string, unknown>>): Task<void>;
}

interface WorkloadRow<S extends z.ZodRawShape> {
  readonly name: string;
  readonly doc: string;
  readonly parameters: S;
  readonly drains: boolean;
  declare?(history: History, parameters: z.infer<z.ZodObject<S>>): void;
  live(session: Session, parameters: z.infer<z.ZodObject<S>>): Task<void>;
}

export function workload<S extends z.ZodRawShape>(row: WorkloadRow<S>): WorkloadKind {
  // The scenario schema has checked the parameters against this very shape.
  return {
    ...row,
    declare: (history, parameters) => row.declare?.(history, parameters as z.infer<z.ZodObject<S>>),
    live: (session, parameters) => row.live(session, parameters as z.infer<z.ZodObject<S>>),
  };
}
