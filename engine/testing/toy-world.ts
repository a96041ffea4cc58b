// A toy world in memory, only to try the conformance suite: a node of it keeps the contract, and each `Mistake` that it
// is told to make breaks one sentence of it. Time is virtual; there are no faults beside the mistakes.

import { Heap } from '../base/heap.ts';
import type { Clock, Ports, Random, Timers } from '../ports.ts';
import type { Life } from './probe.ts';
import { ToyDisk, type ToyFiles } from './toy-disk.ts';
import { ToyNetwork } from './toy-network.ts';

/** The mistakes by the check that must notice them, named by the beginning of its sentence. */
export const mistakes = {
  'wall time has fractions': 'clock: wall time',
  'monotonic time goes back': 'clock: monotonic',
  'timers fire early': 'timers: fire once',
  'timers fire inside the call': 'timers: fire once',
  'timers fire twice': 'timers: fire once',
  'cancel does nothing': 'timers: a cancelled timer',
  'cancel is too late for what is due': 'timers: cancel is final',
  'timers of one tenth of a second fire last first': 'timers: fire in the order',
  'only five hundred timers': 'timers: a timer may set timers',
  'delays have 31 bits': 'timers: a delay of months',
  'below reaches n': 'random: whole numbers',
  'below takes anything': 'random: below refuses',
  'uuids of no version': 'random: uuids',
  'uuids that begin with a dash': 'random: uuids',
  'open always creates': 'disk: open without create',
  'open empties': 'disk: open with create makes',
  'open makes directories': 'disk: open with create below',
  'makeDir refuses what is there': 'disk: makeDir makes parents',
  'makeDir takes a file for a directory': 'disk: makeDir where a file',
  'list in order of creation': 'disk: list is sorted',
  'missing is a success': 'disk: list, rename',
  'rename copies': 'disk: rename replaces',
  'rename moves one level': 'disk: rename moves a directory',
  'remove takes one level': 'disk: remove',
  'append takes the first chunk': 'disk: append writes its chunks',
  'append takes 1024 chunks': 'disk: an append may have thousands',
  'sizes count at once': 'disk: sizeBytes',
  'read clears its buffer': 'disk: readAt',
  'writeAt appends': 'disk: writeAt',
  'truncate leaves the end': 'disk: truncate',
  'append keeps the bytes of the caller': 'disk: the bytes of an append',
  'openings are private': 'disk: two openings',
  'appends change places': 'disk: an operation issued after',
  'appends mix': 'disk: appends in flight',
  'close forgets what is in flight': 'disk: operations in flight',
  'closed files still work': 'disk: operations in flight',
  'one sync at a time': 'disk: sync and syncDir',
  'death empties the disk': 'disk: after a process death',
  'disk answers inside the call': 'disk: open with create makes',
  'disk answers twice': 'disk: append writes its chunks',
  'port zero stays zero': 'network: listen on port 0',
  'a port can be taken twice': 'network: a port that is taken',
  'connect always succeeds': 'network: where nobody listens',
  'a closing listener breaks its connections': 'network: a closed listener',
  'only fifty connections': 'network: a hundred connections',
  'chunks change places': 'network: bytes arrive complete',
  'bytes before attach are lost': 'network: nothing is delivered before attach',
  'send tells nothing': 'network: send tells',
  'keeps what was lent': 'network: after drained',
  'buffers without end': 'network: a paused receiver',
  'pause comes late': 'network: pause stops',
  'close drops the queue': 'network: close sends',
  'close drops what waits behind': 'network: close also sends',
  'own close is told': 'network: after closed or close',
  'bytes after own close': 'network: own close stops',
  'the end overtakes bytes': 'network: a paused connection',
  'an end before attach is lost': 'network: an end that came',
  'the dead are called': 'every port: after',
} as const;

export type Mistake = keyof typeof mistakes;

interface Happening {
  readonly atUs: number;
  readonly sequence: number;
  readonly happen: () => void;
}

/** Virtual time, and what is to happen in it. */
export class ToyWorld {
  nowUs = 1000;
  #sequence = 0;
  readonly #queue = new Heap<Happening>(
    (a, b) => a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence),
  );
  readonly mistake: Mistake | undefined;

  constructor(mistake: Mistake | undefined) {
    this.mistake = mistake;
  }

  makes(mistake: Mistake): boolean {
    return this.mistake === mistake;
  }

  later(delayUs: number, happen: () => void): void {
    this.#queue.push({ atUs: this.nowUs + delayUs, sequence: this.#sequence++, happen });
  }

  /** Lets things happen until `until()` holds or the time is over. */
  advance(until: () => boolean, limitMs: number): void {
    const endUs = this.nowUs + limitMs * 1000;
    while (!until()) {
      const next = this.#queue.peek();
      if (next === undefined || next.atUs > endUs) {
        this.nowUs = endUs;
        return;
      }
      this.#queue.pop();
      this.nowUs = Math.max(this.nowUs, next.atUs);
      next.happen();
    }
  }
}

/** One life of one node; `later` drops what comes after its death. */
export class ToyNode {
  readonly world: ToyWorld;
  alive = true;

  constructor(world: ToyWorld) {
    this.world = world;
  }

  later(delayUs: number, happen: () => void): void {
    this.world.later(delayUs, () => {
      if (this.alive || this.world.makes('the dead are called')) happen();
    });
  }
}

export function toyLife(mistake: Mistake | undefined): Life {
  const world = new ToyWorld(mistake);
  const network = new ToyNetwork(world);
  const files: ToyFiles = new Map([['', { kind: 'directory' }]]);
  const node = new ToyNode(world);
  const born = (one: ToyNode, disk: ToyFiles): Ports => ({
    clock: clockOf(world),
    timers: timersOf(one),
    disk: new ToyDisk(one, disk),
    network: network.of(one),
    random: randomOf(world),
    trace: { wants: () => false, emit() {} },
  });
  return {
    ports: born(node, files),
    peer: born(new ToyNode(world), new Map([['', { kind: 'directory' }]])),
    host: 'toy',
    advance: (until, limitMs) => world.advance(until, limitMs),
    die() {
      node.alive = false;
    },
    reborn() {
      if (world.makes('death empties the disk')) files.clear();
      return born(new ToyNode(world), files);
    },
    dispose() {},
  };
}

function clockOf(world: ToyWorld): Clock {
  let looks = 0;
  return {
    wallMs: () =>
      1_700_000_000_000 +
      (world.makes('wall time has fractions') ? 0.5 : 0) +
      world.nowUs / 1000 -
      ((world.nowUs / 1000) % 1),
    monotonicUs: () => world.nowUs - (world.makes('monotonic time goes back') ? looks++ % 3 : 0),
  };
}

function timersOf(node: ToyNode): Timers {
  const { world } = node;
  let pending = 0;
  const due: (() => void)[] = [];
  return {
    after(delayUs, fire) {
      let cancelled = false;
      if (world.makes('timers fire inside the call') && delayUs === 0) fire();
      if (world.makes('only five hundred timers') && pending >= 500) return () => {};
      pending++;
      node.later(delayOf(world, delayUs), () => {
        pending--;
        if (cancelled && !world.makes('cancel does nothing')) return;
        if (!world.makes('cancel is too late for what is due')) {
          fire();
          if (world.makes('timers fire twice')) node.later(1, fire);
          return;
        }
        due.push(fire);
        node.later(1, () => due.shift()?.());
      });
      return () => {
        cancelled = true;
      };
    },
  };
}

function delayOf(world: ToyWorld, delayUs: number): number {
  if (world.makes('timers fire early') && delayUs > 1) return delayUs - 1;
  if (world.makes('timers of one tenth of a second fire last first') && delayUs > 5000)
    return 100_000 - delayUs;
  if (world.makes('delays have 31 bits') && delayUs / 1000 >= 2 ** 31) return 1000;
  return delayUs;
}

function randomOf(world: ToyWorld): Random {
  let state = 12_345;
  const word = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) ^ (state >>> 7)) >>> 0;
  };
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return {
    below(n) {
      const wrong = !Number.isInteger(n) || n < 1 || n > 2 ** 32;
      if (wrong && !world.makes('below takes anything')) throw new Error(`below(${n})`);
      return (word() >>> 3) % (n + (world.makes('below reaches n') ? 1 : 0));
    },
    uuid() {
      const text = Array.from({ length: 22 }, () => digits.charAt(word() >>> 26));
      if (!world.makes('uuids of no version')) text[8] = digits.charAt(16 + (word() >>> 30));
      if (text[0] === '-' && !world.makes('uuids that begin with a dash')) text[0] = digits.charAt(0);
      text[10] = digits.charAt(((word() >>> 28) << 2) | 2);
      text[21] = digits.charAt((word() >>> 30) << 4);
      return text.join('');
    },
  };
}
