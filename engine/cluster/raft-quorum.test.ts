// The quorum with its disks: what is promised survives, what is lost was never promised.

import { describe, expect, test } from 'vitest';
import { fromUtf8 } from '../protocol/bytes.ts';
import { metadataDirectory, QuorumWorld } from '../testing/quorum-world.ts';
import { decodeQuorumState, encodeQuorumState } from './quorum-state-file.ts';

function established(world: QuorumWorld): number {
  world.advanceUntil(() => world.leader?.leadership.at(-1)?.activated === true, 10_000);
  return world.leader?.id ?? -1;
}

describe('a quorum of one', () => {
  test('leads at once, and its appends are committed when they are flushed', () => {
    const world = new QuorumWorld([1]);
    world.settle();
    expect(world.node(1).leadership.at(-1)).toEqual({ leaderId: 1, epoch: 1, activated: true });
    const appended = world.propose(1, 'first');
    world.settle();
    expect(world.run(1, appended.wait())).toEqual({ ok: true, value: 1 });
    expect(world.node(1).committed.map(({ lastOffset, epoch }) => [lastOffset, epoch])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    world.crash(1, true);
    world.boot(1);
    world.advance(5000);
    expect(world.node(1).names).toEqual(['first']);
    expect(world.quorum(1).leader).toEqual({ leaderId: 1, epoch: 2 });
  });

  test('an append of another epoch is refused', () => {
    const world = new QuorumWorld([1]);
    world.settle();
    expect(world.run(1, world.propose(1, 'x', 7).wait())).toEqual({ ok: false, error: 'not-leader' });
    expect(world.quorum(1).logEndOffset).toBe(1);
  });
});

describe('a quorum of three', () => {
  test('elects one leader, and everybody replays what is committed, observers too', () => {
    const world = new QuorumWorld([1, 2, 3], [9]);
    const leader = established(world);
    expect(world.run(leader, world.propose(leader, 'a').wait())).toMatchObject({ ok: true });
    expect(world.run(leader, world.propose(leader, 'b').wait())).toMatchObject({ ok: true });
    world.advance(2000);
    for (const { id, names, failures } of world.nodes.values()) {
      expect([id, names, failures]).toEqual([id, ['a', 'b'], []]);
      expect(world.quorum(id).leader.leaderId).toBe(leader);
    }
  });

  test('survives its leader, keeps what was committed, and takes the old leader back', () => {
    const world = new QuorumWorld([1, 2, 3]);
    const first = established(world);
    world.run(first, world.propose(first, 'kept').wait());
    world.isolate(first);
    const lost = world.propose(first, 'lost');
    const second = () => world.leader?.id ?? first;
    world.advanceUntil(
      () => second() !== first && world.leader?.leadership.at(-1)?.activated === true,
      20_000,
    );
    expect(world.run(second(), world.propose(second(), 'new').wait())).toMatchObject({ ok: true });
    world.heal();
    world.advance(10_000);
    expect(world.run(first, lost.wait())).toEqual({ ok: false, error: 'not-leader' });
    for (const { names } of world.nodes.values()) expect(names).toEqual(['kept', 'new']);
  });

  test('a leader that goes hands the lead on without waiting for timeouts', () => {
    const world = new QuorumWorld([1, 2, 3]);
    const first = established(world);
    world.run(first, world.propose(first, 'a').wait());
    world.advance(1000);
    world.run(first, world.quorum(first).stop(), 900);
    const next = [...world.nodes.keys()].filter((id) => id !== first);
    expect(next.map((id) => world.quorum(id).leader.leaderId)).not.toContain(first);
    expect(world.leader?.id).not.toBe(first);
  });

  test('a power loss of everybody loses nothing that was committed', () => {
    const world = new QuorumWorld([1, 2, 3]);
    const leader = established(world);
    for (const name of ['a', 'b', 'c']) world.run(leader, world.propose(leader, name).wait());
    for (const id of [1, 2, 3]) world.crash(id, true);
    for (const id of [1, 2, 3]) world.boot(id);
    established(world);
    world.advance(2000);
    for (const { names } of world.nodes.values()) expect(names).toEqual(['a', 'b', 'c']);
  });

  test('a node whose disk fails says nothing more, and the others go on', () => {
    const world = new QuorumWorld([1, 2, 3]);
    const first = established(world);
    world.node(first).disk.fault = (operation) =>
      operation === 'sync' ? { kind: 'io', detail: 'broken' } : undefined;
    const doomed = world.propose(first, 'doomed');
    world.advance(100);
    expect(world.run(first, doomed.wait())).toEqual({ ok: false, error: 'storage' });
    expect(world.node(first).failures).toHaveLength(1);
    world.advanceUntil(
      () =>
        [...world.nodes.values()].some(({ id, quorum }) => id !== first && quorum?.leader.leaderId === id),
      20_000,
    );
  });
});

describe('quorum-state', () => {
  test('a vote is in the file of the voter before anybody leads by it', () => {
    const world = new QuorumWorld([1, 2, 3]);
    const leader = established(world);
    const voters = [1, 2, 3].filter(
      (id) => id !== leader && world.node(id).eventsOf('raft-vote-granted').length > 0,
    );
    expect(voters.length).toBeGreaterThan(0);
    for (const id of voters) {
      const bytes = world.node(id).disk.peek(`${metadataDirectory}/quorum-state`);
      const stored = decodeQuorumState(bytes ?? new Uint8Array(0));
      expect(stored).toMatchObject({ ok: true, value: { votedId: leader } });
    }
  });

  test("is Kafka's JSON, and both versions of it are read", () => {
    const election = { epoch: 7, leaderId: 2, votedId: 3, votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAw' };
    const bytes = encodeQuorumState(election);
    expect(JSON.parse(fromUtf8(bytes))).toEqual({
      leaderId: 2,
      leaderEpoch: 7,
      votedId: 3,
      votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAw',
      data_version: 1,
    });
    expect(decodeQuorumState(bytes)).toEqual({ ok: true, value: election });
    const old =
      '{"clusterId":"","leaderId":-1,"leaderEpoch":4,"votedId":1,"appliedOffset":0,' +
      '"currentVoters":[{"voterId":1}],"data_version":0}';
    expect(decodeQuorumState(new TextEncoder().encode(old))).toEqual({
      ok: true,
      value: { epoch: 4, leaderId: -1, votedId: 1, votedDirectoryId: '' },
    });
  });

  test.each(['', '{', '[]', '{"data_version":2}', '{"data_version":1,"leaderId":"1"}'])(
    '%s is refused',
    (text) => {
      expect(decodeQuorumState(new TextEncoder().encode(text)).ok).toBe(false);
    },
  );
});
