// Whole quorums under drawn faults: power losses, crashes, cut links, snapshots small enough to be needed. What was
// acknowledged is there at the end, once and in order, and at no time do two nodes disagree on what is committed.

import { expect, test } from 'vitest';
import { featureRecord, type QuorumNode, QuorumWorld } from '../testing/quorum-world.ts';

const quorums = 12;
const steps = 60;

/** Numbers of no importance but their order: the same for the same seed. */
function generator(seed: number): (n: number) => number {
  let state = (seed * 2_654_435_761) % 2_147_483_647;
  return (n) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
}

function agree(nodes: readonly QuorumNode[]): void {
  const longest = nodes.reduce((a, b) => (a.names.length >= b.names.length ? a : b)).names;
  for (const { id, names } of nodes) expect([id, names]).toEqual([id, longest.slice(0, names.length)]);
}

test('what is acknowledged is never lost, and committed is committed everywhere alike', () => {
  let acknowledgedCount = 0;
  let snapshotsCount = 0;
  for (let seed = 1; seed <= quorums; seed++) {
    const draw = generator(seed);
    const world = new QuorumWorld([1, 2, 3], [9], (node) => ({
      snapshots: { bytesBetween: 1200, records: () => node.names.map(featureRecord) },
    }));
    const ids = [1, 2, 3, 9];
    const acknowledged: string[] = [];
    for (let step = 0; step < steps; step++) {
      const id = ids[draw(ids.length)] as number;
      const up = world.node(id).quorum !== undefined;
      const what = draw(10);
      if (what < 5 && world.leader !== undefined) {
        const name = `s${seed}n${step}`;
        world.propose(world.leader.id, name).onSettled((outcome) => {
          if (outcome.ok) acknowledged.push(name);
        });
      } else if (what < 7) {
        if (up) world.crash(id, draw(2) === 0);
        else world.boot(id);
      } else if (what === 7) world.isolate(id);
      else if (what === 8) world.heal();
      world.advance(draw(1500));
      agree([...world.nodes.values()]);
    }
    world.heal();
    for (const id of ids) if (world.node(id).quorum === undefined) world.boot(id);
    world.advance(20_000);
    const nodes = [...world.nodes.values()];
    agree(nodes);
    for (const { id, names, failures, snapshots } of nodes) {
      expect([seed, id, names.length, failures]).toEqual([seed, id, nodes[0]?.names.length, []]);
      expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
      snapshotsCount += snapshots.length;
    }
    acknowledgedCount += acknowledged.length;
  }
  expect(acknowledgedCount).toBeGreaterThan(quorums * 5);
  expect(snapshotsCount).toBeGreaterThan(quorums / 2);
});
