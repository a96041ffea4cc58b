// Faults that do one thing to several nodes, or several things one after the other.

import { describe, expect, test } from 'vitest';
import { FaultPlan } from './fault-plan.ts';
import { registries } from './registries.ts';
import type { ScenarioFault } from './scenario/schema.ts';
import { TestingStage } from './testing-stage.ts';

function playing(fault: object, seed = '1') {
  const stage = new TestingStage(
    seed,
    ['broker-1', 'broker-2', 'broker-3'],
    ['produce-1'],
    ['controller-1', 'controller-2', 'controller-3'],
  );
  const plan = new FaultPlan(stage, registries.faults);
  plan.beginPhase('hurt', [fault as ScenarioFault]);
  stage.pass(0);
  const take = () => stage.deeds.splice(0);
  return { stage, plan, take };
}

describe('the network between two sets', () => {
  test('is cut for each of the target, against all others', () => {
    const { plan, take } = playing({ fault: 'network-partition', target: 'broker-1, broker-2' });
    const others = 'broker-3 controller-1 controller-2 controller-3 produce-1';
    expect(take()).toEqual([
      `broker-1: network cut both | ${others}`,
      `broker-2: network cut both | ${others}`,
    ]);
    expect(plan.effects).toMatchObject([{ fault: 'network-partition', target: 'broker-1, broker-2' }]);
    plan.healAll();
    expect(take().length).toBe(2);
  });

  test('one way, against some, for some traffic', () => {
    const { take } = playing({
      fault: 'network-partition',
      target: 'broker-2',
      against: 'controllers',
      direction: 'from',
      traffic: ['controller'],
    });
    const against = 'controller-1 controller-2 controller-3';
    expect(take()).toEqual([`broker-2: network cut from | ${against} (controller)`]);
  });

  test('without a target a minority of the brokers is cut off', () => {
    const { take } = playing({ fault: 'network-partition' });
    expect(take().length).toBe(1);
  });

  test('single faults of the network lie over the same scopes', () => {
    const { take } = playing({
      fault: 'network-slow',
      target: 'broker-1',
      against: 'brokers',
      traffic: ['replication'],
    });
    expect(take()).toEqual(['broker-1: network slow both | broker-1 broker-2 broker-3 (replication)']);
    const delay = { fault: 'network-delay', target: 'broker-1', against: 'controller-2', direction: 'from' };
    expect(playing(delay).take()).toEqual(['broker-1: network slow from | controller-2']);
    const isolated = playing({ fault: 'network-isolate', target: 'controller' });
    expect(isolated.take()[0]).toMatch(/^controller-1: network cut both \| broker-1 .* produce-1$/);
  });
});

describe('a swizzle', () => {
  const swizzle = { fault: 'swizzle', stepMs: [100, 100], holdMs: 1_000, for: 60 };

  test('cuts one after the other, holds, and opens one after the other', () => {
    const { stage, take } = playing(swizzle);
    expect(take().length).toBe(1);
    stage.pass(0.25);
    expect(take().length).toBe(2);
    // The first opens after the third cut, its step and the hold.
    stage.pass(1.0);
    expect(take()).toEqual([]);
    stage.pass(0.1);
    expect(take().length).toBe(1);
    stage.pass(0.2);
    expect(take().every((deed) => deed.includes(': no network cut'))).toBe(true);
  });

  test('in drawn orders', () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const { stage, take } = playing(swizzle, String(seed));
      stage.pass(10);
      const names = take().map((deed) => deed.slice(0, 'broker-1'.length));
      expect(new Set(names.slice(0, 3)).size).toBe(3);
      expect(new Set(names.slice(3)).size).toBe(3);
      orders.add(names.join(' '));
    }
    expect(orders.size).toBeGreaterThan(6);
  });

  test('that is healed in the middle opens what it cut and cuts no more', () => {
    const { stage, plan, take } = playing(swizzle);
    stage.pass(0.15);
    take();
    plan.healAll();
    expect(take().length).toBe(2);
    stage.pass(20);
    expect(take()).toEqual([]);
  });
});

describe('a clean restart', () => {
  const clean = { fault: 'restart', clean: true, target: 'broker-2', graceSeconds: 5 };

  test('asks, waits, and starts again', () => {
    const { stage, take } = playing(clean);
    expect(take()).toEqual(['broker-2: terminate']);
    stage.pass(3);
    stage.nodes[1]?.ending?.();
    expect(take()).toEqual(['broker-2: end', 'broker-2: boot']);
    stage.pass(10);
    expect(take()).toEqual([]);
  });

  test('kills who takes too long, and does not wait for it when all is healed', () => {
    const late = playing(clean);
    late.stage.pass(5);
    expect(late.take()).toEqual(['broker-2: terminate', 'broker-2: crash', 'broker-2: boot']);
    const healed = playing(clean);
    healed.plan.healAll();
    expect(healed.take()).toEqual(['broker-2: terminate', 'broker-2: crash', 'broker-2: boot']);
  });

  test('a shutdown stays away until it is healed', () => {
    const { stage, plan, take } = playing({ fault: 'shutdown', target: 'broker-1' });
    stage.nodes[0]?.ending?.();
    stage.pass(100);
    expect(take()).toEqual(['broker-1: terminate', 'broker-1: end']);
    plan.healAll();
    expect(take()).toEqual(['broker-1: boot']);
  });
});

describe('a rolling restart', () => {
  test('goes on to the next broker when the last is back and in sync', () => {
    const { stage, take } = playing({ fault: 'rolling-restart', downSeconds: 1 });
    stage.nodes[0]?.ending?.();
    stage.behind.add('broker-1');
    stage.pass(1);
    expect(take()).toEqual(['broker-1: terminate', 'broker-1: end', 'broker-1: boot']);
    stage.pass(5);
    stage.happens('broker-started', {}, 'broker-1');
    stage.pass(5);
    expect(take()).toEqual([]);
    stage.behind.clear();
    stage.pass(1);
    expect(take()).toEqual(['broker-2: terminate']);
    stage.nodes[1]?.ending?.();
    stage.pass(1);
    stage.happens('broker-started', {}, 'broker-2');
    expect(take()).toEqual(['broker-2: end', 'broker-2: boot', 'broker-3: terminate']);
    stage.nodes[2]?.ending?.();
    stage.pass(1);
    stage.happens('broker-started', {}, 'broker-3');
    stage.pass(100);
    expect(take()).toEqual(['broker-3: end', 'broker-3: boot']);
  });

  test('does not wait for ever, and kills when told to', () => {
    const { stage, take } = playing({
      fault: 'rolling-restart',
      clean: false,
      downSeconds: 0,
      patienceSeconds: 10,
    });
    stage.pass(0);
    expect(take()).toEqual(['broker-1: crash', 'broker-1: boot']);
    stage.pass(10);
    expect(take()).toEqual(['broker-2: crash', 'broker-2: boot']);
  });

  test('leaves who is down to others, and starts nobody after the heal but the one it stopped', () => {
    const { stage, plan, take } = playing({ fault: 'rolling-restart', downSeconds: 100 });
    stage.nodes[1]?.crash();
    stage.nodes[0]?.ending?.();
    take();
    plan.healAll();
    expect(take()).toEqual(['broker-1: boot', 'broker-2: boot']);
    stage.pass(1_000);
    expect(take()).toEqual([]);
  });
});
