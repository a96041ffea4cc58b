import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControllerWorld, directoryOf } from '../testing/controller-world.ts';
import { planAlterPartition } from './alter-partition.ts';
import { planElectLeaders, planPreferredElections, planUncleanElections } from './elect-leaders.ts';
import type { PartitionImage } from './metadata-image.ts';
import { isUncleanElection, type PartitionRules, partitionChange } from './partition-change.ts';
import { planAlterPartitionReassignments } from './reassignments.ts';

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

function partitionOf(partition: Partial<PartitionImage> = {}): PartitionImage {
  const replicas = partition.replicas ?? [1, 2, 3];
  return {
    index: 0,
    replicas,
    isr: replicas,
    removingReplicas: [],
    addingReplicas: [],
    leader: replicas[0] ?? -1,
    leaderRecoveryState: 0,
    leaderEpoch: 5,
    partitionEpoch: 9,
    directories: replicas.map(directoryOf),
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    ...partition,
  };
}

function rulesOf(rules: Partial<PartitionRules> = {}): PartitionRules {
  return { mayLead: () => true, minInsyncReplicas: 1, withElr: true, directoryOf, ...rules };
}

/** The fields of the record that say something. */
function told(change: ReturnType<typeof partitionChange>) {
  if (change === undefined) return undefined;
  const { partitionId: _, topicId: __, ...fields } = change;
  const silent: Readonly<Record<string, unknown>> = { leader: -2, leaderRecoveryState: -1 };
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== (silent[name] ?? null)),
  );
}

describe('the record', () => {
  test('is none when nothing changes', () => {
    expect(partitionChange(topicId, partitionOf(), {}, rulesOf())).toBeUndefined();
  });

  test('an ISR that shrinks or grows does not begin another leader epoch', () => {
    expect(told(partitionChange(topicId, partitionOf(), { isr: [1] }, rulesOf()))).toEqual({ isr: [1] });
    const small = partitionOf({ isr: [1] });
    expect(told(partitionChange(topicId, small, { isr: [1, 3] }, rulesOf()))).toEqual({ isr: [1, 3] });
  });

  test('replicas that are left out begin one, those that are added do not', () => {
    const fewer = told(partitionChange(topicId, partitionOf(), { replicas: [1, 2], isr: [1, 2] }, rulesOf()));
    expect(fewer).toEqual({
      leader: 1,
      replicas: [1, 2],
      isr: [1, 2],
      directories: [directoryOf(1), directoryOf(2)],
    });
    const more = told(partitionChange(topicId, partitionOf(), { replicas: [1, 2, 3, 4] }, rulesOf()));
    expect(more).toEqual({ replicas: [1, 2, 3, 4], directories: [1, 2, 3, 4].map(directoryOf) });
  });

  test('a new order of replicas takes their directories along', () => {
    const change = told(partitionChange(topicId, partitionOf(), { replicas: [3, 1, 2] }, rulesOf()));
    expect(change).toEqual({ replicas: [3, 1, 2], directories: [3, 1, 2].map(directoryOf) });
  });

  test('a last leader is remembered until somebody leads again, and no guess when there are several', () => {
    const lost = { isr: [], leader: -1, replicas: [1, 2], lastKnownElr: [2] };
    expect(told(partitionChange(topicId, partitionOf(lost), {}, rulesOf()))).toEqual({
      leader: 2,
      isr: [2],
      lastKnownElr: [],
      leaderRecoveryState: 1,
    });
    const two = partitionOf({ ...lost, lastKnownElr: [1, 2] });
    expect(partitionChange(topicId, two, {}, rulesOf())).toBeUndefined();
    const absent = rulesOf({ mayLead: (id) => id !== 2 });
    expect(partitionChange(topicId, partitionOf(lost), {}, absent)).toBeUndefined();
  });

  test('who is eligible leads only when the ISR is empty', () => {
    const onlySecond = rulesOf({ mayLead: (id) => id === 2, minInsyncReplicas: 2 });
    const waits = partitionOf({ isr: [1], eligibleLeaderReplicas: [2] });
    expect(told(partitionChange(topicId, waits, {}, onlySecond))).toEqual({ leader: -1 });
    expect(told(partitionChange(topicId, waits, { isr: [] }, onlySecond))).toEqual({
      leader: 2,
      isr: [2],
      eligibleLeaderReplicas: [1],
    });
  });

  test('without the feature what is left of it goes', () => {
    const left = partitionOf({ isr: [1], eligibleLeaderReplicas: [2] });
    expect(told(partitionChange(topicId, left, {}, rulesOf({ withElr: false })))).toEqual({
      eligibleLeaderReplicas: [],
    });
  });

  test('a leader that is no member of the ISR any more is followed by one that is', () => {
    expect(told(partitionChange(topicId, partitionOf(), { isr: [3, 2] }, rulesOf()))).toEqual({
      leader: 2,
      isr: [3, 2],
    });
  });
});

test.each([
  [{ isr: [1, 2], leader: 1 }, 2, 1, false],
  [{ isr: [1], leader: 1, eligibleLeaderReplicas: [2] }, 2, 1, false],
  [{ isr: [1], leader: 1 }, 2, 1, true],
  [{ isr: [1], leader: 1, leaderRecoveryState: 1 }, 2, -1, true],
  // It came into the ISR by the same change.
  [{ isr: [1], leader: 1 }, 2, -1, false],
  [{ isr: [1], leader: 1, leaderRecoveryState: 1 }, 2, 0, false],
  [{ isr: [1], leader: -1 }, 1, -1, false],
  [{ isr: [], leader: -1, lastKnownElr: [2] }, 2, 1, true],
  [{ isr: [1], leader: 1, leaderRecoveryState: 1 }, -1, -1, false],
  [{ isr: [1], leader: 1, leaderRecoveryState: 1 }, -2, -1, false],
])(
  '%o, and then %i leads in recovery state %i: unclean is %o',
  (before, leader, leaderRecoveryState, unclean) => {
    expect(isUncleanElection(partitionOf(before), { leader, leaderRecoveryState })).toBe(unclean);
  },
);

// ---- whatever happens

const brokerIds = [1, 2, 3, 4];
const anyBroker = fc.constantFrom(...brokerIds);
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('fence' as const), id: anyBroker }),
  fc.record({ kind: fc.constant('heartbeat' as const), id: anyBroker, shutdown: fc.boolean() }),
  fc.record({ kind: fc.constant('register' as const), id: anyBroker, clean: fc.boolean() }),
  fc.record({ kind: fc.constant('isr' as const), ids: fc.uniqueArray(anyBroker, { minLength: 1 }) }),
  fc.record({ kind: fc.constant('reassign' as const), ids: fc.uniqueArray(anyBroker, { minLength: 1 }) }),
  fc.record({ kind: fc.constant('cancel' as const) }),
  fc.record({ kind: fc.constant('elect' as const), type: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constant('rounds' as const) }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

function take(world: ControllerWorld, step: Step): void {
  const partition = world.partition('a');
  const reassign = (replicas: number[] | null) =>
    world.run((context) =>
      planAlterPartitionReassignments(context, {
        allowReplicationFactorChange: true,
        topics: [{ name: 'a', partitions: [{ partitionIndex: 0, replicas }] }],
      }),
    );
  world.nowMs += 10_000;
  switch (step.kind) {
    case 'fence':
      return world.fence(step.id);
    case 'heartbeat':
      world.heartbeat(step.id, { wantShutDown: step.shutdown });
      return;
    case 'register': {
      const before = world.epochOf(step.id);
      world.register(step.id, step.clean ? { previousBrokerEpoch: before } : {});
      expect(world.epochOf(step.id)).toBeGreaterThan(before);
      return;
    }
    case 'isr': {
      if (partition.leader < 0) return;
      const { leader, leaderEpoch, partitionEpoch } = partition;
      const newIsr = step.ids.map((brokerId) => ({ brokerId, brokerEpoch: world.epochOf(brokerId) }));
      const wanted = { partitionIndex: 0, leaderEpoch, partitionEpoch, leaderRecoveryState: 0, newIsr };
      const topics = [{ topicId: world.image.topic('a')?.topicId ?? '', partitions: [wanted] }];
      const sender = { brokerId: leader, brokerEpoch: world.epochOf(leader) };
      world.run((context) => planAlterPartition(context, { ...sender, topics }));
      return;
    }
    case 'reassign':
      reassign(step.ids);
      return;
    case 'cancel':
      reassign(null);
      return;
    case 'elect':
      world.run((context) => planElectLeaders(context, { electionType: step.type, topicPartitions: null }));
      return;
    case 'rounds':
      world.run(planPreferredElections);
      world.run(planUncleanElections);
  }
}

/** What must hold of a partition between any two commands. */
function check(world: ControllerWorld, before: PartitionImage, step: Step, clean: boolean): void {
  const after = world.partition('a');
  const { leader, isr, replicas, eligibleLeaderReplicas: elr } = after;
  const withElr = world.image.features.has('eligible.leader.replicas.version');
  for (const ids of [isr, replicas, elr]) expect(new Set(ids).size).toBe(ids.length);
  for (const id of [...isr, ...elr, ...after.addingReplicas, ...after.removingReplicas]) {
    expect(replicas).toContain(id);
  }
  expect(isr.filter((id) => elr.includes(id))).toEqual([]);
  if (!withElr) expect([isr.length > 0, elr]).toEqual([true, []]);
  if (leader >= 0) {
    expect(isr).toContain(leader);
    expect(isr.filter((id) => !world.image.brokers.isActive(id))).toEqual([]);
  }
  expect(after.directories).toEqual(replicas.map(directoryOf));
  expect(after.partitionEpoch - before.partitionEpoch).toBeGreaterThanOrEqual(0);
  expect(after.leaderEpoch).toBeGreaterThanOrEqual(before.leaderEpoch);
  if (leader !== before.leader) expect(after.leaderEpoch).toBeGreaterThan(before.leaderEpoch);
  const mayBeUnclean = !clean || (step.kind === 'elect' && step.type === 1);
  const guessed = before.lastKnownElr.includes(leader);
  if (!mayBeUnclean && !guessed) expect(isUncleanElection(before, after)).toBe(false);
}

test.each([
  ['0', 'false'],
  ['1', 'false'],
  ['1', 'true'],
  ['0', 'true'],
])('ELR level %s, unclean elections %s: no sequence of commands breaks a partition', (level, unclean) => {
  const properties = {
    'odradek.format.eligible.leader.replicas.version': level,
    'min.insync.replicas': '2',
    'unclean.leader.election.enable': unclean,
  };
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const world = new ControllerWorld(properties);
      world.join(...brokerIds);
      world.createTopic('a', [[1, 2, 3]]);
      for (const step of steps) {
        const before = world.partition('a');
        take(world, step);
        check(world, before, step, unclean === 'false');
      }
    }),
    { numRuns: 300 },
  );
});
