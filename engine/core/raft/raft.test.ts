// Raft under everything that its world can do to it: a random history of deliveries in any order, losses, cuts, crashes
// with and without the unflushed tail, appends, late flushes and snapshots, with the invariants checked after every
// step; then all faults end, and the quorum must come together.

import { describe, expect, test } from 'vitest';
import { assert } from '../../base/assert.ts';
import { type Entry, RaftWorld, type WorldNode } from '../../testing/raft-world.ts';
import type { RaftAction } from './events.ts';

const histories = 300;
const stepsPerHistory = 1000;

/** Mulberry32: small, seeded, good enough to pick what happens next. */
function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** What must never be broken, over a whole history. */
class Judge {
  readonly committed: Entry[] = [];
  readonly #leaders = new Map<number, number>();
  readonly #votes = new Map<string, string>();
  readonly world: () => RaftWorld;
  elections = 0;

  constructor(world: () => RaftWorld) {
    this.world = world;
  }

  acted(node: WorldNode, action: RaftAction<readonly Entry[]>): void {
    if (action.kind === 'persist') this.#vote(node.id, action.election);
    if (action.kind === 'high-watermark') this.#commit(node, action.offset);
    if (action.kind !== 'state' || action.state !== 'leader') return;
    const { epoch } = action;
    assert((this.#leaders.get(epoch) ?? node.id) === node.id, `one leader in epoch ${epoch}`);
    this.#leaders.set(epoch, node.id);
    this.elections++;
    this.#agrees(node, this.committed.length, 'a leader has everything that is committed');
  }

  #vote(
    id: number,
    { epoch, votedId, votedDirectoryId }: { epoch: number; votedId: number; votedDirectoryId: string },
  ): void {
    if (votedId < 0) return;
    const key = `${id} in ${epoch}`;
    const vote = `${votedId}/${votedDirectoryId}`;
    assert((this.#votes.get(key) ?? vote) === vote, `one vote of ${key}`);
    this.#votes.set(key, vote);
  }

  #commit(node: WorldNode, offset: number): void {
    const known = this.committed.length;
    this.#agrees(node, Math.min(offset, known), 'committed records are the same everywhere');
    if (offset <= known) return;
    this.committed.push(...node.disk.entries.slice(known, offset));
    const { voters } = this.world();
    const holders = voters.filter((id) => {
      const { disk } = this.world().node(id);
      return disk.flushed >= offset && agree(disk.entries, node.disk.entries, offset);
    });
    assert(holders.length > voters.length / 2, `a majority has flushed up to ${offset} when it is committed`);
  }

  #agrees({ disk }: WorldNode, offset: number, what: string): void {
    assert(disk.entries.length >= offset && agree(disk.entries, this.committed, offset), what);
  }

  /** Log matching: the same epoch at the same offset means the same records up to there. */
  checkLogs(): void {
    const logs = [...this.world().nodes.values()].map(({ disk }) => disk.entries);
    for (const [index, log] of logs.entries()) {
      for (const other of logs.slice(index + 1)) {
        let last = Math.min(log.length, other.length) - 1;
        while (last >= 0 && log[last]?.epoch !== other[last]?.epoch) last--;
        assert(agree(log, other, last + 1), 'logs that agree on an epoch agree on all before');
      }
    }
  }
}

function agree(a: readonly Entry[], b: readonly Entry[], count: number): boolean {
  for (let offset = 0; offset < count; offset++) {
    if (a[offset]?.epoch !== b[offset]?.epoch || a[offset]?.value !== b[offset]?.value) return false;
  }
  return true;
}

class History {
  readonly world: RaftWorld;
  readonly judge: Judge;
  readonly #draw: (n: number) => number;
  #appended = 0;

  constructor(seed: number) {
    const draw = generator(seed);
    this.#draw = draw;
    const voters = draw(2) === 0 ? [1, 2, 3] : [1, 2, 3, 4, 5];
    this.judge = new Judge(() => this.world);
    this.world = new RaftWorld(voters, [100], {
      random: (_, n) => draw(n),
      acted: (node, action) => this.judge.acted(node, action),
      sent: () => {},
    });
    for (const id of this.world.nodes.keys()) this.world.start(id);
  }

  disturb(steps: number): void {
    for (let n = 0; n < steps; n++) {
      this.#one();
      this.judge.checkLogs();
    }
  }

  #one(): void {
    const { world } = this;
    const draw = this.#draw;
    const what = draw(100);
    if (what < 62) return this.#message();
    if (what < 76) return this.#time(draw(100) < 80);
    if (what < 86) return this.#append();
    if (what < 90) {
      for (const { id, holdsFlush } of world.alive) if (holdsFlush) world.flush(id);
      return;
    }
    const node = world.node(this.#anybody());
    if (what < 93) this.#crashOrStart(node);
    else if (what < 95) this.#cut(node.id);
    else if (what < 96) world.cuts.clear();
    else if (what < 98) node.holdsFlush = !node.holdsFlush;
    else if (node.raft !== undefined) world.takeSnapshot(node.id);
  }

  #anybody(): number {
    const ids = [...this.world.nodes.keys()];
    return ids[this.#draw(ids.length)] as number;
  }

  /** Any message may be the next, and a few are lost. */
  #message(): void {
    const { world } = this;
    if (world.messages.length === 0) return this.#time(true);
    const index = this.#draw(world.messages.length);
    const message = world.messages[index];
    if ((message !== undefined && world.isCut(message)) || this.#draw(20) === 0) world.lose(index);
    else world.deliver(index);
  }

  #time(toDeadline: boolean): void {
    const { world } = this;
    const due = world.nextDeadlineMs();
    world.nowMs =
      toDeadline && due < Number.POSITIVE_INFINITY
        ? Math.max(world.nowMs, due)
        : world.nowMs + this.#draw(400);
    for (const { id } of world.alive) world.step(id, { kind: 'tick' });
  }

  #append(): void {
    const leaders = this.world.alive.filter(({ raft }) => raft?.state.kind === 'leader');
    const leader = leaders[this.#draw(Math.max(1, leaders.length))];
    if (leader !== undefined) this.world.append(leader.id, `v${++this.#appended}`);
  }

  #crashOrStart(node: WorldNode): void {
    if (node.raft === undefined) return this.world.start(node.id);
    const { flushed, entries } = node.disk;
    const keep = flushed + this.#draw(entries.length - flushed + 1);
    this.world.crash(node.id, this.#draw(2) === 0 ? undefined : keep);
    if (this.#draw(2) === 0) this.world.start(node.id);
  }

  #cut(id: number): void {
    for (const other of this.world.nodes.keys()) {
      if (other !== id && this.#draw(2) === 0) this.world.cuts.add(`${id}-${other}`);
    }
  }

  /** No fault any more: everything is delivered, in order, and time passes. */
  heal(ms: number): void {
    const { world } = this;
    world.cuts.clear();
    for (const node of world.nodes.values()) {
      node.holdsFlush = false;
      if (node.raft === undefined) world.start(node.id);
      world.flush(node.id);
    }
    const untilMs = world.nowMs + ms;
    for (;;) {
      while (world.messages.length > 0) world.deliver(0);
      const due = world.nextDeadlineMs();
      if (due > untilMs) break;
      world.nowMs = Math.max(world.nowMs, due);
      for (const { id } of world.alive) world.step(id, { kind: 'tick' });
    }
    world.nowMs = untilMs;
    this.judge.checkLogs();
  }
}

describe('raft under faults', () => {
  test('no history breaks an invariant, and every quorum comes together when it may', () => {
    let elections = 0;
    let committed = 0;
    for (let seed = 1; seed <= histories; seed++) {
      const history = new History(seed);
      try {
        history.disturb(stepsPerHistory);
        const before = history.judge.committed.length;
        history.heal(30_000);
        const leader = history.world.alive.find(({ raft }) => raft?.state.kind === 'leader');
        assert(leader !== undefined, 'a healed quorum has a leader');
        history.world.append(leader.id, 'last');
        history.heal(5_000);
        const { entries } = leader.disk;
        assert(entries.at(-1)?.value === 'last' || entries.length > before, 'the leader still appends');
        for (const { disk, raft, id } of history.world.nodes.values()) {
          assert(agree(disk.entries, entries, entries.length), `node ${id} has the leader's log`);
          assert(raft?.highWatermark === entries.length, `node ${id} knows that all is committed`);
        }
        elections += history.judge.elections;
        committed += history.judge.committed.length;
      } catch (error) {
        throw new Error(`history of seed ${seed}`, { cause: error });
      }
    }
    // The faults must not be so many that nothing ever happens.
    expect(elections).toBeGreaterThan(histories * 3);
    expect(committed).toBeGreaterThan(histories * 10);
  });
});
