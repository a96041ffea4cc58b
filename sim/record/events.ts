// What the simulator tells about its world: one row per event, beside the engine's own `trace-events.ts`.
// Scenarios trigger on both, checkers read both. Flat fields, facts only.

import { type TraceEvent, type TraceEventKind, traceEventDocs } from '../../engine/index.ts';

/**
 * A node's part in the cluster; links can be hurt by role. A broker that votes in the metadata quorum as well is a
 * broker; a controller does nothing else.
 */
export type NodeRole = 'broker' | 'controller' | 'client';

export interface WorldEventFields {
  'node-booted': { role: NodeRole };
  /** The process died; the page cache and the machine live on. */
  'node-crashed': { reason: string };
  /** The machine lost power: what was not durable is drawn away. */
  'power-lost': { writes: number; lostWrites: number; tornWrites: number; lostNames: number };
  'node-paused': { reason: string };
  'node-resumed': { heldEvents: number };
  /** The node gave up by itself. */
  'node-halted': { reason: string };
  /** The process was asked to end; what it does about that is its affair. */
  'node-terminated': { reason: string };
  /** The process ended as it was asked to. */
  'node-stopped': { reason: string };
  'disk-wiped': { files: number };
  'fault-began': { fault: string; target: string; detail: string };
  'fault-ended': { fault: string; target: string; hits: number };
  'connection-made': { connection: number; from: string; to: string };
  'connect-failed': { from: string; to: string; reason: string };
  /** A pipe was broken; `lostBytes` were on their way. */
  'connection-reset': { connection: number; from: string; to: string; lostBytes: number; reason: string };
  /** One end vanished and the other was not told. */
  'connection-abandoned': { connection: number; from: string; to: string };
  'bytes-delivered': { connection: number; from: string; bytes: number };
  'disk-operation-failed': { operation: string; path: string; reason: string; writtenBytes: number };
  'file-synced': { path: string; bytes: number };
  /** The device said that a file is durable, and it is not. */
  'sync-lied': { path: string; bytes: number };
  /** A failed fsync: `lostBytes` of writes were marked clean without having been written. */
  'sync-failed': { path: string; lostBytes: number; cacheKept: boolean };
  /** A power loss took an unsynced write back. */
  'write-lost': { path: string; position: number; bytes: number };
  /** A power loss left pieces of an unsynced write. */
  'write-torn': { path: string; position: number; bytes: number; how: string };
  /** A power loss undid an unsynced truncate. */
  'truncate-lost': { path: string; bytes: number };
  /** A power loss undid a name: created, renamed or removed, but its directory was not synced. */
  'name-lost': { change: string };
  'bits-rotted': { path: string; position: number; bits: number };
  'clock-jumped': { byMs: number };
  'clock-drifts': { partsPerMillion: number };
  /** A bug of the engine: an assertion or an exception in a task or callback. */
  'engine-crashed': { label: string; message: string };
}

export type WorldEventKind = keyof WorldEventFields;
export type WorldEvent = {
  [K in WorldEventKind]: { readonly kind: K } & Readonly<WorldEventFields[K]>;
}[WorldEventKind];

/** Whatever happens in a run: told by the engine or by the world around it. */
export type AnyEvent = TraceEvent | WorldEvent;
export type AnyEventKind = TraceEventKind | WorldEventKind;

/** One line on each kind, for help texts and the scenario schema; the type makes it complete. */
export const worldEventDocs: Readonly<Record<WorldEventKind, string>> = {
  'node-booted': 'a node began a life',
  'node-crashed': 'a process died; its page cache survives',
  'power-lost': 'a machine lost power; unsynced writes and names were written, lost or torn',
  'node-paused': 'a process stopped running, as after SIGSTOP or a long garbage collection',
  'node-resumed': 'a paused process runs again',
  'node-halted': 'a node gave up by itself',
  'node-terminated': 'a process was asked to end, as by SIGTERM',
  'node-stopped': 'a process ended as it was asked to',
  'disk-wiped': 'a disk was replaced by an empty one',
  'fault-began': 'a fault was switched on',
  'fault-ended': 'a fault was switched off; hits says how often it did something',
  'connection-made': 'a connection was established',
  'connect-failed': 'a connection could not be established',
  'connection-reset': 'a pipe was broken and bytes on their way were dropped',
  'connection-abandoned': 'a pipe died in silence: nobody was told',
  'bytes-delivered': 'bytes reached a receiver',
  'disk-operation-failed': 'a disk operation answered with an error',
  'file-synced': 'fsync of a file succeeded',
  'sync-lied': 'fsync of a file answered success and did nothing',
  'sync-failed': 'fsync failed and its pages were marked clean',
  'write-lost': 'a power loss took an unsynced write back',
  'write-torn': 'a power loss left pieces of an unsynced write',
  'truncate-lost': 'a power loss undid an unsynced truncate',
  'name-lost': 'a power loss undid a name change that was not synced',
  'bits-rotted': 'bits of a file changed by themselves',
  'clock-jumped': 'a wall clock was set to another time',
  'clock-drifts': 'a clock runs faster or slower than true time',
  'engine-crashed': 'an assertion failed or an exception escaped: a bug of ours',
};

/** Every event kind with its line, for the registries. */
export const eventDocs: Readonly<Record<AnyEventKind, string>> = { ...traceEventDocs, ...worldEventDocs };
