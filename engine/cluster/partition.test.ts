import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { LogFixture, makeBatch } from '../testing/log-fixture.ts';
import { Partition } from './partition.ts';

const facts = {
  lagTimeMaxMs: () => 30_000,
  minInsyncReplicas: () => 1,
  activeBrokerEpoch: () => 1,
  aliveBrokerEpoch: () => 1,
  ownBrokerEpoch: () => 1,
};
const role = { leader: 1, leaderEpoch: 3, partitionEpoch: 0, replicas: [1], isr: [1] };

function newPartition(config: ConstructorParameters<typeof LogFixture>[0] = {}) {
  const fixture = new LogFixture(config);
  const { node } = fixture;
  const options = { nodeId: 1, facts, highWatermark: 0, propose: () => {} };
  const partition = new Partition(node.runtime, fixture.log, options);
  node.run(partition.becomeLeader(role));
  return { node, fixture, partition };
}

describe('a partition', () => {
  test('commits what is written, and tells watchers and bytes', () => {
    const { node, partition } = newPartition();
    let changes = 0;
    const leave = partition.watch(() => changes++);
    const batch = makeBatch();
    partition.append(batch);
    expect([partition.highWatermark, changes]).toEqual([0, 0]);
    node.settle();
    expect([partition.highWatermark, partition.bytes.committed, changes]).toEqual([1, batch.length, 1]);
    leave();
    partition.changed();
    expect(changes).toBe(1);
  });

  test('is committed up to the start of its log, whatever the checkpoint knew', () => {
    const fixture = new LogFixture();
    for (let n = 0; n < 3; n++) fixture.append();
    fixture.node.run(fixture.log.deleteRecordsTo(2));
    const options = { nodeId: 1, facts, highWatermark: 1, propose: () => {} };
    const follower = new Partition(fixture.node.runtime, fixture.log, options);
    expect(follower.highWatermark).toBe(2);
    fixture.node.run(follower.becomeFollower({ ...role, leader: 2 }));
    fixture.node.run(follower.startOverAsFollower(7, 7, role.leaderEpoch));
    expect([follower.logStartOffset, follower.highWatermark, follower.logEndOffset]).toEqual([7, 7, 7]);
    fixture.node.run(follower.startOverAsFollower(5, 7, role.leaderEpoch));
    expect([follower.logStartOffset, follower.highWatermark, follower.logEndOffset]).toEqual([7, 7, 5]);
  });

  test('refuses a coordinator a batch that no segment takes', () => {
    const sizeBytes = makeBatch().length;
    const { node, partition } = newPartition({ segmentBytes: sizeBytes });
    const large = partition.appendCommitted(makeBatch({ valueBytes: 11 }), 1000);
    expect(node.run(large)).toEqual({ ok: false, error: ErrorCode.RECORD_LIST_TOO_LARGE });
    expect(node.run(partition.appendCommitted(makeBatch(), 1000))).toEqual({ ok: true, value: 0 });
  });

  test('lets go of everyone who waits when it is retired, whatever is still being written', () => {
    const { node, partition } = newPartition();
    const { lastOffset, written } = partition.append(makeBatch());
    const waiting = node.runtime.tasks.spawn('wait', partition.waitCommitted(lastOffset, 3, 1000));
    const results: unknown[] = [];
    waiting.onSettled((result) => results.push(result));
    partition.retire();
    expect(results).toEqual(['gone']);
    node.settle();
    expect(written.settled && partition.highWatermark).toBe(0);
    expect(node.run(partition.waitCommitted(lastOffset, 3, 1000))).toBe('gone');
  });

  test('a wait for the high watermark ends with its time, and leaves the partition', () => {
    const { node, partition } = newPartition();
    node.disk.fault = undefined;
    const { lastOffset } = partition.append(makeBatch());
    const results: unknown[] = [];
    const waiting = node.runtime.tasks.spawn('wait', partition.waitCommitted(lastOffset, 3, 50));
    waiting.onSettled((result) => results.push(result));
    node.beginAdvance(50);
    expect(results).toEqual(['timed-out']);
    node.settle();
    expect(partition.highWatermark).toBe(1);
  });
});
