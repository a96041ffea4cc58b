import { describe, expect, test } from 'vitest';
import { clockPort, epochMs, MachineClock, timersPort } from './clock.ts';
import { defaultLimits } from './limits.ts';
import { Randomness } from './random.ts';
import { Scheduler } from './scheduler.ts';

function made(wallOffsetMs = 0) {
  const scheduler = new Scheduler(new Randomness('seed'), defaultLimits);
  const owner = scheduler.owner('node');
  const clock = new MachineClock(scheduler, wallOffsetMs);
  return { scheduler, clock, port: clockPort(clock, 77), timers: timersPort(scheduler, owner, clock) };
}

describe('clock', () => {
  test('wall time starts off by the offset, jumps both ways; monotonic time does not care', () => {
    const { scheduler, clock, port } = made(-250);
    expect(port.wallMs()).toBe(epochMs - 250);
    scheduler.run(1, 3_000_000);
    const before = port.monotonicUs();
    clock.jump(-3_600_000);
    expect(port.wallMs()).toBe(epochMs + 3000 - 250 - 3_600_000);
    clock.jump(7_200_000);
    expect(clock.errorMs).toBe(3_600_000 - 250);
    expect(port.monotonicUs()).toBe(before);
    expect(before).toBe(3_000_077);
  });

  test('a machine that is made later begins with the time that it is then', () => {
    const { scheduler, clock } = made();
    scheduler.run(1, 3_000_000);
    const later = new MachineClock(scheduler, 40);
    expect(later.wallMs()).toBe(clock.wallMs() + 40);
    expect(later.errorMs).toBe(40);
    later.drift(100_000);
    scheduler.run(1, 13_000_000);
    expect(later.wallMs()).toBe(clock.wallMs() + 40 + 1000);
  });

  test('drift is felt by both clocks, and a change of drift is no jump', () => {
    const { scheduler, clock, port } = made();
    clock.drift(100_000);
    scheduler.run(1, 10_000_000);
    expect(port.monotonicUs() - 77).toBe(11_000_000);
    expect(port.wallMs()).toBe(epochMs + 11_000);
    clock.drift(-500_000);
    expect(port.monotonicUs() - 77).toBe(11_000_000);
    scheduler.run(1, 20_000_000);
    expect(port.monotonicUs() - 77).toBe(16_000_000);
  });

  test('monotonic time never goes back, whatever the drift', () => {
    const { scheduler, clock, port } = made();
    const draw = new Randomness('drifts').chooser('drifts');
    let before = port.monotonicUs();
    for (let round = 0; round < 3000; round++) {
      scheduler.run(1, scheduler.nowUs + draw.below(50));
      if (round % 10 === 0) clock.drift(draw.between(-500_000, 500_000));
      if (round % 7 === 0) clock.jump(draw.between(-1000, 1000));
      expect(port.monotonicUs()).toBeGreaterThanOrEqual(before);
      before = port.monotonicUs();
    }
  });

  test("timers are never early by the node's own clock, also when it slows down after they were set", () => {
    const draw = new Randomness('timers').chooser('timers');
    const { scheduler, clock, port, timers } = made();
    let fired = 0;
    for (let round = 0; round < 500; round++) {
      const delayUs = draw.below(100_000);
      const setUs = port.monotonicUs();
      timers.after(delayUs, () => {
        fired++;
        expect(port.monotonicUs() - setUs).toBeGreaterThanOrEqual(delayUs);
      });
      if (draw.below(5) === 0) clock.drift(draw.between(-400_000, 0));
      scheduler.run(1000, scheduler.nowUs + draw.below(2000));
    }
    scheduler.run(10_000, scheduler.nowUs + 1_000_000);
    expect(fired).toBe(500);
  });

  test('a fast clock fires early in true time', () => {
    const { scheduler, clock, timers } = made();
    clock.drift(500_000);
    let atUs = 0;
    timers.after(3_000_000, () => {
      atUs = scheduler.nowUs;
    });
    scheduler.run(1, 10_000_000);
    expect(atUs).toBe(2_000_000);
  });
});
