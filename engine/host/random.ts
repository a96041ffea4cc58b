// The host's randomness, from the system's generator, drawn in blocks because a call costs a microsecond.

import { randomFillSync } from 'node:crypto';
import { assert } from '../base/assert.ts';
import type { Random } from '../ports.ts';

const wordsPerBlock = 256;
const two32 = 2 ** 32;

export class HostRandom implements Random {
  readonly #block = new Uint32Array(wordsPerBlock);
  #next = wordsPerBlock;

  below(n: number): number {
    assert(Number.isInteger(n) && n >= 1 && n <= two32, `below(n) needs a whole n from 1 to 2^32, not ${n}`);
    // The top of the range that is no multiple of n would favour small values: draw again there.
    const fair = two32 - (two32 % n);
    for (;;) {
      const word = this.#word();
      if (word < fair) return word % n;
    }
  }

  uuid(): string {
    for (;;) {
      const bytes = new Uint8Array(Uint32Array.from([1, 2, 3, 4], () => this.#word()).buffer);
      bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
      const text = Buffer.from(bytes).toString('base64url');
      // Kafka never makes one that starts with a dash: command lines would take it for an option.
      if (!text.startsWith('-')) return text;
    }
  }

  #word(): number {
    if (this.#next === wordsPerBlock) {
      randomFillSync(this.#block);
      this.#next = 0;
    }
    return this.#block[this.#next++] as number;
  }
}
