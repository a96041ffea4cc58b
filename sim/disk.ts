// The disk of one machine. Fault model:
//
// - Page cache and platter are apart. A process crash keeps the cache. A power loss leaves what was synced,
//   and draws the rest: each unsynced write and truncate (`disk-durability.ts`), each unsynced change of
//   names (`disk-tree.ts`).
// - Operations take time and complete in any order, also on one file; a write takes effect when it completes.
//   What is in flight when its process dies happened, did not happen, or (a write) happened in part, as
//   drawn.
// - Faults laid over operations (`disk-faults.ts`): I/O errors (a failed write leaves a drawn prefix), no
//   space (a write that does not fit leaves a drawn prefix of what fits), slow, stuck until lifted, fsync
//   that fails and marks the pages clean, fsync that lies, and bits that rot in a chosen file, on platter and
//   in cache.
// - The capacity counts the bytes of files that a name or an opening leads to.
//
// Not modelled: a queue inside the device (operations do not slow each other down), permissions, links, bytes
// that a read returns wrong only once.

import { assert, type DiskError, type DiskErrorKind, failure, type Outcome } from '../engine/index.ts';
import type { LossCounts } from './disk-durability.ts';
import {
  type DiskConditions,
  type DiskFault,
  type DiskOperation,
  type DiskSelector,
  LaidDiskFault,
} from './disk-faults.ts';
import { type PlainFile, Tree } from './disk-tree.ts';
import type { Chooser, Randomness } from './random.ts';
import type { WorldEvent } from './record/events.ts';
import { type Label, label, type Owner, type Scheduler } from './scheduler.ts';

/** One life's use of the disk: what it has in flight, and whether it still counts. */
export interface DiskLife {
  readonly owner: Owner;
  isAlive(): boolean;
  readonly inFlight: Set<InFlight>;
  readonly openings: Set<PlainFile>;
}

export interface InFlight {
  /** Does the whole of it, telling nobody. */
  whole(): void;
  /** Does a drawn part of it. */
  part?(draw: Chooser): void;
}

/** An operation as it is issued. */
export interface Issued<T> {
  readonly operation: DiskOperation;
  readonly path: string;
  readonly bytes: number;
  /** Takes effect, at the moment of completion. `failing` is the fault that makes it fail, if one does. */
  act(failing: LaidDiskFault | undefined): Outcome<T, DiskError>;
  part?(draw: Chooser): void;
}

/** What a file looks like to a judge. */
export interface FileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  readonly durableBytes: number;
  /** Bytes from the start that a successful fsync promised and that nobody changed since. */
  readonly promisedBytes: number;
}

const labels = new Map<DiskOperation, Label>();

export class SimulatedDisk {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly conditions: DiskConditions;
  readonly wallMs: () => number;
  readonly record: (event: WorldEvent) => void;
  tree: Tree;
  usedBytes = 0;
  readonly #randomness: Randomness;
  readonly #latency: Chooser;
  /** For what is left of an operation that failed or was in flight at a death. */
  readonly parts: Chooser;
  readonly #deaths: Chooser;
  #laid: LaidDiskFault[] = [];
  #stuck: (() => void)[] = [];

  constructor(
    name: string,
    scheduler: Scheduler,
    randomness: Randomness,
    conditions: DiskConditions,
    machine: { wallMs: () => number; record: (event: WorldEvent) => void },
  ) {
    this.name = name;
    this.scheduler = scheduler;
    this.conditions = conditions;
    this.wallMs = machine.wallMs;
    this.record = machine.record;
    this.tree = new Tree(machine.wallMs());
    this.#randomness = randomness;
    this.#latency = randomness.chooser(`disk/${name}/latency`);
    this.parts = randomness.chooser(`disk/${name}/parts`);
    this.#deaths = randomness.chooser(`disk/${name}/deaths`);
  }

  // ---- faults

  lay(
    name: string,
    selector: DiskSelector,
    fault: DiskFault,
    hitsMax = Number.MAX_SAFE_INTEGER,
  ): LaidDiskFault {
    const laid = new LaidDiskFault(name, selector, fault, hitsMax);
    this.#laid.push(laid);
    return laid;
  }

  /** Takes a fault away; what was stuck goes on. Harmless when it was taken away already. */
  lift(laid: LaidDiskFault): void {
    this.#laid = this.#laid.filter((other) => other !== laid);
    const stuck = this.#stuck;
    this.#stuck = [];
    for (const goOn of stuck) goOn();
  }

  heal(): void {
    for (const laid of this.#laid) this.lift(laid);
  }

  /**
   * Flips `bits` drawn bits of a drawn file that is selected, between two of its bytes. Returns how many
   * flipped.
   */
  rot(selector: { pathContains?: string; fromByte?: number; toByte?: number }, bits: number): number {
    const draw = this.#randomness.chooser(`disk/${this.name}/rot`);
    const { pathContains = '', fromByte = 0, toByte = Number.MAX_SAFE_INTEGER } = selector;
    const candidates = [...this.tree.files()].filter(
      ({ path, file }) => path.includes(pathContains) && file.state.cache.sizeBytes > fromByte,
    );
    if (candidates.length === 0) return 0;
    const { path, file } = draw.pick(candidates);
    const end = Math.min(toByte, file.state.cache.sizeBytes);
    if (end <= fromByte) return 0;
    const positions = Array.from({ length: bits }, () => fromByte + draw.below(end - fromByte));
    const flipped = file.state.rot(positions, draw);
    this.record({ kind: 'bits-rotted', path, position: positions[0] ?? 0, bits: flipped });
    return flipped;
  }

  // ---- deaths

  /** A process died: what it had in flight is drawn; the cache stays. */
  processDied(life: DiskLife): void {
    const draw = this.#deaths;
    for (const inFlight of life.inFlight) {
      const fate = draw.below(3);
      if (fate === 0) inFlight.whole();
      else if (fate === 1) inFlight.part?.(draw);
    }
    life.inFlight.clear();
    for (const file of life.openings) this.#closed(file, file.openings);
    life.openings.clear();
  }

  /** The power went, after `processDied`: names first, then the bytes of the files that are left. */
  losePower(): LossCounts {
    const draw = this.#randomness.chooser(`disk/${this.name}/power`);
    const counts: LossCounts = { writes: 0, lostWrites: 0, tornWrites: 0, lostNames: 0 };
    for (const change of this.tree.losePower(draw)) {
      counts.lostNames++;
      this.record({ kind: 'name-lost', change });
    }
    this.usedBytes = 0;
    for (const { path, file } of this.tree.files()) {
      file.path = path;
      file.linked = true;
      file.state.losePower(path, draw, counts, this.record);
      this.usedBytes += file.state.cache.sizeBytes;
    }
    return counts;
  }

  /** An empty disk in the place of this one. */
  wipe(): void {
    const files = [...this.tree.files()].length;
    this.tree = new Tree(this.wallMs());
    this.usedBytes = 0;
    this.record({ kind: 'disk-wiped', files });
  }

  // ---- looking, for judges

  files(): FileFacts[] {
    return [...this.tree.files()].map(({ path, file: { state } }) => ({
      path,
      sizeBytes: state.cache.sizeBytes,
      durableBytes: state.durableBytes,
      promisedBytes: state.promisedBytes,
    }));
  }

  /** A file's bytes as a process would read them; undefined when no name leads there. */
  content(path: string): Uint8Array | undefined {
    const file = this.tree.find(path);
    return file?.kind === 'file' ? file.state.cache.bytes() : undefined;
  }

  /** A file's bytes on the platter. */
  durableContent(path: string): Uint8Array | undefined {
    const file = this.tree.find(path);
    return file?.kind === 'file' ? file.state.durableContent() : undefined;
  }

  /**
   * Files whose bytes are not what a successful fsync promised: by a lie, a failed fsync or rot, or by a bug
   * of ours.
   */
  brokenPromises(): { path: string; position: number }[] {
    return [...this.tree.files()]
      .map(({ path, file }) => ({ path, position: file.state.brokenPromiseAt() }))
      .filter(({ position }) => position >= 0);
  }

  // ---- operations

  /** Schedules an operation; it takes effect and answers when it completes. */
  issue<T>(life: DiskLife, issued: Issued<T>, done: (outcome: Outcome<T, DiskError>) => void): void {
    if (!life.isAlive()) return;
    const { operation } = issued;
    const inFlight: InFlight = {
      whole: () => void issued.act(undefined),
      ...(issued.part === undefined ? {} : { part: (draw: Chooser) => issued.part?.(draw) }),
    };
    life.inFlight.add(inFlight);
    const what = labelOf(operation);
    const complete = (): void => {
      const { path } = issued;
      const stuck = this.#hit(operation, path, (fault) => fault.kind === 'stuck');
      if (stuck !== undefined) {
        this.#stuck.push(() => {
          if (life.isAlive()) this.scheduler.after(1, life.owner, what, complete);
        });
        return;
      }
      life.inFlight.delete(inFlight);
      const failing = this.#hit(operation, path, ({ kind }) => kind === 'io');
      done(issued.act(failing));
    };
    this.scheduler.after(this.#takesUs(issued), life.owner, what, complete);
  }

  /** The first fault of a kind that fits and, where it is a matter of chance, happens. */
  hit(operation: DiskOperation, path: string, kind: DiskFault['kind']): LaidDiskFault | undefined {
    return this.#hit(operation, path, (fault) => fault.kind === kind);
  }

  #hit(
    operation: DiskOperation,
    path: string,
    wanted: (fault: DiskFault) => boolean,
  ): LaidDiskFault | undefined {
    for (const laid of this.#laid) {
      const { fault } = laid;
      if (!wanted(fault) || !laid.fits(operation, path)) continue;
      if ('ratio' in fault && !this.#faultChooser(laid).ratio(fault.ratio)) continue;
      laid.hits++;
      return laid;
    }
    return undefined;
  }

  #faultChooser(laid: LaidDiskFault): Chooser {
    return this.#randomness.chooser(`disk/${this.name}/${laid.name}`);
  }

  #takesUs({ operation, path, bytes }: Issued<unknown>): number {
    const { cacheUs, syncUs, bytesPerSecond } = this.conditions;
    const { least, meanExtra } = operation === 'sync' || operation === 'syncDir' ? syncUs : cacheUs;
    let us = least + this.#latency.exponential(meanExtra) + Math.ceil((bytes * 1_000_000) / bytesPerSecond);
    for (const laid of this.#laid) {
      if (laid.fault.kind !== 'slow' || !laid.fits(operation, path)) continue;
      laid.hits++;
      us += this.#faultChooser(laid).exponential(laid.fault.meanExtraUs);
    }
    return us;
  }

  // ---- space

  /** How many more bytes fit. */
  freeBytes(operation: DiskOperation, path: string): number {
    if (this.hit(operation, path, 'full') !== undefined) return 0;
    return Math.max(0, this.conditions.capacityBytes - this.usedBytes);
  }

  /** No name leads to the file any more. */
  unlinked(file: PlainFile): void {
    file.linked = false;
    this.#freeIfGone(file);
  }

  opened(life: DiskLife, file: PlainFile): void {
    file.openings++;
    life.openings.add(file);
  }

  closed(life: DiskLife, file: PlainFile): void {
    this.#closed(file, 1);
    if (file.openings === 0) life.openings.delete(file);
  }

  #closed(file: PlainFile, openings: number): void {
    assert(file.openings >= openings, 'a file is closed as often as it was opened');
    file.openings -= openings;
    this.#freeIfGone(file);
  }

  #freeIfGone(file: PlainFile): void {
    if (!file.linked && file.openings === 0) this.usedBytes -= file.state.cache.sizeBytes;
  }

  // ---- errors

  failed(
    operation: DiskOperation,
    path: string,
    kind: DiskErrorKind,
    reason: string,
    writtenBytes = 0,
  ): Outcome<never, DiskError> {
    this.record({ kind: 'disk-operation-failed', operation, path, reason, writtenBytes });
    return failure({ kind, detail: `${operation} ${path}: ${reason}` });
  }

  /** What an operation answers that a fault made fail. */
  brokenDevice(operation: DiskOperation, path: string, writtenBytes = 0): Outcome<never, DiskError> {
    return this.failed(operation, path, 'io', 'input/output error', writtenBytes);
  }
}

function labelOf(operation: DiskOperation): Label {
  const known = labels.get(operation);
  if (known !== undefined) return known;
  const made = label(`disk: ${operation}`);
  labels.set(operation, made);
  return made;
}
