// The hole in Kafka's idempotence, by hand: what it permits, and how little has to be different for a violation.

import { describe, expect, test } from 'vitest';
import { producers } from '../checkers/producers.ts';
import { Both } from '../checkers/testing-cluster-material.ts';
import { clean } from '../checkers/testing-material.ts';
import type { ClusterStory } from '../monitor/testing-cluster.ts';
import type { SendOperation } from '../record/history.ts';

const inversion = 'producer-order-inversion';

interface Hole {
  readonly maxInFlight?: number;
  /** The new leader has had a batch of the producer all along. */
  readonly known?: boolean;
  /** The first record was answered before the second one was taken. */
  readonly answeredEarly?: boolean;
  /** The new leader has no follower yet. */
  readonly uncommitted?: boolean;
}

/** Record 0 is at broker 1, which is cut off; broker 2 leads and is sent record 1, under sequence 1. */
function begun({ maxInFlight = 5, known = false, answeredEarly = false, uncommitted = false }: Hole = {}) {
  const both = new Both().meanwhile((cluster) => {
    cluster.begun();
    if (known) for (const broker of [1, 2, 3]) appendOf(cluster, broker, 0, 0, { baseSequence: 0 });
    if (known) cluster.highWatermark(1, 1);
  });
  both.story.effect('network-partition', 'harmless', { target: 'broker-1', ended: null });
  both.story.effect('pause', 'harmless', { target: 'broker-3', ended: null });
  const [first, second] = [both.story.send(0, { maxInFlight }), both.story.send(1, { maxInFlight })];
  if (answeredEarly) both.story.ok(first, 1);
  both.meanwhile((cluster) => {
    cluster.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' });
    cluster.lead(2, 1, '1,2,3', 0);
    const replicas = uncommitted ? [2] : [2, 1, 3];
    for (const broker of replicas) appendOf(cluster, broker, known ? 1 : 0, 1, { baseSequence: 1 });
    if (!uncommitted) cluster.highWatermark(2, known ? 2 : 1, true, 1);
  });
  return { both, first, second };
}

function appendOf(
  cluster: ClusterStory,
  broker: number,
  offset: number,
  leaderEpoch: number,
  numbers: { baseSequence: number; producerEpoch?: number },
): void {
  cluster.append(broker, offset, leaderEpoch, 100 * leaderEpoch + offset, { producerId: 7, ...numbers });
}

/** Leader 2 takes batches of the newer epoch, one record each, at these offsets. */
function renumbered(both: Both, offsets: readonly number[]): void {
  both.meanwhile((cluster) => {
    for (const [baseSequence, offset] of offsets.entries()) {
      for (const broker of [2, 1, 3])
        appendOf(cluster, broker, offset, 1, { baseSequence, producerEpoch: 1 });
    }
    cluster.highWatermark(2, Math.max(...offsets) + 1, true, 1);
  });
}

const contractOf = (both: Both, send: SendOperation) => both.material().contracts.of(send);

describe('out of order', () => {
  const judged = (hole: Hole = {}) => {
    const { both, first, second } = begun(hole);
    both.story.ok(second, hole.known ? 1 : 0);
    renumbered(both, [hole.known ? 2 : 1]);
    if (hole.answeredEarly !== true) both.story.ok(first, 1, 3);
    both.story.scan(hole.known ? [null, second, first] : [second, first]);
    return { found: both.judge(producers), contract: contractOf(both, first) };
  };

  test('is what a leader that does not know the producer makes of two in flight: a witness, with its fault', () => {
    const { found, contract } = judged();
    expect(found).toEqual({ violations: [], witnesses: [inversion] });
    expect(contract.order).toMatchObject({
      is: 'may-be-reordered',
      because: {
        settings: ['enable.idempotence=true', 'max.in.flight.requests.per.connection=5'],
        fault: { kind: 'network-partition', target: 'broker-1' },
      },
    });
    expect(contract.order.because.prose).toContain('broker-2, leader of epoch 1, knew nothing');
  });

  test.each([
    ['with one request in flight', { maxInFlight: 1 }],
    ['where the leader knew the producer', { known: true }],
    ['of what was answered before', { answeredEarly: true }],
  ])('%s is a violation', (_, hole) => {
    expect(judged(hole).found).toEqual({ violations: [inversion], witnesses: [] });
  });

  test('the record that went first is owed its place, and so is one that was sent later', () => {
    const { both, second } = begun();
    both.story.ok(second, 0);
    const third = both.story.ok(both.story.send(2), 1);
    both.story.scan([second, third]);
    expect([second, third].map((send) => contractOf(both, send).order.is)).toEqual(['kept', 'kept']);
  });
});

describe('a gap', () => {
  const judged = (hole: Hole) => {
    const { both, second } = begun(hole);
    both.story.ok(second, hole.known ? 1 : 0);
    both.story.scan(hole.known ? [null, second] : [second]);
    return both.judge(producers);
  };

  test('before what was taken is a witness; with one request in flight, or a known producer, a violation', () => {
    expect(judged({})).toEqual({ violations: [], witnesses: [inversion] });
    expect(judged({ maxInFlight: 1 })).toEqual({ violations: [inversion], witnesses: [] });
    expect(judged({ known: true })).toEqual({ violations: [inversion], witnesses: [] });
  });
});

describe('twice', () => {
  test('stands what was under way when the epoch was raised, and nothing else', () => {
    const { both, first, second } = begun();
    renumbered(both, [1, 2]);
    both.story.ok(first, 1, 3);
    both.story.ok(second, 2, 2);
    const third = both.story.ok(both.story.send(2), 3);
    both.story.scan([second, first, second, third, third]);
    const duplicates = [first, second, third].map((send) => contractOf(both, send).duplicates.is);
    expect(duplicates).toEqual(['may', 'may', 'never']);
    expect(both.judge(producers).violations).toEqual(['duplicate-append']);
  });

  test('stands nothing where no epoch was raised', () => {
    const { both, first, second } = begun();
    both.story.ok(second, 0);
    both.story.scan([second, second]);
    expect(both.judge(producers).violations).toEqual(['duplicate-append']);
    expect(contractOf(both, first).duplicates.is).toBe('never');
  });

  test('may what was renumbered for a batch that was cut away since; its order is kept', () => {
    const { both, first, second } = begun({ uncommitted: true });
    both.meanwhile((cluster) => {
      appendOf(cluster, 2, 1, 1, { baseSequence: 0, producerEpoch: 1 });
      cluster.commit({ leader: 3, leaderEpoch: 2, isr: '1,3' });
      cluster.lead(3, 2, '1,3', 0);
      for (const [offset, baseSequence] of [0, 1].entries()) {
        for (const broker of [3, 1]) appendOf(cluster, broker, offset, 2, { baseSequence, producerEpoch: 1 });
      }
      cluster.highWatermark(3, 2, true, 2);
    });
    both.story.ok(second, 0, 3);
    both.story.ok(first, 1, 3);
    both.story.scan([second, first]);
    expect(contractOf(both, first)).toMatchObject({ duplicates: { is: 'may' }, order: { is: 'kept' } });
    expect(both.judge(producers)).toEqual({ violations: [inversion], witnesses: [] });
  });
});

test('without a cluster that was watched nothing is permitted', () => {
  const { both, first, second } = begun();
  both.story.ok(second, 0);
  both.story.ok(first, 1, 3);
  both.story.scan([second, first]);
  expect(both.story.judge(producers)).toEqual({ ...clean, violations: [inversion] });
});
