import { describe, expect, test } from 'vitest';
import { defaultLimits } from './limits.ts';
import { Randomness } from './random.ts';
import { Fingerprint } from './record/recorder.ts';
import { label, Scheduler } from './scheduler.ts';

const what = label('test');
const forEver = 10 ** 12;

function made(seed = 'seed', limits = {}) {
  const scheduler = new Scheduler(new Randomness(seed), { ...defaultLimits, ...limits });
  return { scheduler, owner: scheduler.owner('node') };
}

describe('scheduler', () => {
  test('runs events in the order of their times, steps counted and causes known', () => {
    const { scheduler, owner } = made();
    const seen: string[] = [];
    const note = (name: string) => () => {
      seen.push(`${name} at ${scheduler.nowUs}, step ${scheduler.step} caused by ${scheduler.cause}`);
      if (name === 'b') scheduler.after(5, owner, what, note('d'));
    };
    for (const [at, name] of [
      [30, 'c'],
      [10, 'a'],
      [20, 'b'],
    ] as const)
      scheduler.at(at, owner, what, note(name));
    expect(scheduler.run(100, forEver)).toBe('reached');
    expect(seen).toEqual([
      'a at 10, step 1 caused by 0',
      'b at 20, step 2 caused by 0',
      'd at 25, step 3 caused by 2',
      'c at 30, step 4 caused by 0',
    ]);
    expect(scheduler.nowUs).toBe(forEver);
  });

  test('against a sorted list, with cancels, thousands of events', () => {
    const { scheduler, owner } = made();
    const draw = new Randomness('model').chooser('model');
    const expected: number[] = [];
    const ran: number[] = [];
    const ids: number[] = [];
    const times: number[] = [];
    for (let count = 0; count < 5000; count++) {
      const timeUs = draw.below(1_000_000);
      times.push(timeUs);
      ids.push(scheduler.at(timeUs, owner, what, () => ran.push(timeUs)));
    }
    for (const [index, id] of ids.entries()) {
      if (draw.below(3) > 0) {
        scheduler.cancel(id);
        scheduler.cancel(id);
      } else expected.push(times[index] as number);
    }
    expect(scheduler.queued).toBe(expected.length);
    expect(scheduler.run(forEver, () => false)).toBe('quiet');
    expect(ran).toEqual(expected.sort((a, b) => a - b));
    expect(scheduler.step).toBe(expected.length);
  });

  test('a cancel after the event ran does not hit the event that took its place', () => {
    const { scheduler, owner } = made();
    const old = scheduler.at(1, owner, what, () => {});
    scheduler.run(1, 1);
    let ran = false;
    scheduler.at(2, owner, what, () => {
      ran = true;
    });
    scheduler.cancel(old);
    scheduler.run(1, forEver);
    expect(ran).toBe(true);
  });

  test('events at the same time interleave by the seed: the same one always the same', () => {
    const order = (seed: string) => {
      const { scheduler, owner } = made(seed);
      const seen: number[] = [];
      for (let n = 0; n < 8; n++) scheduler.at(5, owner, what, () => seen.push(n));
      scheduler.run(100, forEver);
      return seen.join('');
    };
    expect(order('a')).toBe(order('a'));
    expect(new Set(['a', 'b', 'c', 'd', 'e'].map(order)).size).toBeGreaterThan(3);
  });

  test("a dead incarnation's events are dropped, without a step", () => {
    const { scheduler, owner } = made();
    const other = scheduler.owner('other');
    const seen: string[] = [];
    scheduler.at(10, owner, what, () => seen.push('dead'));
    scheduler.at(10, other, what, () => seen.push('other'));
    scheduler.nextIncarnation(owner);
    scheduler.at(11, owner, what, () => seen.push('next life'));
    scheduler.run(100, forEver);
    expect(seen).toEqual(['other', 'next life']);
    expect(scheduler.step).toBe(2);
  });

  test('a paused owner gets its events after it resumes, in order, cancelled ones never', () => {
    const { scheduler, owner } = made();
    const other = scheduler.owner('other');
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${scheduler.nowUs}`);
    scheduler.at(10, owner, what, note('a'));
    scheduler.at(20, owner, what, note('b'));
    const cancelled = scheduler.at(15, owner, what, note('cancelled while held'));
    scheduler.at(15, other, what, note('other'));
    scheduler.at(200, owner, what, note('c'));
    scheduler.pause(owner);
    scheduler.run(100, 100);
    expect(seen).toEqual(['other@15']);
    scheduler.cancel(cancelled);
    expect(scheduler.resume(owner)).toBe(2);
    scheduler.run(100, forEver);
    expect(seen).toEqual(['other@15', 'a@100', 'b@100', 'c@200']);
  });

  test('a death while paused drops what was held', () => {
    const { scheduler, owner } = made();
    let ran = 0;
    scheduler.at(10, owner, what, () => ran++);
    scheduler.pause(owner);
    scheduler.run(100, 50);
    scheduler.nextIncarnation(owner);
    expect(scheduler.isPaused(owner)).toBe(false);
    scheduler.run(100, forEver);
    expect(ran).toBe(0);
  });

  test('run comes back with its reason: slice, quiet, reached, limit, stopped', () => {
    const { scheduler, owner } = made('seed', { steps: 5 });
    const again = () => {
      scheduler.after(1, owner, what, again);
    };
    again();
    expect(scheduler.run(2, forEver)).toBe('slice');
    expect(scheduler.run(2, () => scheduler.step === 3)).toBe('reached');
    expect(scheduler.run(100, forEver)).toBe('limit');
    expect(scheduler.limitMet).toBe('steps: 5');
    const late = made('seed', { virtualUs: 100 });
    late.scheduler.at(101, late.owner, what, () => {});
    expect(late.scheduler.run(1, forEver)).toBe('limit');
    expect(late.scheduler.limitMet).toContain('virtual time');
    expect(made().scheduler.run(1, () => false)).toBe('quiet');
    const stopping = made();
    stopping.scheduler.at(1, stopping.owner, what, () => stopping.scheduler.stop());
    stopping.scheduler.at(2, stopping.owner, what, () => {});
    expect(stopping.scheduler.run(10, forEver)).toBe('stopped');
    expect(stopping.scheduler.step).toBe(1);
  });

  test('too many queued events are a finding', () => {
    const { scheduler, owner } = made('seed', { queuedEvents: 3 });
    for (let n = 0; n < 3; n++) scheduler.at(n, owner, what, () => {});
    expect(() => scheduler.at(4, owner, what, () => {})).toThrow(/at most 3 events/);
    expect(() => made().scheduler.at(1.5, owner, what, () => {})).toThrow(/whole microseconds/);
  });

  test('what an event throws goes to onBug with its owner and label; without it, it is thrown', () => {
    const { scheduler, owner } = made();
    scheduler.at(1, owner, what, () => {
      throw new Error('oops');
    });
    scheduler.at(2, owner, what, () => {
      throw new Error('again');
    });
    const bugs: string[] = [];
    scheduler.onBug = (by, error, text) => bugs.push(`${by.name} ${text} ${(error as Error).message}`);
    scheduler.run(1, forEver);
    expect(bugs).toEqual(['node test oops']);
    scheduler.onBug = undefined;
    expect(() => scheduler.run(1, forEver)).toThrow('again');
  });

  test('one event more of one owner leaves the ties of the others as they were', () => {
    const order = (extra: boolean) => {
      const { scheduler, owner } = made();
      const other = scheduler.owner('other');
      const seen: number[] = [];
      if (extra) scheduler.at(1, other, what, () => {});
      for (let n = 0; n < 10; n++) scheduler.at(5, owner, what, () => seen.push(n));
      scheduler.run(100, forEver);
      return seen;
    };
    expect(order(true)).toEqual(order(false));
  });

  test('the fingerprint covers time, owner and label of every step', () => {
    const print = (timeUs: number, ownerName: string, text: string) => {
      const scheduler = new Scheduler(new Randomness('seed'), defaultLimits);
      const fingerprint = new Fingerprint();
      scheduler.watch(fingerprint);
      scheduler.owner('one');
      const owners = [scheduler.owner('two'), scheduler.owner('three')];
      const owner = owners.find(({ name }) => name === ownerName) ?? scheduler.world;
      scheduler.at(timeUs, owner, label(text), () => {});
      scheduler.run(10, forEver);
      return fingerprint.text();
    };
    const prints = [
      print(1, 'two', 'x'),
      print(2, 'two', 'x'),
      print(1 + 2 ** 32, 'two', 'x'),
      print(1, 'three', 'x'),
      print(1, 'two', 'y'),
    ];
    expect(new Set(prints).size).toBe(5);
    expect(print(1, 'two', 'x')).toBe(prints[0]);
  });
});
