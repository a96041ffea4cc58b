// One direction of a connection: bytes from one end to the other, in order, never lost while the pipe lives.
//
//   queue --flush--> wire (kernel, cable, kernel: at most `pipeBytes`) --arrive--> the receiver's callback
//
// The sender's process moves bytes from the queue to the wire (an event of the sender: a crash before it
// loses them). The wire is cut into segments with their arrival times; an arrival is an event of the
// receiver, takes what has arrived by then, and is cut at a drawn place now and then. A receiver that pauses
// leaves the wire full, and the sender's queue grows. Segments `fin` and `rst` end the pipe where they stand.

import { assert } from '../engine/index.ts';
import { deliveryBytes } from './limits.ts';
import type { LinkEnd, LinkState, Links, ResetMoment } from './network-links.ts';
import type { Chooser } from './random.ts';
import { type EventId, label, type Scheduler } from './scheduler.ts';
import type { Traffic } from './traffic.ts';

interface Segment {
  bytes: Uint8Array;
  readonly arriveUs: number;
  readonly end: 'none' | 'fin' | 'rst';
}

/** A connection as a pipe knows it. */
export interface Joint {
  readonly id: number;
  readonly traffic: Traffic;
  /** Nothing passes any more, and nobody is told. */
  readonly severed: boolean;
}

/** A machine as the network sees it. */
export interface Machine extends LinkEnd {
  /** Whether the machine runs; its process may be dead or paused all the same. */
  isPowered(): boolean;
}

/** One end of a connection as a pipe knows it. */
export interface PipeEnd {
  readonly host: Machine;
  readonly connection: Joint;
  readonly outgoing: Pipe;
  readonly state: string;
  readonly isOpen: boolean;
  readonly closing: boolean;
  readonly isDead: boolean;
  /** Its machine lost power and nobody was told. */
  readonly vanished: boolean;
  /** Whether the sender's process is there to send. */
  readonly mayFlush: boolean;
  readonly takesBytes: boolean;
  bytes(chunk: Uint8Array): void;
  drained(): void;
  ended(reason: string): void;
  brokenAfter(delayUs: number, reason: string): void;
  finished(): void;
}

/** What a pipe needs of its network. */
export interface Ground {
  readonly scheduler: Scheduler;
  readonly links: Links;
  readonly fates: Chooser;
  readonly scratch: Uint8Array;
  link(from: PipeEnd, to: PipeEnd): LinkState;
  isCut(from: PipeEnd, to: PipeEnd): boolean;
  latencyUs(from: { host: Machine }, to: { host: Machine }, traffic: Traffic): number;
  flushDelayUs(): number;
  retransmissionUs(): number;
  cutAt(available: number): number;
  drawnReset(link: LinkState): ResetMoment | undefined;
  reset(connection: Joint, when: ResetMoment, reason: string): void;
  refuseBytes(from: PipeEnd, to: PipeEnd): void;
}

const flushLabel = label('connection: send');
const arriveLabel = label('connection: bytes arrive');
const giveUpLabel = label('connection: sender gives up');
const noBytes = new Uint8Array(0);
/** What a receiver finds in a chunk that it kept and did not copy. */
const scribble = 0xdb;

export class Pipe {
  readonly network: Ground;
  readonly from: PipeEnd;
  readonly to: PipeEnd;
  #queue: Uint8Array[] = [];
  queuedBytes = 0;
  #wire: Segment[] = [];
  #head = 0;
  /** Bytes on the wire: taken from the sender, not yet given to the receiver. */
  travellingBytes = 0;
  /** Bytes delivered whose acknowledgement could not travel back. */
  #unacknowledgedBytes = 0;
  #lineFreeUs = 0;
  #lastArrivalUs = 0;
  #flush: EventId | undefined;
  #arrival: EventId | undefined;
  #giveUp: EventId | undefined;
  #ended = false;
  /** Everything that arrives is thrown away: the receiver closed its end, or is gone. */
  #discarding = false;
  #progress = 0;

  constructor(network: Ground, from: PipeEnd, to: PipeEnd) {
    this.network = network;
    this.from = from;
    this.to = to;
  }

  // ---- the sender's side

  push(chunks: readonly Uint8Array[]): number {
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#queue.push(chunk);
      this.queuedBytes += chunk.length;
    }
    if (this.queuedBytes > 0) this.scheduleFlush(this.network.flushDelayUs());
    return this.queuedBytes;
  }

  /** The sender's process will move what is queued to the wire, and the end behind it when it closed. */
  scheduleFlush(delayUs: number): void {
    if (this.#flush !== undefined || this.#ended || !this.from.mayFlush) return;
    this.#flush = this.network.scheduler.after(delayUs, this.from.host.owner, flushLabel, () => {
      this.#flush = undefined;
      this.#flushNow();
    });
  }

  #flushNow(): void {
    if (this.#ended || !this.from.mayFlush) return;
    const before = this.queuedBytes;
    this.#takeFromQueue();
    if (this.to.vanished) this.probeVanished();
    if (this.queuedBytes > 0) return;
    if (this.from.closing) {
      this.end('fin');
      this.from.finished();
    } else if (before > 0) this.from.drained();
  }

  #takeFromQueue(): void {
    const { pipeBytes } = this.network.links.conditions;
    let space = pipeBytes - this.travellingBytes - this.#unacknowledgedBytes;
    let taken = 0;
    while (space > 0 && taken < this.#queue.length) {
      const chunk = this.#queue[taken] as Uint8Array;
      const length = Math.min(space, chunk.length, deliveryBytes);
      // A copy, as the system makes one: the sender may write over its own as soon as it is told `drained`.
      this.#place(chunk.slice(0, length), 'none');
      if (length === chunk.length) taken++;
      else this.#queue[taken] = chunk.subarray(length);
      space -= length;
      this.queuedBytes -= length;
      this.travellingBytes += length;
    }
    if (taken > 0) this.#queue.splice(0, taken);
    this.arm();
  }

  #place(bytes: Uint8Array, end: Segment['end']): void {
    const { scheduler } = this.network;
    const link = this.network.link(this.from, this.to);
    for (const fault of link.slow) fault.hits++;
    const transferUs = Math.ceil((bytes.length * 1_000_000) / link.bytesPerSecond);
    this.#lineFreeUs = Math.max(scheduler.nowUs, this.#lineFreeUs) + transferUs;
    const arriveUs =
      this.#lineFreeUs + this.network.latencyUs(this.from, this.to, this.from.connection.traffic);
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, arriveUs);
    this.#wire.push({ bytes, arriveUs: this.#lastArrivalUs, end });
  }

  /** Nothing more goes onto the wire; what is on it arrives, then the end does. What is queued is lost. */
  end(how: 'fin' | 'rst'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#dropQueue();
    this.#place(noBytes, how);
    this.arm();
  }

  /** Everything on the wire is lost, the end is told to nobody. Returns how many bytes were lost. */
  drop(): number {
    const lost = this.travellingBytes + this.queuedBytes;
    this.#ended = true;
    this.#dropQueue();
    this.#wire = [];
    this.#head = 0;
    this.travellingBytes = 0;
    this.#cancel();
    return lost;
  }

  /** The sender is over. An end that is on the wire already still arrives, with what is before it. */
  abandon(): void {
    if (!this.#ended) this.drop();
  }

  /** The sender's machine vanished: a drawn part of the wire had left it already and still arrives. */
  dropTail(): void {
    this.#ended = true;
    this.#dropQueue();
    const waiting = this.#wire.length - this.#head;
    const kept = waiting === 0 ? 0 : this.network.fates.below(waiting + 1);
    this.#wire.length = this.#head + kept;
    this.travellingBytes = this.#wire.slice(this.#head).reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  // ---- the receiver's side

  /** Makes sure that the next arrival is scheduled, if the receiver takes any. */
  arm(): void {
    if (this.#arrival !== undefined || this.#head === this.#wire.length) return;
    if (this.to.vanished || !(this.#discarding || this.to.takesBytes)) return;
    const { scheduler } = this.network;
    const { arriveUs } = this.#wire[this.#head] as Segment;
    const atUs = Math.max(scheduler.nowUs, arriveUs);
    // What nobody reads is thrown away by the kernel, whatever became of the process.
    const owner = this.#discarding ? scheduler.world : this.to.host.owner;
    this.#arrival = scheduler.at(atUs, owner, arriveLabel, () => {
      this.#arrival = undefined;
      this.#arrive();
    });
  }

  /**
   * The receiver does not listen any more: what arrives is thrown away, so that the sender is not held up.
   */
  discard(): void {
    if (this.#discarding) return;
    this.#discarding = true;
    if (this.#arrival !== undefined) this.network.scheduler.cancel(this.#arrival);
    this.#arrival = undefined;
    this.arm();
  }

  /** The link is open again: TCP's next retransmission gets through. */
  retransmit(): void {
    const delayUs = this.network.retransmissionUs();
    if (this.#unacknowledgedBytes > 0 && !this.network.isCut(this.to, this.from)) {
      this.#unacknowledgedBytes = 0;
      this.scheduleFlush(delayUs);
    }
    if (this.#head === this.#wire.length) return;
    if (this.to.vanished) this.probeVanished();
    else if (this.#arrival === undefined) {
      const { scheduler } = this.network;
      this.#arrival = scheduler.after(delayUs, this.to.host.owner, arriveLabel, () => {
        this.#arrival = undefined;
        this.#arrive();
      });
    }
  }

  /**
   * Bytes went to a machine that lost its power: when it runs again it answers with a reset, else there is
   * silence.
   */
  probeVanished(): void {
    this.#expectGiveUp();
    if (this.travellingBytes === 0 || !this.to.host.isPowered()) return;
    if (this.network.isCut(this.from, this.to) || this.from.connection.severed) return;
    this.network.refuseBytes(this.from, this.to);
  }

  #arrive(): void {
    if (this.#head === this.#wire.length) return;
    if (!this.#discarding && !this.to.takesBytes) return;
    const link = this.network.link(this.from, this.to);
    if (link.cut !== undefined || this.from.connection.severed) {
      if (link.cut !== undefined) link.cut.hits++;
      this.#expectGiveUp();
      return;
    }
    if (this.to.isDead) {
      this.network.refuseBytes(this.from, this.to);
      // The refusal dropped what was on the wire, unless its own way is cut.
      if (this.#head === this.#wire.length) return;
    }
    const reset = this.network.drawnReset(link);
    if (reset === 'before-delivery') {
      this.network.reset(this.from.connection, 'before-delivery', 'reset on the way');
      return;
    }
    this.#deliver();
    if (reset === 'after-delivery')
      this.network.reset(this.from.connection, 'after-delivery', 'reset on the way');
    this.arm();
  }

  #deliver(): void {
    const first = this.#wire[this.#head] as Segment;
    this.#progress++;
    if (first.end !== 'none') {
      this.#head++;
      if (!this.#discarding) this.to.ended(first.end === 'fin' ? 'closed by the peer' : 'reset by the peer');
      return;
    }
    const length = this.#gather(this.network.scratch);
    this.travellingBytes -= length;
    if (this.network.isCut(this.to, this.from)) this.#unacknowledgedBytes += length;
    if (!this.#discarding) {
      const chunk = this.network.scratch.subarray(0, length);
      this.to.bytes(chunk);
      chunk.fill(scribble);
    }
    if (this.queuedBytes === 0) return;
    this.scheduleFlush(this.network.latencyUs(this.to, this.from, this.from.connection.traffic));
  }

  /** Moves what has arrived from the wire into `scratch`, cut at a drawn place now and then. */
  #gather(scratch: Uint8Array): number {
    const { nowUs } = this.network.scheduler;
    let length = 0;
    const limit = this.network.cutAt(Math.min(this.#arrivedBytes(nowUs), scratch.length));
    while (length < limit) {
      const segment = this.#wire[this.#head] as Segment;
      const part = Math.min(limit - length, segment.bytes.length);
      scratch.set(part === segment.bytes.length ? segment.bytes : segment.bytes.subarray(0, part), length);
      length += part;
      if (part === segment.bytes.length) this.#head++;
      else segment.bytes = segment.bytes.subarray(part);
    }
    if (this.#head > 64 && this.#head * 2 > this.#wire.length) {
      this.#wire.splice(0, this.#head);
      this.#head = 0;
    }
    assert(length > 0, 'an arrival delivers something');
    return length;
  }

  #arrivedBytes(nowUs: number): number {
    let arrived = 0;
    for (let at = this.#head; at < this.#wire.length; at++) {
      const segment = this.#wire[at] as Segment;
      if (at > this.#head && (segment.arriveUs > nowUs || segment.end !== 'none')) break;
      arrived += segment.bytes.length;
      if (arrived >= deliveryBytes) break;
    }
    return arrived;
  }

  /** From now on the sender's kernel loses patience unless something gets through. */
  #expectGiveUp(): void {
    if (this.#giveUp !== undefined || !this.from.isOpen) return;
    const progress = this.#progress;
    const { scheduler, links } = this.network;
    this.#giveUp = scheduler.after(links.conditions.giveUpUs, scheduler.world, giveUpLabel, () => {
      this.#giveUp = undefined;
      if (this.#progress !== progress || this.travellingBytes === 0) return;
      this.drop();
      this.from.brokenAfter(0, 'timed out: the peer does not answer');
    });
  }

  #dropQueue(): void {
    this.#queue = [];
    this.queuedBytes = 0;
  }

  #cancel(): void {
    const { scheduler } = this.network;
    for (const event of [this.#flush, this.#arrival, this.#giveUp]) {
      if (event !== undefined) scheduler.cancel(event);
    }
    this.#flush = undefined;
    this.#arrival = undefined;
    this.#giveUp = undefined;
  }
}
