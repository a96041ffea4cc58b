// When faults begin and end, and whom they hurt; and that every fault there is hurts and heals.

import { describe, expect, test } from 'vitest';
import { FaultPlan } from './fault-plan.ts';
import { registries } from './registries.ts';
import type { ScenarioFault } from './scenario/schema.ts';
import { TestingStage } from './testing-stage.ts';

function playing(
  faults: readonly object[],
  seed = '1',
  clients = ['produce-1', 'produce-2'],
  without: readonly string[] = [],
) {
  const stage = new TestingStage(seed, ['broker-1'], clients);
  const plan = new FaultPlan(stage, registries.faults, without);
  plan.beginPhase('hurt', faults as ScenarioFault[]);
  return { stage, plan };
}

describe('timed faults', () => {
  test('begin at their time and end after theirs', () => {
    const { stage, plan } = playing([{ fault: 'crash', at: 2, for: 3 }]);
    stage.pass(1.9);
    expect(stage.deeds).toEqual([]);
    stage.pass(0.2);
    expect(stage.deeds).toEqual(['broker-1: crash']);
    stage.pass(3);
    expect(stage.deeds).toEqual(['broker-1: crash', 'broker-1: boot']);
    expect(plan.effects).toMatchObject([{ fault: 'crash', tookEffect: true, began: { timeUs: 2e6 } }]);
    expect(plan.effects[0]?.ended?.timeUs).toBe(5e6);
  });

  test('a span is drawn by the seed, within its bounds', () => {
    const begins = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const { stage, plan } = playing([{ fault: 'crash', at: [1, 9] }], String(seed));
      stage.pass(10);
      const at = plan.effects[0]?.began.timeUs ?? 0;
      expect(at).toBeGreaterThanOrEqual(1e6);
      expect(at).toBeLessThanOrEqual(9e6);
      begins.add(at);
    }
    expect(begins.size).toBeGreaterThan(15);
  });

  test('one fault taken away leaves the draws of the others as they were', () => {
    const both = playing([
      { fault: 'crash', at: [1, 9], for: 1 },
      { fault: 'client-crash', at: [1, 9], for: 1 },
    ]);
    const alone = playing([
      { fault: 'crash', at: [1, 9], for: 1 },
      { fault: 'client-crash', at: 500 },
    ]);
    both.stage.pass(20);
    alone.stage.pass(20);
    const crash = (plan: FaultPlan) => plan.effects.find((effect) => effect.fault === 'crash')?.began.timeUs;
    expect(crash(both.plan)).toBe(crash(alone.plan));
  });
});

test('kinds that a control leaves out do not happen, and the others happen when they did', () => {
  const faults = [
    { fault: 'pause', at: [1, 9], for: 1 },
    { oneOf: [{ fault: 'crash', for: 0.1 }, { fault: 'network-half-open' }], every: [1, 2] },
  ];
  const whole = playing(faults);
  const control = playing(faults, '1', undefined, ['crash']);
  whole.stage.pass(30);
  control.stage.pass(30);
  const begins = (plan: FaultPlan) => plan.effects.map(({ fault, began }) => `${fault} ${began.timeUs}`);
  expect(begins(whole.plan).some((begin) => begin.startsWith('crash'))).toBe(true);
  expect(begins(control.plan)).toEqual(begins(whole.plan).filter((begin) => !begin.startsWith('crash')));
});

describe('faults again and again', () => {
  test('come at each turn, or by their ratio, until the phase ends', () => {
    const always = playing([{ fault: 'network-half-open', every: 1 }]);
    always.stage.pass(10.5);
    expect(always.plan.effects.length).toBe(10);
    always.plan.endPhase();
    always.stage.pass(10);
    expect(always.plan.effects.length).toBe(10);
    const sometimes = playing([{ fault: 'network-half-open', every: 1, ratio: '1/4' }]);
    sometimes.stage.pass(200);
    expect(sometimes.plan.effects.length).toBeGreaterThan(25);
    expect(sometimes.plan.effects.length).toBeLessThan(80);
  });

  test('of a group come by weight', () => {
    const oneOf = [
      { fault: 'network-half-open', weight: 9 },
      { fault: 'network-reset-before-delivery', weight: 1 },
    ];
    const { stage, plan } = playing([{ oneOf, every: 1 }]);
    stage.pass(300);
    const severed = plan.effects.filter((effect) => effect.fault === 'network-half-open').length;
    expect(severed).toBeGreaterThan(230);
    expect(severed).toBeLessThan(300);
  });
});

describe('triggered faults', () => {
  test('come at the nth event that fits, once', () => {
    const on = { event: 'log-appended', where: { topic: 'orders', node: 'leader-of orders/0' }, nth: 3 };
    const { stage } = playing([{ fault: 'restart', on }]);
    stage.happens('log-appended', { topic: 'other' });
    stage.happens('log-flushed', { topic: 'orders' });
    stage.happens('log-appended', { topic: 'orders' }, 'broker-2');
    for (let n = 0; n < 2; n++) stage.happens('log-appended', { topic: 'orders' });
    expect(stage.deeds).toEqual([]);
    for (let n = 0; n < 5; n++) stage.happens('log-appended', { topic: 'orders' });
    expect(stage.deeds).toEqual(['broker-1: crash', 'broker-1: boot']);
  });

  test('come in a share of the runs only, when they say so', () => {
    const on = { event: 'log-appended', nth: 1 };
    const came = (ratio: string) => {
      const { stage } = playing([{ fault: 'restart', on, ratio }]);
      stage.happens('log-appended', { topic: 'orders' });
      return stage.deeds.length > 0;
    };
    expect([came('1/1'), came('0/1')]).toEqual([true, false]);
  });
});

describe('targets', () => {
  test('all, one of a workload, and a name', () => {
    const all = playing([{ fault: 'client-crash', target: 'all' }]);
    all.stage.pass(0);
    expect(all.stage.deeds).toEqual(['produce-1: crash', 'produce-2: crash']);
    const one = playing([{ fault: 'client-crash', target: 'produce' }]);
    one.stage.pass(0);
    expect(one.stage.deeds.length).toBe(1);
    const named = playing([{ fault: 'pause', target: 'produce-2' }]);
    named.stage.pass(0);
    expect(named.stage.deeds).toEqual(['produce-2: pause']);
  });

  test('nobody, when nobody fits', () => {
    const { stage, plan } = playing([{ fault: 'client-crash', target: 'strangers' }]);
    stage.pass(1);
    expect(plan.effects).toEqual([]);
  });
});

test('a node that is down already is not hurt again: no effect', () => {
  const { stage, plan } = playing([
    { fault: 'crash', at: 1 },
    { fault: 'power-loss', at: 2 },
  ]);
  stage.pass(3);
  expect(plan.effects.map((effect) => effect.tookEffect)).toEqual([true, false]);
});

test('a trouble that nobody met took no effect', () => {
  const { stage, plan } = playing([{ fault: 'disk-full', at: 1 }]);
  for (const node of stage.nodes) node.felt = 0;
  stage.pass(2);
  plan.healAll();
  expect(plan.effects.map((effect) => effect.tookEffect)).toEqual([false]);
});

const required: Readonly<Record<string, object>> = {
  'clock-jump': { milliseconds: 1000 },
  'clock-drift': { partsPerMillion: 100 },
};

test.each(registries.faults.map((kind) => kind.name))('%s hurts, heals, and leaves everybody up', (name) => {
  const stage = new TestingStage('1', ['broker-1', 'broker-2', 'broker-3'], ['produce-1']);
  const plan = new FaultPlan(stage, registries.faults);
  plan.beginPhase('hurt', [{ fault: name, at: 1, ...required[name] }] as ScenarioFault[]);
  stage.pass(2);
  expect(plan.effects).toMatchObject([{ fault: name, tookEffect: true }]);
  expect(stage.deeds.length).toBeGreaterThan(0);
  plan.healAll();
  expect(plan.effects[0]?.ended).not.toBeNull();
  for (const node of stage.nodes) {
    expect(node.alive()).toBe(true);
    expect(node.paused()).toBe(false);
  }
  const laid = stage.deeds.filter((deed) => / (disk|network) /.test(deed));
  const lifted = laid.filter((deed) => deed.includes(': no '));
  expect(lifted.length * 2).toBe(laid.length);
  const before = stage.deeds.length;
  plan.healAll();
  expect(stage.deeds.length).toBe(before);
});

test('a fault with a name draws the same wherever it stands, and what was drawn for each is told', () => {
  const named = { fault: 'crash', target: 'one', at: [1, 9], for: [1, 3], as: 'the-crash' };
  const first = playing([named]);
  const third = playing([{ fault: 'client-crash', at: 1 }, { fault: 'client-crash', at: 2 }, named]);
  for (const { stage } of [first, third]) stage.pass(20);
  const facts = ({ plan }: typeof first) => {
    const begun = plan.begun.find(({ fault }) => fault.fault === 'crash');
    return { at: begun?.atUs, for: begun?.hurts[0]?.forUs, site: begun?.site, nth: begun?.nth };
  };
  expect(facts(first)).toEqual(facts(third));
  expect(facts(first)).toMatchObject({ site: 'the-crash', nth: null });
  expect(first.plan.begun[0]?.hurts[0]?.effect).toMatchObject({ target: 'broker-1', tookEffect: true });
  const unnamed = playing([{ ...named, as: undefined }]);
  unnamed.stage.pass(20);
  expect(facts(unnamed).at).not.toBe(facts(first).at);
});
