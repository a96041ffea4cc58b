// The six ports: all that the engine knows of the world. `engine/host` makes them real, `sim` makes them hostile,
// and one conformance suite (`testing/ports-conformance.ts`) holds both to what is written here.
//
// Rules for every port
// - No callback ever runs inside the call that started the wait.
// - Failures are values. A port throws only when it was misused (a bug of the caller).
// - After a node's death nothing calls back any more.

import type { Outcome } from './base/outcome.ts';
import type { TraceEvent, TraceEventKind } from './trace-events.ts';

export interface Ports {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly disk: Disk;
  readonly network: Network;
  readonly random: Random;
  readonly trace: Trace;
}

export interface Clock {
  /** Milliseconds since 1970 as this node believes; may jump either way and drift. */
  wallMs(): number;
  /** Microseconds since some moment of this life; never goes back. */
  monotonicUs(): number;
}

export interface Timers {
  /**
   * Calls `fire` once, `delayUs` from now or later, never earlier. The cancel it returns is final and may be
   * called twice.
   */
  after(delayUs: number, fire: () => void): Cancel;
}

export type Cancel = () => void;

/** Why a disk operation failed: the device, no space, no such file or directory, or a file that was closed. */
export type DiskErrorKind = 'io' | 'full' | 'missing' | 'closed';

export interface DiskError {
  readonly kind: DiskErrorKind;
  /** For people: the operation, the path, what the system said. */
  readonly detail: string;
}

export type DiskDone<T> = (outcome: Outcome<T, DiskError>) => void;

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly sizeBytes: number;
  /** Wall clock of the last change of the content. */
  readonly modifiedMs: number;
}

/**
 * Files below one root; paths are relative, with `/`. Nothing is durable before `sync` of the file, and a name
 * (created, renamed, removed) is not durable before `syncDir` of its directory. Operations on one file may complete
 * in any order unless the second is issued after the first completed.
 */
export interface Disk {
  /** Opens for reading and writing. `create` makes the file when it is not there; without it that is `missing`. */
  open(path: string, options: { create: boolean }, done: DiskDone<DiskFile>): void;
  /** The entries of a directory, sorted by name. */
  list(path: string, done: DiskDone<DirectoryEntry[]>): void;
  /** Makes a directory and its parents; one that is there already is a success. */
  makeDir(path: string, done: DiskDone<undefined>): void;
  /**
   * Atomic for whoever looks; replaces a file at `to`. Works on directories too. Open files stay open under
   * the new name.
   */
  rename(from: string, to: string, done: DiskDone<undefined>): void;
  /** Removes a file, or a directory with all below it. */
  remove(path: string, done: DiskDone<undefined>): void;
  /** Makes the names in a directory durable. */
  syncDir(path: string, done: DiskDone<undefined>): void;
}

export interface DiskFile {
  readonly path: string;
  /** Bytes in the file as far as this node wrote or found them; counts only completed operations. */
  sizeBytes(): number;
  /**
   * Writes `chunks` one after the other at the end of the file. The caller leaves the bytes alone until `done`. On
   * failure any prefix may have been written. Appends in flight at the same time may land in any order.
   */
  append(chunks: readonly Uint8Array[], done: DiskDone<undefined>): void;
  writeAt(position: number, chunks: readonly Uint8Array[], done: DiskDone<undefined>): void;
  /** Fills `into` from `position`; the value is the number of bytes read, short only at the end of the file. */
  readAt(position: number, into: Uint8Array, done: DiskDone<number>): void;
  /** Makes durable what completed before the call. After a failure, what was not durable may be lost for good. */
  sync(done: DiskDone<undefined>): void;
  truncate(sizeBytes: number, done: DiskDone<undefined>): void;
  /** Operations in flight complete as they may; later ones fail with `closed`. */
  close(): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface NetworkError {
  readonly kind: 'refused' | 'unreachable' | 'in-use' | 'timeout';
  readonly detail: string;
}

export interface Network {
  /** Listens; port 0 takes a free one. The listener tells the address it got. */
  listen(
    address: Address,
    onConnection: (connection: Connection) => void,
    done: (outcome: Outcome<Listener, NetworkError>) => void,
  ): void;
  connect(address: Address, done: (outcome: Outcome<Connection, NetworkError>) => void): void;
}

export interface Listener {
  readonly address: Address;
  /** Takes no more connections; those it has live on. */
  close(): void;
}

/** A byte pipe, as TCP is: in order, cut at any boundary, and a peer may vanish without a word. */
export interface Connection {
  /** `host:port` of the peer, for people. */
  readonly peer: string;
  /** This end as the peer names it in its own `peer`: what one side tells of a connection meets what the other does. */
  readonly local: string;
  /** Must be called before the first bytes are wanted; until then nothing is delivered. */
  attach(handlers: ConnectionHandlers): void;
  /**
   * Queues bytes; never blocks, never fails (a broken pipe tells through `closed`). The caller leaves the bytes alone
   * until `drained`.
   * Returns the bytes queued and not yet taken by the system, this call's included.
   */
  send(chunks: readonly Uint8Array[]): number;
  /** Sends what is queued, then ends. `closed` is not called for one's own close. */
  close(): void;
  /** Stops `bytes` callbacks until `resume`; the peer feels it when the buffers between are full. */
  pause(): void;
  resume(): void;
}

export interface ConnectionHandlers {
  /** The chunk is the port's again when this returns: copy what must stay. */
  bytes(chunk: Uint8Array): void;
  /** The peer ended or broke the pipe; called once, last. */
  closed(reason: string): void;
  /** Everything queued has been taken by the system: the bytes of all that was sent are the sender's again. */
  drained(): void;
}

export interface Random {
  /** A whole number from 0 up to, not including, `n`; n from 1 to 2^32. */
  below(n: number): number;
  /** A random (version 4) uuid in Kafka's text form; never one that begins with a dash, as Kafka draws them. */
  uuid(): string;
}

export interface Trace {
  /** Whether anybody listens to this kind, the same at every call of a life: build no event when nobody does. */
  wants(kind: TraceEventKind): boolean;
  emit(event: TraceEvent): void;
}
