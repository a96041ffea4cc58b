// What is owed to a record: each row by hand, and two laws over drawn histories: a fault less never makes a contract
// looser, nor does a higher acks.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acked, Both } from '../checkers/testing-cluster-material.ts';
import { Story } from '../checkers/testing-material.ts';
import type { Effect, Material } from '../material.ts';
import type { ClusterStory } from '../monitor/testing-cluster.ts';
import type { SendOperation } from '../record/history.ts';
import type { GivenConfiguration } from './configuration.ts';
import type { RecordContract } from './record-contract.ts';

const given = (more: Partial<GivenConfiguration> = {}): GivenConfiguration => ({
  broker: {},
  topics: {},
  electsUncleanly: false,
  ...more,
});
const synced = given({ broker: { 'log.flush.interval.messages': '1' } });

function only(material: Material): RecordContract {
  return material.contracts.of(material.sends[0] as SendOperation);
}

describe('survives', () => {
  const told = (act: (story: Story) => void, acks: -1 | 0 | 1 = -1, configuration = given()) => {
    const story = new Story();
    story.acked(1, { acks, idempotent: false });
    act(story);
    return only(story.material({ configuration })).survives;
  };
  const powerLoss = (story: Story) => story.effect('power-loss', 'unsynced-lost');

  test('what was acknowledged must, without a fault', () => {
    for (const acks of [-1, 0, 1] as const) expect(told(() => {}, acks).is).toBe('must');
  });

  test('what was not acknowledged may vanish', () => {
    for (const outcome of ['failed', 'unknown'] as const) {
      const story = new Story();
      story.history.end(story.send(0), outcome, 'NOT_ENOUGH_REPLICAS');
      expect(only(story.material()).survives.is).toBe('may-vanish');
    }
  });

  test('a power loss permits it, and is named with its target and step, beside the settings', () => {
    const { is, because } = told(powerLoss, 1);
    expect(is).toBe('may-vanish');
    expect(because.fault).toEqual({ kind: 'power-loss', target: 'broker-1', step: 3 });
    expect(because.settings).toEqual([
      'acks=1',
      'min.insync.replicas=1',
      'flush.messages=9223372036854775807',
    ]);
  });

  test('a process crash permits it with acks=0 alone', () => {
    const crash = (story: Story) => story.effect('crash', 'harmless');
    expect([0, 1, -1].map((acks) => told(crash, acks as 0 | 1 | -1).is)).toEqual([
      'may-vanish',
      'must',
      'must',
    ]);
    expect(told(crash, 0).because.fault?.kind).toBe('crash');
  });

  test('flush.messages=1: a power loss takes nothing, even where no broker told of a sync', () => {
    expect(told(powerLoss, -1, synced).is).toBe('must');
    expect(told(powerLoss, 1, synced).is).toBe('must');
    expect(told(powerLoss, 0, synced).is).toBe('may-vanish');
    const poisoned = (story: Story) => {
      story.effect('fsync-lie', 'anything-lost');
      powerLoss(story);
    };
    expect(told(poisoned, -1, synced).is).toBe('may-vanish');
  });

  test('flush.messages=1 counts from when it was in effect: a change while the record is under way does not', () => {
    const changed = (early: boolean) => {
      const story = new Story();
      const change = () =>
        story.event('config-changed', { resource: 'topic:orders', key: 'flush.messages', value: '1' });
      if (early) change();
      const send = story.send(0);
      if (!early) change();
      story.ok(send, 0);
      powerLoss(story);
      return only(story.material({ configuration: given() })).survives.is;
    };
    expect([changed(true), changed(false)]).toEqual(['must', 'may-vanish']);
  });

  test('what retention removed is owed to nobody', () => {
    const trim = (story: Story) => story.event('log-start-moved', { logStartOffset: 1, reason: 'retention' });
    expect(told(trim).is).toBe('removed');
  });
});

describe('survives, with replicas', () => {
  test('acks=1: a deposed leader may have had it alone; the fault that deposed it is named', () => {
    const deposed = (acks: -1 | 1) => {
      const both = new Both().meanwhile((cluster) => cluster.begun());
      const send = both.story.send(0, { acks, idempotent: false });
      both.meanwhile((cluster) => cluster.append(1, 0));
      both.story.ok(send, 0);
      both.story.effect('crash', 'harmless', { ended: null });
      both.meanwhile((cluster) => {
        cluster.crash(1);
        cluster.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
      });
      return only(both.material()).survives;
    };
    expect(deposed(1)).toMatchObject({
      is: 'may-vanish',
      because: { fault: { kind: 'crash', target: 'broker-1' } },
    });
    expect(deposed(-1).is).toBe('must');
  });

  const lostBy = (change: { leader: number; isr: string; first?: boolean }, configuration = given()) => {
    const both = acked().meanwhile((cluster) => {
      cluster.truncate(change.leader, 9);
      if (change.first) cluster.commit({ leader: -1, leaderEpoch: 1, isr: '', eligible: '' });
      cluster.commit({ leader: change.leader, leaderEpoch: 2, isr: change.isr, unclean: true });
    });
    const material = both.material({ configuration });
    return material.contracts.of(material.sends[9] as SendOperation).survives;
  };

  test('an unclean election permits it only where its setting was true, or an operator asked', () => {
    const unclean = { leader: 3, isr: '3' };
    const enabled = given({ topics: { orders: { 'unclean.leader.election.enable': 'true' } } });
    expect(lostBy(unclean).is).toBe('must');
    expect(lostBy(unclean, given({ electsUncleanly: true })).is).toBe('may-vanish');
    const { is, because } = lostBy(unclean, enabled);
    expect(is).toBe('may-vanish');
    expect(because.settings).toContain('unclean.leader.election.enable=true');
  });

  test('the last known leader may lead again when nobody else is left; another one may not', () => {
    expect(lostBy({ leader: 1, isr: '1', first: true }).is).toBe('may-vanish');
    expect(lostBy({ leader: 3, isr: '3', first: true }).is).toBe('must');
  });

  test('who is back after a crash is eligible no more, and not left; who is down, or stopped cleanly, is', () => {
    const survives = (happens: (cluster: ClusterStory) => void) => {
      const both = acked().meanwhile((cluster) => {
        cluster.truncate(1, 9);
        cluster.commit({ leader: -1, leaderEpoch: 1, isr: '', eligible: '2' });
        happens(cluster);
        cluster.commit({ leader: 1, leaderEpoch: 2, isr: '1', unclean: true });
      });
      const material = both.material({ configuration: given() });
      return material.contracts.of(material.sends[9] as SendOperation).survives.is;
    };
    expect(survives(() => {})).toBe('must');
    expect(survives((cluster) => cluster.crash(2))).toBe('must');
    const back = (cluster: ClusterStory) => {
      cluster.crash(2);
      cluster.boot(2, false);
    };
    expect(survives(back)).toBe('may-vanish');
    const clean = (cluster: ClusterStory) => {
      cluster.event('broker-2', { kind: 'node-stopped', reason: 'asked to' });
      cluster.boot(2, false);
    };
    expect(survives(clean)).toBe('must');
  });
});

describe('duplicates', () => {
  const of = (settings: object, attempts: number, act: (send: SendOperation) => void = () => {}) => {
    const story = new Story();
    const send = story.ok(story.send(0, settings), 0, attempts);
    act(send);
    return only(story.material()).duplicates.is;
  };

  test('never of an idempotent session, nor of what was sent once, nor without retries', () => {
    expect(of({ idempotent: true }, 3)).toBe('never');
    expect(of({ idempotent: false }, 1)).toBe('never');
    expect(of({ idempotent: false, retries: 0 }, 2)).toBe('never');
    expect(of({ idempotent: false }, 2)).toBe('may');
  });

  test('may of what its application sent again, and of what nobody has told of yet', () => {
    expect(of({ idempotent: true }, 1, (send) => Object.assign(send, { sentAgain: 1 }))).toBe('may');
    const story = new Story();
    story.send(0, { idempotent: false });
    expect(only(story.material()).duplicates.is).toBe('may');
  });

  test('a send that timed out at its only attempt stands once at most', () => {
    const story = new Story();
    const send = story.send(0, { idempotent: false });
    send.attempts = 1;
    story.history.end(send, 'unknown', 'REQUEST_TIMED_OUT');
    expect(only(story.material()).duplicates.is).toBe('never');
  });
});

describe('order', () => {
  const plain = { idempotent: false, maxInFlight: 5 };
  const of = (settings: object, attempts: number, act: (story: Story) => void = () => {}) => {
    const story = new Story();
    story.ok(story.send(0, settings), 0, attempts);
    act(story);
    return only(story.material()).order;
  };

  test('is kept by an idempotent session, by one request at a time, and by what was answered at once', () => {
    expect(of({ idempotent: true }, 4).is).toBe('kept');
    expect(of({ ...plain, maxInFlight: 1 }, 4).is).toBe('kept');
    expect(of(plain, 1).is).toBe('kept');
    expect(of(plain, 2).is).toBe('may-be-reordered');
  });

  test('acks=0: only what is held up may come late, and by a fault that its client can have felt', () => {
    const at = (fault: string, target: string) =>
      of({ ...plain, acks: 0 }, 1, (story) => story.effect(fault, 'harmless', { target }));
    expect(at('crash', 'broker-1').is).toBe('kept');
    expect(at('network-partition', 'consumer').is).toBe('kept');
    expect(at('network-partition', 'producer').is).toBe('may-be-reordered');
    expect(at('network-cut', 'broker-1')).toMatchObject({
      is: 'may-be-reordered',
      because: { fault: { kind: 'network-cut', target: 'broker-1' } },
    });
  });

  test('a leader that moved while the record was under way may have taken it late', () => {
    const moved = (moves: boolean) => {
      const both = new Both().meanwhile((cluster) => cluster.begun());
      const send = both.story.send(0, plain);
      if (moves) both.meanwhile((cluster) => cluster.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' }));
      both.story.ok(send, 0);
      return only(both.material()).order.is;
    };
    expect([moved(true), moved(false)]).toEqual(['may-be-reordered', 'kept']);
  });
});

// ---- laws

const looseness = { must: 0, never: 0, kept: 0, removed: 0, 'may-vanish': 1, may: 1, 'may-be-reordered': 1 };
const looseIn = ({ survives, duplicates, order }: RecordContract) => [
  looseness[survives.is],
  looseness[duplicates.is],
  looseness[order.is],
];
const noLooser = (one: RecordContract, other: RecordContract) =>
  looseIn(one).every((value, index) => value <= (looseIn(other)[index] as number));

const drawnSend = fc.record({
  acks: fc.constantFrom(-1 as const, 0 as const, 1 as const),
  idempotent: fc.boolean(),
  maxInFlight: fc.integer({ min: 1, max: 5 }),
  attempts: fc.integer({ min: 1, max: 3 }),
  outcome: fc.constantFrom('ok' as const, 'unknown' as const, 'failed' as const),
});
// What was marked clean stays dangerous until another fault shows it: there a fault less is a promise less. That one
// has its own tests, in checkers/write-checkers.test.ts.
const drawnFault = fc.record({
  fault: fc.constantFrom('crash', 'power-loss', 'network-cut', 'pause', 'wipe'),
  damage: fc.constantFrom('harmless' as const, 'unsynced-lost' as const, 'anything-lost' as const),
  before: fc.integer({ min: 0, max: 6 }),
  tookEffect: fc.boolean(),
});
type DrawnSend = typeof drawnSend extends fc.Arbitrary<infer T> ? T : never;
type DrawnFault = typeof drawnFault extends fc.Arbitrary<infer T> ? T : never;

/** Sends, with faults before some of them; brokers sync after each third. The steps do not depend on the faults. */
function drawn(sends: readonly DrawnSend[], faults: readonly DrawnFault[], flush: boolean): Story {
  const story = new Story();
  for (const [n, { acks, idempotent, maxInFlight, attempts, outcome }] of sends.entries()) {
    for (const { fault, damage, before, tookEffect } of faults) {
      if (before === n) story.effect(fault, damage, { tookEffect });
    }
    const send = story.send(n, { acks, idempotent: idempotent && acks === -1, maxInFlight });
    if (outcome === 'ok') story.ok(send, n, attempts);
    else {
      send.attempts = attempts;
      story.history.end(send, outcome, 'told');
    }
    if (flush && n % 3 === 2) story.event('log-flushed', { recoveryPoint: n + 1 });
  }
  return story;
}

const drawnRun = [
  fc.array(drawnSend, { minLength: 1, maxLength: 7 }),
  fc.array(drawnFault, { maxLength: 5 }),
  fc.boolean(),
  fc.constantFrom(undefined, given(), synced),
] as const;

describe('laws', () => {
  test('a fault less never makes a contract looser', () => {
    let sharper = 0;
    fc.assert(
      fc.property(...drawnRun, fc.nat(), (sends, faults, flush, configuration, which) => {
        const story = drawn(sends, faults, flush);
        const fewer: Effect[] = story.effects.filter((_, index) => index !== which % (faults.length + 1));
        const whole = story.material({ configuration });
        const less = story.material({ configuration, effects: fewer });
        for (const send of whole.sends) {
          const [one, other] = [less.contracts.of(send), whole.contracts.of(send)];
          expect(noLooser(one, other)).toBe(true);
          if (!noLooser(other, one)) sharper++;
        }
      }),
    );
    // Not for want of faults that matter.
    expect(sharper).toBeGreaterThan(0);
  });

  test('a higher acks never makes a contract looser', () => {
    let sharper = 0;
    fc.assert(
      fc.property(...drawnRun, (sends, faults, flush, configuration) => {
        const contracts = ([0, 1, -1] as const).map((acks) => {
          const all = sends.map((send) => ({ ...send, acks, idempotent: false }));
          const material = drawn(all, faults, flush).material({ configuration });
          return material.sends.map((send) => material.contracts.of(send));
        });
        for (const [index, one] of (contracts[0] ?? []).entries()) {
          const [two, three] = [contracts[1]?.[index], contracts[2]?.[index]];
          if (two === undefined || three === undefined) throw new Error('as many contracts as sends');
          expect([noLooser(two, one), noLooser(three, two)]).toEqual([true, true]);
          if (!noLooser(one, two)) sharper++;
        }
      }),
    );
    expect(sharper).toBeGreaterThan(0);
  });
});
