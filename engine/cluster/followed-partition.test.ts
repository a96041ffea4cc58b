// What a follower takes from the answer of its leader, batch by batch: whole and sound ones, and none of a reign of
// which it has not heard.

import { describe, expect, test } from 'vitest';
import { concat } from '../protocol/bytes.ts';
import { batchAt } from '../protocol/record-batch.ts';
import { LogFixture, makeBatch } from '../testing/log-fixture.ts';
import { FollowedPartition } from './followed-partition.ts';
import { Partition } from './partition.ts';
import type { Peers } from './peers.ts';

const facts = {
  lagTimeMaxMs: () => 30_000,
  minInsyncReplicas: () => 1,
  activeBrokerEpoch: () => 1,
  aliveBrokerEpoch: () => 1,
  ownBrokerEpoch: () => 1,
};

/** Broker 1 follows broker 2 in leader epoch 3. */
function follower() {
  const fixture = new LogFixture();
  const { node } = fixture;
  const { runtime } = node;
  const options = { nodeId: 1, facts, highWatermark: 0, propose: () => {} };
  const partition = new Partition(runtime, fixture.log, options);
  node.run(
    partition.becomeFollower({ leader: 2, leaderEpoch: 3, partitionEpoch: 0, replicas: [1, 2], isr: [1, 2] }),
  );
  const peers: Peers = {
    request: () => {
      throw new Error('nobody is asked here');
    },
    close() {},
  };
  const config = () => ({ backoffMs: 1000, socketTimeoutMs: 1000 });
  const followed = new FollowedPartition({ runtime, nodeId: 1, peers, config }, 2, partition);
  const take = (...epochs: number[]) => {
    const from = partition.log.nextOffset;
    const batches = epochs.map((epoch, index) => {
      const bytes = makeBatch();
      batchAt(bytes).assignOffsets(from + index, epoch);
      return bytes;
    });
    const told = {
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 0,
      lastStableOffset: -1,
      logStartOffset: 0,
      divergingEpoch: { epoch: -1, endOffset: -1 },
      currentLeader: { leaderId: -1, leaderEpoch: -1 },
      snapshotId: { endOffset: -1, epoch: -1 },
      abortedTransactions: null,
      preferredReadReplica: -1,
      records: concat(batches),
    };
    return node.run(followed.take(told, from));
  };
  const isDelayed = () => followed.notBeforeUs > runtime.clock.monotonicUs();
  return { take, isDelayed, log: fixture.log };
}

describe('a follower', () => {
  test('appends batches of its own leader epoch and of those before', () => {
    const { take, isDelayed, log } = follower();
    expect(take(1, 1, 3)).toBe('taken');
    expect([log.logEndOffset, isDelayed()]).toEqual([3, false]);
    expect(log.epochs.entries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 2 },
    ]);
  });

  test('leaves batches of a later epoch alone, and all behind them, and waits to hear of it', () => {
    const { take, isDelayed, log } = follower();
    expect(take(3, 4, 3)).toBe('taken');
    expect([log.logEndOffset, isDelayed()]).toEqual([1, false]);
    expect(take(4)).toBe('taken');
    expect([log.logEndOffset, isDelayed()]).toEqual([1, true]);
    expect(log.epochs.latestEpoch).toBe(3);
  });

  test('leaves alone what no leader can have written: a batch without a leader epoch', () => {
    const { take, isDelayed, log } = follower();
    expect(take(3, -1)).toBe('taken');
    expect([log.logEndOffset, isDelayed()]).toEqual([0, true]);
    expect(log.epochs.entries).toEqual([]);
  });
});
