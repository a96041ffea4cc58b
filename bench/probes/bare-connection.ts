// One connection of the bare probes: reads into a slab of its own, cuts frames where they lie, writes once per turn.
//
//   slab   | done | read: the next frame starts here ... | end: the next bytes arrive here | room |
//
// Frames are not copied: whoever keeps bytes of one beyond its call says so by `lend`, and has used them when the
// turn is flushed. The private handle of the accepted socket is wrapped anew, as `engine/host/network.ts` does it and
// explains it.

import net from 'node:net';
import type { BareTurn } from './bare-turn.ts';

const slabBytes = 256 * 1024;
/** With less room than this the slab is turned over: many small reads would cost more. */
const roomBytesMin = 64 * 1024;
/** Kafka's socket.request.max.bytes. */
const frameBytesMax = 104_857_600;

export interface BareFrame {
  readonly bytes: Buffer;
  /** Where its header starts, behind the size; and where it ends. */
  readonly start: number;
  readonly end: number;
}

/** What is read of a frame must lie in it: behind it is whatever the slab held before. */
export function mustBeWithin(frame: BareFrame, at: number): void {
  if (at > frame.end) throw new RangeError('a length leads out of the request');
}

export interface BareAnswer {
  readonly bytes: Uint8Array;
  /** Called when the system has taken the bytes, or never will. */
  readonly written: (() => void) | undefined;
}

export type BareService = (connection: BareConnection, frame: BareFrame) => void;

export class BareConnection {
  /** Groups of answers that wait for an fsync. */
  heldAnswers = 0;
  readonly #socket: net.Socket;
  readonly #turn: BareTurn;
  readonly #service: BareService;
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #read = 0;
  #end = 0;
  #lent = false;
  #appended = false;
  #waiting = false;
  #answers: BareAnswer[] = [];

  constructor(accepted: net.Socket, turn: BareTurn, service: BareService) {
    this.#turn = turn;
    this.#service = service;
    const owner = accepted as unknown as { _handle: unknown };
    const handle = owner._handle;
    owner._handle = null;
    const onread = {
      buffer: () => this.#room(),
      callback: (count: number) => {
        this.#end += count;
        this.#cut();
        return true;
      },
    };
    this.#socket = new net.Socket({ handle, onread } as unknown as net.SocketConstructorOpts);
    this.#socket.setNoDelay(true);
    // A client that breaks its connection is a client that is done.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.resume();
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** Bytes of the frame that is served are used until the end of the turn. */
  lend(): void {
    this.#lent = true;
    this.#appended = true;
  }

  /** An answer, to leave at the end of the turn. */
  answer(bytes: Uint8Array, written?: () => void): void {
    this.#answers.push({ bytes, written });
    this.#turn.answer(this);
  }

  /** The frame that is served gets its answer later: nothing behind it is served before. */
  wait(): void {
    this.#waiting = true;
  }

  goOn(): void {
    this.#waiting = false;
    this.#cut();
  }

  takeAnswers(): BareAnswer[] {
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }

  /** Asked once for each turn: whether the answers of this one must wait for an fsync. */
  holdsAnswers(beforeAck: boolean): boolean {
    const holds = beforeAck && (this.#appended || this.heldAnswers > 0);
    this.#appended = false;
    this.#lent = false;
    return holds;
  }

  write(answers: readonly BareAnswer[]): void {
    if (!this.open) {
      for (const { written } of answers) written?.();
      return;
    }
    if (answers.length > 1 && answers.every(({ written }) => written === undefined)) {
      this.#socket.write(Buffer.concat(answers.map(({ bytes }) => bytes)));
      return;
    }
    if (answers.length > 1) this.#socket.cork();
    for (const { bytes, written } of answers) this.#socket.write(bytes, written);
    if (answers.length > 1) this.#socket.uncork();
  }

  /** Ends a connection whose bytes are not what this probe speaks. */
  refuse(why: string): void {
    process.stderr.write(`bare probe: a connection was ended: ${why}\n`);
    this.#socket.destroy();
  }

  /** Where the next bytes go. */
  #room(): Uint8Array {
    if (this.#read === this.#end && !this.#lent) {
      this.#read = 0;
      this.#end = 0;
    }
    if (this.#slab.length - this.#end < roomBytesMin) this.#turnOver();
    return this.#slab.subarray(this.#end);
  }

  /** Moves what is not a whole frame yet to the front, into a larger slab when the frame needs one. */
  #turnOver(): void {
    if (this.#lent) this.#turn.flush();
    this.#lent = false;
    const held = this.#end - this.#read;
    const frameBytes = held >= 4 ? this.#slab.readInt32BE(this.#read) + 4 : 0;
    const wanted = Math.max(frameBytes, held) + roomBytesMin;
    const goal =
      wanted > this.#slab.length ? Buffer.allocUnsafeSlow(Math.max(wanted, slabBytes)) : this.#slab;
    this.#slab.copy(goal, 0, this.#read, this.#end);
    this.#slab = goal;
    this.#read = 0;
    this.#end = held;
  }

  #cut(): void {
    while (!this.#waiting && this.open && this.#end - this.#read >= 4) {
      const size = this.#slab.readInt32BE(this.#read);
      if (size < 8 || size > frameBytesMax) return this.refuse(`a frame of ${size} bytes`);
      const start = this.#read + 4;
      const end = start + size;
      if (end > this.#end) return;
      this.#read = end;
      this.#service(this, { bytes: this.#slab, start, end });
    }
    if (this.#waiting && this.#end - this.#read > frameBytesMax) this.refuse('too much behind a request');
  }
}
