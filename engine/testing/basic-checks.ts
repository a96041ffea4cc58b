// The port checks of Clock, Timers and Random.

import { assert } from '../base/assert.ts';
import type { Check } from './probe.ts';

const dayUs = 24 * 3600 * 1_000_000;

export const clockChecks: readonly Check[] = [
  {
    sentence: 'clock: wall time is in whole milliseconds since 1970',
    *run(probe) {
      const now = probe.ports.clock.wallMs();
      assert(Number.isSafeInteger(now), 'a timestamp goes on the wire as an integer');
      assert(now > 0, 'wall time is after 1970');
    },
  },
  {
    sentence: 'clock: monotonic time never goes back and goes on while time passes',
    *run(probe) {
      const { clock } = probe.ports;
      const start = clock.monotonicUs();
      let before = start;
      for (let round = 0; round < 20; round++) {
        for (let look = 0; look < 100; look++) {
          const now = clock.monotonicUs();
          assert(now >= before, 'monotonic time never goes back');
          before = now;
        }
        yield* probe.pass(1);
      }
      const passedUs = clock.monotonicUs() - start;
      assert(passedUs >= 10_000, `twenty milliseconds passed, the clock says ${passedUs} us`);
    },
  },
];

export const timerChecks: readonly Check[] = [
  {
    sentence: 'timers: fire once, never inside the call, never early',
    *run(probe) {
      const { clock } = probe.ports;
      const delaysUs = [0, 1, 10, 400, 999, 1000, 1001, 1500, 2999, 5000, 7777, 12_345, 20_000];
      const timers = delaysUs.map((delayUs) => {
        const setUs = clock.monotonicUs();
        const firings: number[] = [];
        probe.timer(delayUs, firings);
        return { delayUs, setUs, firings };
      });
      yield* probe.until('every timer fires', () => timers.every(({ firings }) => firings.length > 0));
      yield* probe.pass(30);
      for (const { delayUs, setUs, firings } of timers) {
        assert(firings.length === 1, `a timer fires once, not ${firings.length} times`);
        const tookUs = (firings[0] as number) - setUs;
        assert(tookUs >= delayUs, `a timer of ${delayUs} us must not fire after ${tookUs} us`);
      }
    },
  },
  {
    sentence: 'timers: a cancelled timer never fires; cancel may be called twice, and after the firing',
    *run(probe) {
      const cancelled: number[] = [];
      const kept: number[] = [];
      const cancels = [0, 1000, 3000].map((delayUs) => probe.timer(delayUs, cancelled));
      const cancelKept = probe.timer(2000, kept);
      for (const cancel of cancels) {
        probe.act(cancel);
        probe.act(cancel);
      }
      yield* probe.until('the other timer fires', () => kept.length > 0);
      probe.act(cancelKept);
      yield* probe.pass(10);
      assert(cancelled.length === 0, 'a cancelled timer never fires');
      assert(kept.length === 1, 'the timer that was kept fires once');
    },
  },
  {
    sentence: 'timers: cancel is final even for a timer that is due already',
    *run(probe) {
      const { timers } = probe.ports;
      let fired = 0;
      let cancelSecond = () => {};
      probe.act(() =>
        timers.after(1000, () => {
          fired++;
          cancelSecond();
        }),
      );
      cancelSecond = probe.act(() =>
        timers.after(1000, () => {
          // Due at the same moment, it may lawfully have fired first.
          if (fired > 0) probe.complain('fired after its cancel');
        }),
      );
      yield* probe.until('the first timer fires', () => fired > 0);
      yield* probe.pass(10);
    },
  },
  {
    sentence: 'timers: fire in the order of their times',
    *run(probe) {
      const order: number[] = [];
      for (const delayMs of [40, 10, 30, 20]) {
        probe.act(() => probe.ports.timers.after(delayMs * 1000, () => order.push(delayMs)));
      }
      yield* probe.until('four timers fire', () => order.length === 4);
      assert(order.join() === '10,20,30,40', `timers fire in the order of their times, not ${order.join()}`);
    },
  },
  {
    sentence: 'timers: a timer may set timers, a thousand at once are no trouble',
    *run(probe) {
      let fired = 0;
      const fire = () => {
        probe.heard('a timer of a timer');
        fired++;
      };
      probe.act(() =>
        probe.ports.timers.after(500, () => {
          for (let count = 0; count < 1000; count++) {
            probe.act(() => probe.ports.timers.after(count % 3, fire));
          }
        }),
      );
      yield* probe.until('all thousand fire', () => fired === 1000);
    },
  },
  {
    sentence: 'timers: a delay of months does not fire now',
    *run(probe) {
      for (const days of [25, 60, 300]) {
        const firings: number[] = [];
        const cancel = probe.timer(days * dayUs, firings);
        yield* probe.pass(20);
        assert(firings.length === 0, `a timer of ${days} days fired at once`);
        probe.act(cancel);
      }
    },
  },
];

export const randomChecks: readonly Check[] = [
  {
    sentence: 'random: whole numbers below n, all of them, for every n from 1 to 2^32',
    *run(probe) {
      const { random } = probe.ports;
      for (const n of [1, 2, 6, 1000, 2 ** 31, 2 ** 32 - 1, 2 ** 32]) {
        const drawn = new Set<number>();
        for (let draw = 0; draw < 500; draw++) {
          const value = random.below(n);
          assert(Number.isInteger(value) && value >= 0 && value < n, `${value} is not below ${n}`);
          drawn.add(value);
        }
        if (n <= 6) assert(drawn.size === n, `500 draws below ${n} must show every value`);
        if (n >= 2 ** 31) assert(drawn.size > 490, `500 draws below ${n} must hardly ever repeat`);
      }
    },
  },
  {
    sentence: 'random: below refuses an n outside its range',
    *run(probe) {
      for (const n of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
        let refused = false;
        try {
          probe.ports.random.below(n);
        } catch {
          refused = true;
        }
        assert(refused, `below(${n}) is a bug of the caller and must throw`);
      }
    },
  },
  {
    sentence: "random: uuids are of version 4, in Kafka's text form, begin with no dash, and differ",
    *run(probe) {
      const seen = new Set<string>();
      for (let draw = 0; draw < 200; draw++) {
        const uuid = probe.ports.random.uuid();
        assert(/^[A-Za-z0-9_-]{22}$/.test(uuid), `"${uuid}" is not 22 characters of base64url`);
        assert(!uuid.startsWith('-'), `"${uuid}" would be an option on a command line`);
        // Byte 6 is characters 8 and 9: its high nibble is bits 0..3 of character 8 (48 bits = 8 characters).
        assert(base64Digit(uuid, 8) >> 2 === 4, `"${uuid}" is not of version 4`);
        // Byte 8 starts at bit 64 = character 10, bit 4 of 6: its two high bits are the low bits of character 10.
        assert((base64Digit(uuid, 10) & 3) === 2, `"${uuid}" is not of the variant of RFC 9562`);
        assert((base64Digit(uuid, 21) & 15) === 0, `"${uuid}" has bits behind its 16 bytes`);
        seen.add(uuid);
      }
      assert(seen.size === 200, 'uuids differ');
    },
  },
];

function base64Digit(uuid: string, at: number): number {
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(uuid.charAt(at));
}
