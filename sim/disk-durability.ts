// What a power loss does to the bytes of one file: page cache and platter, and the writes between them.
//
// The platter knows what the last honest fsync covered. Every later write and truncate is pending, in the
// order in which it reached the cache. When the power goes, each pending one is drawn by itself: written,
// lost, or (writes only) torn at sector boundaries: a prefix, a suffix, or every sector by itself, some of
// them garbage. A lost write below a written one leaves zeros, as a hole. A kernel writes back by itself
// sooner or later, so beyond a number of pending writes the oldest reaches the platter.
//
// A failed fsync is the treacherous one of real kernels: what it should have written is drawn as at a power
// loss, and whatever did not reach the platter is marked clean: the next fsync succeeds and does not write
// it. The cache keeps showing it (ext4) or goes back to what the platter has (as drawn).

import { Content, sectorBytes } from './disk-content.ts';
import { unsyncedWritesPerFile } from './limits.ts';
import type { Chooser } from './random.ts';
import type { WorldEvent } from './record/events.ts';

type Pending =
  | { readonly kind: 'write'; readonly order: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly order: number; readonly sizeBytes: number };

export interface LossCounts {
  writes: number;
  lostWrites: number;
  tornWrites: number;
  lostNames: number;
}

/** What is being made durable by an fsync under way. */
export interface SyncUnderWay {
  readonly order: number;
  readonly content: Content;
}

export class FileState {
  /** What processes see. */
  cache = new Content();
  /** What survives a power loss for certain. */
  #platter = new Content();
  #pending: Pending[] = [];
  #order = 0;
  #platterOrder = 0;
  /**
   * After a failed fsync cache and platter differ in more than what is pending: then only that may be copied.
   */
  #diverged = false;
  #promised: Content | undefined;
  #promisedOrder = 0;
  #promisedBytes = 0;

  /** Size on the platter. */
  get durableBytes(): number {
    return this.#platter.sizeBytes;
  }

  get pendingBytes(): number {
    return this.#pending.reduce(
      (sum, pending) => sum + (pending.kind === 'write' ? pending.bytes.length : 0),
      0,
    );
  }

  durableContent(): Uint8Array {
    return this.#platter.bytes();
  }

  /**
   * How many bytes, from the start of the file, the last fsync that said "success" (honestly or not) promised
   * and nobody wrote or cut since.
   */
  get promisedBytes(): number {
    return this.#promisedBytes;
  }

  /** The first promised byte that is not what was promised; -1 when all are. */
  brokenPromiseAt(): number {
    if (this.#promised === undefined) return -1;
    return this.cache.firstDifference(this.#promised, this.#promisedBytes);
  }

  /** A write reaches the page cache. The bytes are the state's from now on. */
  write(position: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.cache.write(position, bytes);
    this.#promisedBytes = Math.min(this.#promisedBytes, position);
    this.#pending.push({ kind: 'write', order: ++this.#order, position, bytes });
    if (this.#pending.length > unsyncedWritesPerFile) this.#apply(this.#pending.shift() as Pending);
  }

  truncate(sizeBytes: number): void {
    this.cache.truncate(sizeBytes);
    this.#promisedBytes = Math.min(this.#promisedBytes, sizeBytes);
    this.#pending.push({ kind: 'truncate', order: ++this.#order, sizeBytes });
  }

  /** An fsync begins: it covers what is in the cache now. */
  beginSync(): SyncUnderWay {
    return { order: this.#order, content: this.cache.copy() };
  }

  /** The fsync is done. A sync that began later may have ended earlier: then there is nothing left to do. */
  completeSync(sync: SyncUnderWay): void {
    const { order, content } = sync;
    this.#promise(sync);
    if (order > this.#platterOrder) {
      if (this.#diverged) for (const pending of this.#covered(order)) this.#apply(pending);
      else this.#platter = content.copy();
      this.#forget(order);
    }
  }

  /** The device says that it is done, and lies. */
  pretendSync(sync: SyncUnderWay): void {
    this.#promise(sync);
  }

  /** The fsync failed: see the head of this file. Returns how many bytes were given up. */
  failSync({ order }: SyncUnderWay, draw: Chooser): { lostBytes: number; cacheKept: boolean } {
    let lostBytes = 0;
    for (const pending of this.#covered(order)) {
      if (draw.below(2) === 0) this.#apply(pending);
      else if (pending.kind === 'write') lostBytes += pending.bytes.length;
    }
    this.#forget(order);
    const cacheKept = draw.below(2) === 0;
    if (!cacheKept) {
      this.cache = this.#platter.copy();
      for (const pending of this.#pending) applyTo(this.cache, pending);
    }
    this.#diverged = true;
    return { lostBytes, cacheKept };
  }

  /** The power goes: what is left becomes both platter and cache. */
  losePower(path: string, draw: Chooser, counts: LossCounts, record: (event: WorldEvent) => void): void {
    for (const pending of this.#pending) {
      if (pending.kind === 'truncate') {
        if (draw.below(2) === 0) this.#apply(pending);
        else record({ kind: 'truncate-lost', path, bytes: pending.sizeBytes });
        continue;
      }
      counts.writes++;
      const { position, bytes } = pending;
      const fate = draw.below(4);
      if (fate <= 1) {
        this.#apply(pending);
      } else if (fate === 2) {
        counts.lostWrites++;
        record({ kind: 'write-lost', path, position, bytes: bytes.length });
      } else {
        counts.tornWrites++;
        const how = tear(this.#platter, position, bytes, draw);
        record({ kind: 'write-torn', path, position, bytes: bytes.length, how });
      }
    }
    this.#pending = [];
    this.#platterOrder = this.#order;
    this.#diverged = false;
    this.cache = this.#platter.copy();
  }

  /** Flips bits, on the platter and in the cache alike. Returns how many were flipped. */
  rot(positions: readonly number[], draw: Chooser): number {
    let flipped = 0;
    for (const position of positions) {
      const bit = 1 << draw.below(8);
      for (const content of [this.cache, this.#platter]) flipAt(content, position, bit);
      if (position < this.cache.sizeBytes) flipped++;
    }
    return flipped;
  }

  #promise({ order, content }: SyncUnderWay): void {
    if (order < this.#promisedOrder) return;
    let promisedBytes = content.sizeBytes;
    for (const pending of this.#pending) {
      if (pending.order <= order) continue;
      const from = pending.kind === 'write' ? pending.position : pending.sizeBytes;
      promisedBytes = Math.min(promisedBytes, from);
    }
    this.#promised = content;
    this.#promisedOrder = order;
    this.#promisedBytes = promisedBytes;
  }

  #covered(order: number): Pending[] {
    return this.#pending.filter((pending) => pending.order <= order);
  }

  #forget(order: number): void {
    this.#pending = this.#pending.filter((pending) => pending.order > order);
    this.#platterOrder = Math.max(this.#platterOrder, order);
  }

  #apply(pending: Pending): void {
    applyTo(this.#platter, pending);
  }
}

function applyTo(content: Content, pending: Pending): void {
  if (pending.kind === 'write') content.write(pending.position, pending.bytes);
  else if (pending.sizeBytes !== content.sizeBytes) content.truncate(pending.sizeBytes);
}

function flipAt(content: Content, position: number, bit: number): void {
  const byte = new Uint8Array(1);
  if (content.read(position, byte) === 0) return;
  byte[0] = (byte[0] as number) ^ bit;
  content.write(position, byte);
}

/** Leaves pieces of a write on the platter, cut where sectors begin; says which. */
function tear(platter: Content, position: number, bytes: Uint8Array, draw: Chooser): string {
  const end = position + bytes.length;
  const cuts: number[] = [position];
  for (let at = (Math.floor(position / sectorBytes) + 1) * sectorBytes; at < end; at += sectorBytes)
    cuts.push(at);
  const write = (from: number, to: number) =>
    platter.write(from, bytes.subarray(from - position, to - position));
  const how = draw.pick(['prefix', 'suffix', 'sectors', 'garbage'] as const);
  const cut = draw.pick(cuts);
  if (how === 'prefix') {
    write(position, cut);
  } else if (how === 'suffix') {
    write(cut, end);
  } else {
    for (const [index, from] of cuts.entries()) {
      const to = cuts[index + 1] ?? end;
      const fate = draw.below(3);
      if (fate === 0) write(from, to);
      else if (fate === 1 && how === 'garbage') platter.write(from, garbage(to - from, draw));
    }
  }
  return how;
}

function garbage(length: number, draw: Chooser): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = draw.next() | 1;
  for (let at = 0; at < length; at++) {
    state = Math.imul(state, 0x915f77f5) + 1;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
