// Bytes copied by the engine, counted without a line in the engine: while a simulation runs, the methods by which
// typed arrays are copied count first and copy then, for whichever node's code is running at that moment. A real
// broker never meets any of this.
//
// Whose code is running is known at the ports: every way into the engine is a callback of a port, and every way out of
// it is a call of one (`counted-ports.ts` marks both). The simulator's own copies (its pipes, its page cache) are
// made behind a port and belong to nobody.
//
// Counted: `set`, `slice` and `copyWithin` of byte arrays: frames that are put together, fields and records that a
// writer takes in, messages joined to one piece, buffers that grow, batches put behind their header.
// Not counted: bytes written one by one or as numbers (lengths, varints, keys of the load), text that is encoded or
// decoded, a byte array constructed from another (the lz4 codec's output, once), and what native code does (codecs,
// checksums).

import { assert } from '../../engine/index.ts';
import type { Tally } from './tally.ts';

/** Who is charged for a copy. */
export interface Charged {
  readonly tally: Tally;
  /** `broker` or `client`: first word of the names of its counts. */
  readonly node: string;
}

/** Whose engine code runs now; undefined in the simulator and outside of a run. */
let running: Charged | undefined;

/** Runs engine code of a node: what it copies is its own. */
export function inside(charged: Charged, work: () => void): void {
  const before = running;
  running = charged;
  try {
    work();
  } finally {
    running = before;
  }
}

/** Runs what lies behind a port: nobody's copies. */
export function outside<T>(work: () => T): T {
  const before = running;
  running = undefined;
  try {
    return work();
  } finally {
    running = before;
  }
}

type ByteMethods = Pick<Uint8Array, 'set' | 'slice' | 'copyWithin'>;

let isCounting = false;

/** Counts from now on until the function that it returns is called. One simulation at a time in a thread. */
export function countCopies(): () => void {
  assert(!isCounting, 'one simulation at a time counts copies');
  isCounting = true;
  const methods = Object.getPrototypeOf(Uint8Array.prototype) as ByteMethods;
  const { set, slice, copyWithin } = methods;
  methods.set = function counted(this: Uint8Array, from: ArrayLike<number>, at?: number): void {
    charge(this, from.length);
    set.call(this, from, at);
  };
  methods.slice = function counted(this: Uint8Array, start?: number, end?: number) {
    const copy = slice.call(this, start, end);
    charge(this, copy.length);
    return copy;
  };
  methods.copyWithin = function counted(this: Uint8Array, to: number, start: number, end = this.length) {
    charge(this, Math.max(0, Math.min(end - start, this.length - to)));
    return copyWithin.call(this, to, start, end);
  } as ByteMethods['copyWithin'];
  return () => {
    Object.assign(methods, { set, slice, copyWithin });
    isCounting = false;
  };
}

function charge(array: unknown, bytes: number): void {
  if (running === undefined || !(array instanceof Uint8Array)) return;
  running.tally.add(`${running.node}.copies`);
  running.tally.add(`${running.node}.copiedBytes`, bytes);
}
