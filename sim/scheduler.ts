// THE loop: the earliest event runs, then the next. All that happens in a simulated world is an event of this
// queue, so one seed is one history.
//
// - Order: time, then a drawn tie-break (events at the same time interleave differently under each seed),
//   then sequence. The tie-break is keyed by the owner and the owner's own count, so that one event more of
//   one owner leaves the others' ties as they were.
// - Every event has an owner and the owner's incarnation at the time of scheduling. A dead incarnation's
//   events are dropped unseen. A paused owner's events are held back and run, in their order, when it
//   resumes.
// - Every executed event is a step, numbered from 1; it knows the step that scheduled it: its cause.
//
// The queue is a binary heap of slots; what it compares lies in typed arrays. Cancelled events stay in the
// heap until they come out or until half of the heap is cancelled, whichever is first (request timeouts are
// cancelled by the thousand; removing each at once would cost a position per move).

import { assert } from '../engine/index.ts';
import { queuedEventsMax, type WorldLimits } from './limits.ts';
import { type Chooser, hashText, type Randomness } from './random.ts';
import type { Fingerprint } from './record/recorder.ts';

/** What an event is, for people and for the fingerprint. Make one per kind of event, at module level. */
export interface Label {
  readonly text: string;
  readonly hash: number;
}

export function label(text: string): Label {
  return { text, hash: hashText(text) };
}

/** Whose events these are: a node, or the world itself. Made by `Scheduler.owner`. */
export interface Owner {
  readonly id: number;
  readonly name: string;
}

export type EventId = number;

/** Why `run` came back. `limit`: a limit of the run was met, see `limitMet`; `stopped`: by `stop()`. */
export type RunStop = 'reached' | 'slice' | 'quiet' | 'limit' | 'stopped';

/** Called for each step when somebody compares runs, or wants to know what led to what. */
export type StepListener = (
  timeUs: number,
  owner: string,
  label: string,
  digest: number,
  cause: number,
) => void;

const noLabel = label('');

export class Scheduler {
  readonly world: Owner;
  readonly #limits: WorldLimits;
  readonly #randomness: Randomness;
  #fingerprint: Fingerprint | undefined;
  #onStep: StepListener | undefined;
  /** Receives what an event threw: a bug. Without a receiver it is thrown on. */
  onBug: ((owner: Owner, error: unknown, label: string) => void) | undefined;

  #nowUs = 0;
  #step = 0;
  #cause = 0;
  #sequence = 0;
  #stopped = false;
  #limitMet = '';

  // Owners, by id.
  readonly #owners: Owner[] = [];
  readonly #ties: Chooser[] = [];
  readonly #incarnations: number[] = [];
  readonly #held: (number[] | undefined)[] = [];
  readonly #heldSlots = new Set<number>();

  // Slots.
  #capacity = 1024;
  #times = new Float64Array(this.#capacity);
  #tieBreaks = new Uint32Array(this.#capacity);
  #sequences = new Float64Array(this.#capacity);
  #slotOwners = new Uint16Array(this.#capacity);
  #slotIncarnations = new Uint32Array(this.#capacity);
  #causes = new Float64Array(this.#capacity);
  readonly #labels: Label[] = [];
  readonly #fires: ((() => void) | undefined)[] = [];
  readonly #free: number[] = [];
  #slots = 0;

  #heap = new Int32Array(this.#capacity);
  #size = 0;
  #cancelled = 0;

  constructor(randomness: Randomness, limits: WorldLimits) {
    assert(limits.queuedEvents <= queuedEventsMax, `at most ${queuedEventsMax} events can be queued`);
    this.#randomness = randomness;
    this.#limits = limits;
    this.world = this.owner('world');
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** The step that runs, or ran last. */
  get step(): number {
    return this.#step;
  }

  /** The step that scheduled the present one. */
  get cause(): number {
    return this.#cause;
  }

  /** Events waiting, cancelled ones aside. */
  get queued(): number {
    return this.#size - this.#cancelled;
  }

  /** Which limit ended the run; empty when none did. */
  get limitMet(): string {
    return this.#limitMet;
  }

  /** Every step is digested into `fingerprint` from now on, and told to `onStep`. */
  watch(fingerprint: Fingerprint, onStep?: StepListener): void {
    this.#fingerprint = fingerprint;
    this.#onStep = onStep;
  }

  // ---- owners

  owner(name: string): Owner {
    const id = this.#owners.length;
    assert(id < 65_536, 'owners fit 16 bits');
    assert(!this.#owners.some((owner) => owner.name === name), `the owner ${name} is new`);
    const owner = { id, name };
    this.#owners.push(owner);
    this.#ties.push(this.#randomness.chooser(`schedule/${name}`));
    this.#incarnations.push(0);
    this.#held.push(undefined);
    return owner;
  }

  incarnation(owner: Owner): number {
    return this.#incarnations[owner.id] as number;
  }

  /** A new life, or a death: whatever the owner still had in the queue is dropped. Ends a pause. */
  nextIncarnation(owner: Owner): number {
    const held = this.#held[owner.id];
    this.#held[owner.id] = undefined;
    for (const slot of held ?? []) {
      this.#heldSlots.delete(slot);
      this.#release(slot);
    }
    const next = (this.#incarnations[owner.id] as number) + 1;
    this.#incarnations[owner.id] = next;
    return next;
  }

  pause(owner: Owner): void {
    this.#held[owner.id] ??= [];
  }

  isPaused(owner: Owner): boolean {
    return this.#held[owner.id] !== undefined;
  }

  /** Queues what was held back, for now, in its order. Returns how many events there were. */
  resume(owner: Owner): number {
    const held = this.#held[owner.id];
    this.#held[owner.id] = undefined;
    let order = 0;
    for (const slot of held ?? []) {
      this.#heldSlots.delete(slot);
      if (this.#fires[slot] === undefined) {
        this.#release(slot);
        continue;
      }
      this.#times[slot] = this.#nowUs;
      this.#tieBreaks[slot] = order++;
      this.#push(slot);
    }
    return order;
  }

  // ---- events

  /** Runs `fire` at `timeUs` of virtual time. */
  at(timeUs: number, owner: Owner, what: Label, fire: () => void): EventId {
    assert(
      timeUs >= this.#nowUs && Number.isInteger(timeUs),
      'events happen at whole microseconds, not in the past',
    );
    const slot = this.#take();
    const sequence = ++this.#sequence;
    const ownerId = owner.id;
    this.#times[slot] = timeUs;
    this.#tieBreaks[slot] = (this.#ties[ownerId] as Chooser).choice();
    this.#sequences[slot] = sequence;
    this.#slotOwners[slot] = ownerId;
    this.#slotIncarnations[slot] = this.#incarnations[ownerId] as number;
    this.#causes[slot] = this.#step;
    this.#labels[slot] = what;
    this.#fires[slot] = fire;
    this.#push(slot);
    return sequence * queuedEventsMax + slot;
  }

  after(delayUs: number, owner: Owner, what: Label, fire: () => void): EventId {
    return this.at(this.#nowUs + delayUs, owner, what, fire);
  }

  /** The event will not run. Harmless when it ran, was cancelled or was dropped already. */
  cancel(id: EventId): void {
    const slot = id % queuedEventsMax;
    if (this.#sequences[slot] !== Math.floor(id / queuedEventsMax)) return;
    if (this.#fires[slot] === undefined) return;
    this.#fires[slot] = undefined;
    if (this.#heldSlots.size > 0 && this.#heldSlots.has(slot)) return;
    this.#cancelled++;
    if (this.#cancelled > 512 && this.#cancelled * 2 > this.#size) this.#compact();
  }

  /** Ends `run` after the present event; later calls come back at once. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Runs at most `stepsMax` events, until virtual time `until`, or until the function `until` says true
   * (asked after each event). When it comes back with `reached` for a time, it is that time.
   */
  run(stepsMax: number, until: number | (() => boolean)): RunStop {
    const untilUs = typeof until === 'number' ? until : Number.POSITIVE_INFINITY;
    const reached = typeof until === 'function' ? until : undefined;
    if (reached?.()) return 'reached';
    const lastStep = this.#step + stepsMax;
    for (;;) {
      const stop = this.#turn(lastStep, untilUs, reached);
      if (stop !== undefined) return stop;
    }
  }

  /** What waits, earliest first: for people who ask why it is stuck. */
  waiting(): { timeUs: number; owner: string; label: string; cause: number }[] {
    return [...this.#heap.subarray(0, this.#size)]
      .filter((slot) => this.#fires[slot] !== undefined)
      .sort((a, b) => (this.#before(a, b) ? -1 : 1))
      .map((slot) => ({
        timeUs: this.#times[slot] as number,
        owner: (this.#owners[this.#slotOwners[slot] as number] as Owner).name,
        label: (this.#labels[slot] as Label).text,
        cause: this.#causes[slot] as number,
      }));
  }

  // ---- the loop itself

  /** Runs events until there is a reason to come back; undefined after a bug that was reported. */
  #turn(lastStep: number, untilUs: number, reached: (() => boolean) | undefined): RunStop | undefined {
    let owner = this.world;
    let what = noLabel;
    try {
      for (;;) {
        if (this.#stopped) return 'stopped';
        const slot = this.#earliest();
        const timeUs = slot < 0 ? Number.POSITIVE_INFINITY : (this.#times[slot] as number);
        if (timeUs > untilUs) {
          this.#nowUs = Math.max(this.#nowUs, untilUs);
          return 'reached';
        }
        if (slot < 0) return 'quiet';
        if (this.#step >= lastStep) return 'slice';
        if (this.#overLimit(timeUs)) return 'limit';
        this.#pop();
        owner = this.#owners[this.#slotOwners[slot] as number] as Owner;
        what = this.#labels[slot] as Label;
        const held = this.#held[owner.id];
        if (held !== undefined) {
          held.push(slot);
          this.#heldSlots.add(slot);
          continue;
        }
        this.#execute(slot, timeUs, owner, what);
        if (reached?.()) return 'reached';
      }
    } catch (error) {
      if (this.onBug === undefined) throw error;
      this.onBug(owner, error, what.text);
      return undefined;
    }
  }

  #execute(slot: number, timeUs: number, owner: Owner, what: Label): void {
    const fire = this.#fires[slot] as () => void;
    this.#nowUs = timeUs;
    this.#step++;
    this.#cause = this.#causes[slot] as number;
    const fingerprint = this.#fingerprint;
    if (fingerprint !== undefined) {
      fingerprint.add(timeUs >>> 0);
      fingerprint.add(Math.floor(timeUs / 2 ** 32) ^ (owner.id << 16) ^ what.hash);
      this.#onStep?.(timeUs, owner.name, what.text, fingerprint.word, this.#cause);
    }
    this.#release(slot);
    fire();
  }

  #overLimit(timeUs: number): boolean {
    if (this.#step >= this.#limits.steps) this.#limitMet = `steps: ${this.#limits.steps}`;
    else if (timeUs > this.#limits.virtualUs) this.#limitMet = `virtual time: ${this.#limits.virtualUs} us`;
    return this.#limitMet !== '';
  }

  /**
   * The slot of the earliest event that is to run, -1 when there is none. Drops what is cancelled or dead on
   * its way.
   */
  #earliest(): number {
    while (this.#size > 0) {
      const slot = this.#heap[0] as number;
      const cancelled = this.#fires[slot] === undefined;
      const owner = this.#slotOwners[slot] as number;
      if (!cancelled && this.#slotIncarnations[slot] === this.#incarnations[owner]) return slot;
      this.#pop();
      if (cancelled) this.#cancelled--;
      this.#release(slot);
    }
    return -1;
  }

  // ---- slots

  #take(): number {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    assert(this.#slots < this.#limits.queuedEvents, `at most ${this.#limits.queuedEvents} events are queued`);
    if (this.#slots === this.#capacity) this.#grow();
    this.#labels.push(noLabel);
    this.#fires.push(undefined);
    return this.#slots++;
  }

  /** The slot can be used again; its id is void from now on. */
  #release(slot: number): void {
    this.#fires[slot] = undefined;
    this.#sequences[slot] = 0;
    this.#free.push(slot);
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    this.#times = extended(this.#times, new Float64Array(capacity));
    this.#tieBreaks = extended(this.#tieBreaks, new Uint32Array(capacity));
    this.#sequences = extended(this.#sequences, new Float64Array(capacity));
    this.#slotOwners = extended(this.#slotOwners, new Uint16Array(capacity));
    this.#slotIncarnations = extended(this.#slotIncarnations, new Uint32Array(capacity));
    this.#causes = extended(this.#causes, new Float64Array(capacity));
    this.#heap = extended(this.#heap, new Int32Array(capacity));
    this.#capacity = capacity;
  }

  // ---- the heap

  #before(a: number, b: number): boolean {
    const timeA = this.#times[a] as number;
    const timeB = this.#times[b] as number;
    if (timeA !== timeB) return timeA < timeB;
    const tieA = this.#tieBreaks[a] as number;
    const tieB = this.#tieBreaks[b] as number;
    if (tieA !== tieB) return tieA < tieB;
    return (this.#sequences[a] as number) < (this.#sequences[b] as number);
  }

  #push(slot: number): void {
    const heap = this.#heap;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as number;
      if (!this.#before(slot, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = slot;
  }

  #pop(): void {
    const last = this.#heap[--this.#size] as number;
    if (this.#size > 0) this.#sink(0, last);
  }

  #sink(from: number, slot: number): void {
    const heap = this.#heap;
    const size = this.#size;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(heap[child + 1] as number, heap[child] as number)) child++;
      const below = heap[child] as number;
      if (!this.#before(below, slot)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = slot;
  }

  /**
   * Takes the cancelled events out of the heap and builds it anew; the order is total, so nobody can tell.
   */
  #compact(): void {
    let kept = 0;
    for (let at = 0; at < this.#size; at++) {
      const slot = this.#heap[at] as number;
      if (this.#fires[slot] === undefined) this.#release(slot);
      else this.#heap[kept++] = slot;
    }
    this.#size = kept;
    this.#cancelled = 0;
    for (let at = (kept >> 1) - 1; at >= 0; at--) this.#sink(at, this.#heap[at] as number);
  }
}

function extended<T extends Float64Array | Uint32Array | Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
