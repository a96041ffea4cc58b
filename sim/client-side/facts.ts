// The first pass over a history: of every value, who sent it, with what outcome, and who read it.

import { fail, info, type Ledger, ok } from './ledger.ts';

const okSent = 1;
const failSent = 2;
const okRead = 4;
const anyRead = 8;

export class Facts {
  readonly #ledger: Ledger;
  /** The last operation that tried to send it, -1 when there is none. */
  readonly writer: Int32Array;
  /** The first operation, whatever became of it, that read it; the first that was ok. */
  readonly firstReader: Int32Array;
  readonly firstOkReader: Int32Array;
  /** A value that two operations sent; -1 when, as must be, there is none. */
  sentTwice = -1;
  readonly #flags: Uint8Array;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    const { values } = ledger;
    this.writer = new Int32Array(values).fill(-1);
    this.firstReader = new Int32Array(values).fill(-1);
    this.firstOkReader = new Int32Array(values).fill(-1);
    this.#flags = new Uint8Array(values);
    for (let operation = 0; operation < ledger.operations; operation++) this.#take(operation);
  }

  #take(operation: number): void {
    const ledger = this.#ledger;
    const outcome = ledger.outcome(operation);
    const sent = outcome === ok ? okSent : outcome === fail ? failSent : 0;
    for (let send = ledger.sendsFrom(operation); send < ledger.sendsFrom(operation + 1); send++) {
      const value = ledger.sendValue(send);
      if (this.writer[value] !== -1) this.sentTwice = value;
      this.writer[value] = operation;
      this.#flag(value, sent);
    }
    for (let read = ledger.readsFrom(operation); read < ledger.readsFrom(operation + 1); read++) {
      const value = ledger.readValue(read);
      this.#flag(value, outcome === ok ? okRead | anyRead : anyRead);
      if (this.firstReader[value] === -1) this.firstReader[value] = operation;
      if (outcome === ok && this.firstOkReader[value] === -1) this.firstOkReader[value] = operation;
    }
  }

  #flag(value: number, flags: number): void {
    this.#flags[value] = (this.#flags[value] as number) | flags;
  }

  #has(value: number, flag: number): boolean {
    return ((this.#flags[value] as number) & flag) !== 0;
  }

  wasAcknowledged(value: number): boolean {
    return this.#has(value, okSent);
  }

  /** Some operation that sent it certainly did not happen. */
  failed(value: number): boolean {
    return this.#has(value, failSent);
  }

  /** An operation that was ok read it. */
  wasRead(value: number): boolean {
    return this.#has(value, okRead);
  }

  /** Any operation read it: pollers are shown only what is safe, whatever becomes of themselves. */
  wasReadByAnybody(value: number): boolean {
    return this.#has(value, anyRead);
  }

  /** It was ok; or nobody knows, and somebody read a value that it sent, which proves all of it. */
  mustHaveCommitted(operation: number): boolean {
    const ledger = this.#ledger;
    const outcome = ledger.outcome(operation);
    if (outcome === ok) return true;
    if (outcome !== info) return false;
    for (let send = ledger.sendsFrom(operation); send < ledger.sendsFrom(operation + 1); send++) {
      if (this.wasRead(ledger.sendValue(send))) return true;
    }
    return false;
  }
}
