// Snapshots and the log that starts behind them: through power losses, and for a member that was away too long.

import { describe, expect, test } from 'vitest';
import { defaultRaftConfig } from '../core/raft/events.ts';
import { batchesOf } from '../protocol/record-batch.ts';
import { featureRecord, metadataDirectory, QuorumWorld } from '../testing/quorum-world.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-file.ts';

function snapshotting(voters: readonly number[], chunkBytes = 1 << 20): QuorumWorld {
  return new QuorumWorld(voters, [], (node) => ({
    config: { ...defaultRaftConfig, snapshotChunkBytesMax: chunkBytes },
    snapshots: { bytesBetween: 500, records: () => node.names.map(featureRecord) },
  }));
}

function established(world: QuorumWorld): number {
  world.advanceUntil(() => world.leader?.leadership.at(-1)?.activated === true, 20_000);
  return world.leader?.id ?? -1;
}

function appendAll(world: QuorumWorld, from: number, count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `n${from + index}`);
  for (const name of names) {
    const leader = established(world);
    expect(world.run(leader, world.propose(leader, name).wait())).toMatchObject({ ok: true });
  }
  return names;
}

function checkpointsOf(world: QuorumWorld, id: number): string[] {
  const listed = world.run(id, world.node(id).runtime.list(metadataDirectory));
  return listed.ok ? listed.value.map(({ name }) => name).filter((name) => name.endsWith('.checkpoint')) : [];
}

describe('a quorum of one', () => {
  test('keeps one snapshot, starts its log behind it, and begins its next life with it', () => {
    const world = snapshotting([1]);
    const names = appendAll(world, 0, 20);
    world.settle();
    const { log } = world.node(1);
    const start = log?.logStartOffset ?? 0;
    expect(start).toBeGreaterThan(10);
    expect(checkpointsOf(world, 1)).toEqual([`${String(start).padStart(20, '0')}-0000000001.checkpoint`]);
    world.crash(1, true);
    world.boot(1);
    world.advance(100);
    expect(world.node(1).names).toEqual(names);
    expect(world.node(1).snapshots.map(({ lastOffset }) => lastOffset)).toEqual([start - 1]);
    expect(world.node(1).committed[0]?.lastOffset).toBe(start);
    expect(world.node(1).log?.logStartOffset).toBe(start);
  });

  test('a snapshot that cannot be read is passed over while the log still has everything', () => {
    const world = snapshotting([1]);
    const names = appendAll(world, 0, 2);
    const node = world.node(1);
    const path = `${metadataDirectory}/00000000000000000002-0000000001.checkpoint`;
    const opened = world.run(1, node.runtime.open(path, { create: true }));
    if (opened.ok) world.run(1, opened.value.append([new Uint8Array(100)]));
    world.crash(1);
    world.boot(1);
    world.advance(100);
    expect([node.names, node.snapshots]).toEqual([names, []]);
  });
});

describe('a quorum of three', () => {
  test('one that was away too long fetches the snapshot piece by piece, and then the rest', () => {
    const world = snapshotting([1, 2, 3], 40);
    const first = appendAll(world, 0, 2);
    const away = [1, 2, 3].find((id) => id !== world.leader?.id) ?? 0;
    world.crash(away);
    const rest = appendAll(world, 2, 20);
    world.boot(away);
    world.advance(5000);
    expect(world.node(away).names).toEqual([...first, ...rest]);
    expect(world.node(away).snapshots.length).toBeGreaterThan(0);
    expect(world.node(away).log?.logStartOffset).toBeGreaterThan(10);
    expect(world.node(away).failures).toEqual([]);
    // It has all that it needs to lead.
    for (const id of [1, 2, 3]) if (id !== away) world.crash(id, true);
    for (const id of [1, 2, 3]) if (id !== away) world.boot(id);
    const more = appendAll(world, 22, 3);
    world.advance(2000);
    for (const { names } of world.nodes.values()) expect(names).toEqual([...first, ...rest, ...more]);
  });

  test('a power loss at any moment of that leaves nothing that the next life cannot go on from', () => {
    for (let operations = 0; operations < 120; operations += 3) {
      const world = snapshotting([1, 2, 3], 200);
      const first = appendAll(world, 0, 2);
      const away = [1, 2, 3].find((id) => id !== world.leader?.id) ?? 0;
      world.crash(away);
      const rest = appendAll(world, 2, 12);
      world.boot(away);
      let left = operations;
      world.node(away).disk.fault = () =>
        left-- > 0 ? undefined : { kind: 'io', detail: 'the power is gone' };
      world.advance(1000);
      world.crash(away, true);
      world.boot(away);
      world.advance(5000);
      expect([operations, world.node(away).names]).toEqual([operations, [...first, ...rest]]);
    }
  });
});

describe('the file', () => {
  const records = Array.from({ length: 2500 }, (_, nth) => featureRecord(`f${nth}`));
  const bytes = encodeSnapshot(records, 7, 1_700_000_000_000);

  test('has header, records and footer at offsets of its own, in the epoch of the snapshot', () => {
    expect(decodeSnapshot(bytes)).toEqual({ ok: true, value: records });
    const batches = batchesOf(bytes);
    const facts = batches.ok ? batches.value.map((batch) => [batch.baseOffset, batch.isControl]) : [];
    expect(facts).toEqual([
      [0, true],
      [1, false],
      [1001, false],
      [2001, false],
      [2501, true],
    ]);
    expect(batches.ok && batches.value.every((batch) => batch.partitionLeaderEpoch === 7)).toBe(true);
  });

  test('is refused when it was cut, at a batch or inside one, or changed', () => {
    const footer = 61 + 20;
    expect(decodeSnapshot(bytes.subarray(0, bytes.length - 1)).ok).toBe(false);
    for (let cut = 1; cut < footer; cut += 7)
      expect(decodeSnapshot(bytes.subarray(0, bytes.length - cut)).ok).toBe(false);
    const changed = bytes.slice();
    changed[500] = (changed[500] as number) ^ 1;
    expect(decodeSnapshot(changed)).toMatchObject({ ok: false, error: 'a checksum does not match' });
    expect(decodeSnapshot(new Uint8Array(0)).ok).toBe(false);
  });
});
