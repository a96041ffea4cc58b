// What one replica's log must hold, told from its events alone: which batches, how far they are written, how far they
// are durable. The shadow knows no byte of the log; the files themselves are judged by checkers/disk-log.ts.

import { type Batch, BatchList } from './batch-list.ts';

export class ShadowLog {
  readonly batches = new BatchList();
  logStartOffset = 0;
  /** Below this, batches are in the file (they may still be in the page cache only). */
  writtenEnd = 0;
  /** Below this, fsync has confirmed. */
  durableEnd = 0;
  /** A failed or lying fsync: nothing from here on counts as durable until the next loss has shown the truth. */
  #doubtFrom = Number.POSITIVE_INFINITY;
  /**
   * What the last truncation removed, or what could not be written: a power loss may undo a truncation that was not
   * synced, and what failed may be in the page cache all the same.
   */
  #removed: readonly Batch[] = [];
  #removedStep = 0;

  /** Offsets were given: the batch may reach the file from now on. */
  plan(batch: Batch, step: number): void {
    this.batches.push(batch, step);
    if (this.writtenEnd > batch.baseOffset) this.writtenEnd = batch.baseOffset;
  }

  written(logEndOffset: number): void {
    this.writtenEnd = logEndOffset;
  }

  /** It was not appended as far as the broker says; the file may have it all the same, and a recovery find it. */
  failed(baseOffset: number, step: number): void {
    const cut = this.batches.cutTo(baseOffset);
    if (cut.length === 0) return;
    this.#removed = [
      ...cut,
      ...this.#removed.filter(({ baseOffset: base }) => base > (cut.at(-1)?.lastOffset ?? -1)),
    ];
    this.#removedStep = step;
  }

  flushed(recoveryPoint: number): void {
    this.durableEnd = Math.max(this.durableEnd, Math.min(recoveryPoint, this.#doubtFrom));
    if (recoveryPoint >= this.writtenEnd) this.#removed = [];
  }

  /** Cuts the end, or, behind the end, starts anew there. */
  truncated(logEndOffset: number, step: number): void {
    if (logEndOffset > this.writtenEnd) {
      this.batches.cutTo(0);
      this.logStartOffset = logEndOffset;
    } else {
      this.#removed = this.batches.cutTo(logEndOffset);
      this.#removedStep = step;
    }
    this.writtenEnd = logEndOffset;
    this.durableEnd = Math.min(this.durableEnd, logEndOffset);
  }

  /** Thrown away; a death before the files were gone may bring it back whole. */
  deleted(step: number): void {
    this.truncated(0, step);
    this.logStartOffset = 0;
    this.#doubtFrom = Number.POSITIVE_INFINITY;
  }

  started(logStartOffset: number): void {
    this.logStartOffset = logStartOffset;
    this.batches.trimTo(logStartOffset);
    if (this.writtenEnd < logStartOffset) this.writtenEnd = logStartOffset;
  }

  /** A restart found the log like this. */
  recovered(logStartOffset: number, logEndOffset: number): void {
    this.batches.cutTo(logEndOffset);
    if (logEndOffset > this.writtenEnd) this.#restore(logEndOffset);
    this.#removed = [];
    this.writtenEnd = logEndOffset;
    this.durableEnd = Math.min(this.durableEnd, logEndOffset);
    this.logStartOffset = logStartOffset;
  }

  /** The machine lost what was not durable; how much of it is known when the log is recovered. */
  powerLost(): void {
    this.writtenEnd = Math.min(this.writtenEnd, this.durableEnd);
    this.#doubtFrom = Number.POSITIVE_INFINITY;
  }

  wiped(): void {
    this.batches.cutTo(0);
    this.#removed = [];
    this.logStartOffset = 0;
    this.writtenEnd = 0;
    this.durableEnd = 0;
    this.#doubtFrom = Number.POSITIVE_INFINITY;
  }

  /** An fsync failed or lied. */
  doubt(): void {
    this.#doubtFrom = Math.min(this.#doubtFrom, this.durableEnd);
  }

  /** Everything that fsync confirmed may be gone all the same: bits rotted. */
  rotted(): void {
    this.#doubtFrom = 0;
    this.durableEnd = 0;
  }

  /** The truncation was taken back, or the failure was not one: the batches are in the file. */
  #restore(logEndOffset: number): void {
    for (const batch of this.#removed) {
      if (batch.lastOffset >= logEndOffset) break;
      if (this.batches.placeOf(batch.baseOffset) >= 0) continue;
      this.batches.push(batch, this.#removedStep);
    }
  }
}
