// What the bare probes do once per turn of the event loop: one write for each partition that has something new, then
// one write to each connection that has answers. With fsync before the acknowledgement, answers wait for a group
// commit: all files written since the last one, made durable side by side while the next group gathers.

import fs from 'node:fs';
import type { BareAnswer, BareConnection } from './bare-connection.ts';
import type { BarePartition } from './bare-partition.ts';

export type BareFsync = 'none' | 'before-ack' | { readonly everyMs: number };

interface Held {
  readonly connection: BareConnection;
  readonly answers: readonly BareAnswer[];
}

export class BareTurn {
  /** Called after each turn in which something was written. */
  onWritten: () => void = () => {};
  readonly #beforeAck: boolean;
  readonly #written = new Set<BarePartition>();
  readonly #answering = new Set<BareConnection>();
  #planned = false;
  /** Written since the last fsync of their files began. */
  #dirty = new Set<BarePartition>();
  #held: Held[] = [];
  #syncing = false;

  constructor(fsync: BareFsync) {
    this.#beforeAck = fsync === 'before-ack';
    if (typeof fsync === 'object') setInterval(() => this.#commit(), fsync.everyMs).unref();
  }

  /** The partition has pending bytes. */
  append(partition: BarePartition): void {
    this.#written.add(partition);
    this.#plan();
  }

  /** The connection has answers. */
  answer(connection: BareConnection): void {
    this.#answering.add(connection);
    this.#plan();
  }

  /** The end of the turn, or earlier: whoever lent bytes wants them back. */
  flush(): void {
    const wrote = this.#written.size > 0;
    for (const partition of this.#written) {
      partition.write();
      this.#dirty.add(partition);
    }
    this.#written.clear();
    for (const connection of this.#answering) {
      const answers = connection.takeAnswers();
      if (!connection.holdsAnswers(this.#beforeAck)) connection.write(answers);
      else {
        connection.heldAnswers++;
        this.#held.push({ connection, answers });
      }
    }
    this.#answering.clear();
    if (this.#held.length > 0) this.#commit();
    if (wrote) this.onWritten();
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.flush();
    });
  }

  /** One group at a time. */
  #commit(): void {
    if (this.#syncing) return;
    this.#syncing = true;
    const files = this.#dirty;
    const held = this.#held;
    this.#dirty = new Set();
    this.#held = [];
    let left = files.size;
    const done = (): void => {
      this.#syncing = false;
      for (const { connection, answers } of held) {
        connection.heldAnswers--;
        connection.write(answers);
      }
      if (this.#held.length > 0) this.#commit();
    };
    if (left === 0) return done();
    for (const { file } of files) {
      fs.fdatasync(file, (error) => {
        if (error !== null) throw error;
        if (--left === 0) done();
      });
    }
  }
}
