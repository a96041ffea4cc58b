import { describe, expect, test } from 'vitest';
import { zeroUuid } from './base/ids.ts';
import { Broker } from './broker.ts';
import { ErrorCode } from './errors.ts';
import { fetch } from './protocol/apis/fetch.ts';
import { findCoordinator } from './protocol/apis/find-coordinator.ts';
import { incrementalAlterConfigs } from './protocol/apis/incremental-alter-configs.ts';
import { listOffsets } from './protocol/apis/list-offsets.ts';
import { offsetCommit } from './protocol/apis/offset-commit.ts';
import { offsetFetch } from './protocol/apis/offset-fetch.ts';
import { produce } from './protocol/apis/produce.ts';
import { vote } from './protocol/apis/vote.ts';
import { concat, fromUtf8, utf8 } from './protocol/bytes.ts';
import { buildBatch } from './protocol/record-batch-builder.ts';
import { BrokerFixture, TestClient } from './testing/broker-fixture.ts';
import { MemoryNode } from './testing/memory-node.ts';

function produceRequest(nowMs: number, baseSequence: number) {
  const records = buildBatch({
    producerId: 7,
    producerEpoch: 0,
    baseSequence,
    records: [{ timestamp: nowMs, key: new Uint8Array(1), value: new Uint8Array(10) }],
  });
  const partitionData = [{ index: 0, records }];
  return { acks: -1, timeoutMs: 1000, topicData: [{ name: 't', topicId: zeroUuid, partitionData }] };
}

function fetchRequest(maxWaitMs: number) {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  return {
    maxWaitMs,
    minBytes: 1,
    topics: [{ topic: 't', topicId: zeroUuid, partitions }],
    forgottenTopicsData: [],
    rackId: '',
  };
}

function fetchInFlight(fixture: BrokerFixture, maxWaitMs: number) {
  const client = fixture.client();
  const asked = client.send(fetch, 12, fetchRequest(maxWaitMs));
  fixture.node.settle();
  return { client, asked };
}

describe('idle connections', () => {
  test('end after connections.max.idle.ms', () => {
    const fixture = new BrokerFixture({ 'connections.max.idle.ms': '1000' });
    const client = fixture.client();
    fixture.node.settle();
    fixture.node.advance(999);
    expect(client.pipe.closed).toBe(false);
    fixture.node.advance(1);
    expect(client.pipe.closed).toBe(true);
  });

  test('never end where it is negative', () => {
    const fixture = new BrokerFixture({ 'connections.max.idle.ms': '-1' });
    const client = fixture.client();
    fixture.node.settle();
    fixture.node.advance(1_000_000);
    expect(client.pipe.closed).toBe(false);
  });

  test('are not those that wait for an answer of ours, and looking at them costs little', () => {
    const fixture = new BrokerFixture({ 'connections.max.idle.ms': '1000' });
    fixture.createTopic('t');
    const { client, asked } = fetchInFlight(fixture, 5000);
    const before = fixture.node.timersFired;
    fixture.node.advance(5000);
    expect([client.pipe.closed, asked.answer()?.errorCode]).toEqual([false, 0]);
    // One look each second at this connection and at the one that made the topic, one end of the wait, and what the
    // broker does of itself.
    expect(fixture.node.timersFired - before).toBeLessThan(20);
  });
});

describe('a stop', () => {
  test('answers no one, keeps what was written, and the next start trusts it', () => {
    // A controlled shutdown would answer: this broker leads no longer, and nobody else can.
    const fixture = new BrokerFixture({ 'controlled.shutdown.enable': 'false' });
    fixture.createTopic('t');
    const client = fixture.client();
    const asked = client.send(produce, 9, produceRequest(fixture.node.nowMs, 0));
    while (fixture.node.network.step());
    const stopped = fixture.node.run(fixture.broker.stop());
    expect([stopped.ok, asked.answer(), client.pipe.closed]).toEqual([true, undefined, true]);
    expect(fixture.node.eventsOf('broker-stopped')).toHaveLength(1);
    fixture.node.powerLoss();
    fixture.start();
    expect(fixture.node.eventsOf('broker-started')).toEqual([
      expect.objectContaining({ cleanShutdown: true }),
    ]);
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }];
    const ends = fixture.client().ask(listOffsets, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: 't', partitions }],
      timeoutMs: 0,
    });
    expect(ends.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, offset: 1 });
  });

  test('on a disk that fails is not called clean', () => {
    const fixture = new BrokerFixture();
    fixture.createTopic('t');
    fixture.client().ask(produce, 9, produceRequest(fixture.node.nowMs, 0));
    fixture.node.disk.fault = (operation, path) =>
      operation === 'sync' && path.startsWith('t-0') ? { kind: 'io', detail: 'broken' } : undefined;
    const stopped = fixture.node.run(fixture.broker.stop());
    expect(stopped).toEqual({ ok: false, error: 'storage failed (io): broken' });
    expect(fixture.node.eventsOf('broker-stopped')).toEqual([]);
    expect(fixture.node.disk.peek('.kafka_cleanshutdown')).toBeUndefined();
  });
});

describe('a failing disk', () => {
  test('halts the broker: every connection ends, nobody who waits keeps it busy', () => {
    const fixture = new BrokerFixture();
    fixture.createTopic('t');
    const parked = fetchInFlight(fixture, 1000);
    const client = fixture.client();
    fixture.node.disk.fault = (operation, path) =>
      operation === 'append' && path.startsWith('t-0') ? { kind: 'io', detail: 'broken' } : undefined;
    const asked = client.send(produce, 9, produceRequest(fixture.node.nowMs, 0));
    fixture.node.settle();
    expect([client.pipe.closed, parked.client.pipe.closed]).toEqual([true, true]);
    expect([asked.answer(), parked.asked.answer()]).toEqual([undefined, undefined]);
    expect(fixture.broker.halted.settled).toBe(true);
    fixture.node.advance(1000);
    const waiting = fixture.node.runtime.tasks.pending().filter(({ task }) => /^(Fetch|Produce)/.test(task));
    expect(waiting).toEqual([]);
  });
});

/** As another voter would: whoever grants it must first store that it did. */
function askForAVote(node: MemoryNode, candidateId: number): void {
  new TestClient(node, 'candidate').send(vote, 2, {
    clusterId: null,
    voterId: 1,
    topics: [
      {
        topicName: '__cluster_metadata',
        partitions: [
          {
            partitionIndex: 0,
            replicaEpoch: 7,
            replicaId: candidateId,
            replicaDirectoryId: zeroUuid,
            voterDirectoryId: zeroUuid,
            lastOffsetEpoch: 0,
            lastOffset: 0,
            preVote: false,
          },
        ],
      },
    ],
  });
  node.settle();
}

describe('a disk that fails during the start', () => {
  const twoVoters = new Map([
    ['process.roles', 'broker,controller'],
    ['listeners', 'PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:9093'],
    ['controller.listener.names', 'CONTROLLER'],
    ['controller.quorum.voters', '1@127.0.0.1:9093,2@127.0.0.1:9094'],
    ['node.id', '1'],
  ]);

  test('ends a start that waits for the quorum, and nothing of the node goes on', () => {
    const node = new MemoryNode();
    node.disk.fault = (operation, path) =>
      operation === 'append' && path.includes('quorum-state') ? { kind: 'full', detail: 'full' } : undefined;
    const started = node.runtime.tasks.spawn('start', Broker.start(node.runtime, { properties: twoVoters }));
    let outcome: unknown;
    started.onSettled((value) => {
      outcome = value;
    });
    node.settle();
    expect(outcome).toBeUndefined();
    askForAVote(node, 2);
    node.advance(10_000);
    expect(outcome).toEqual({
      ok: false,
      error: ['storage failed: the vote cannot be stored: full'],
    });
    const before = node.timersFired;
    node.advance(600_000);
    expect(node.timersFired - before).toBeLessThan(3);
  });
});

describe('a log directory that is another one than before', () => {
  test('is told to the controller, which lets its replicas lead again', () => {
    const fixture = new BrokerFixture();
    fixture.createTopic('t');
    fixture.node.crash();
    const properties = fromUtf8(fixture.node.disk.peek('meta.properties') ?? new Uint8Array(0));
    const changed = properties.replace(/directory\.id=.*/, 'directory.id=AAAAAAAAAAAAAAAAAAAJxA');
    expect(changed).not.toBe(properties);
    fixture.node.disk.poke('meta.properties', utf8(changed));
    fixture.start();
    const errorOf = (sequence: number) =>
      fixture.client().ask(produce, 9, produceRequest(fixture.node.nowMs, sequence)).responses[0]
        ?.partitionResponses[0]?.errorCode;
    expect(errorOf(0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    fixture.node.advance(1000);
    expect(errorOf(0)).toBe(ErrorCode.NONE);
  });
});

describe('dynamic configuration', () => {
  test('producer.id.expiration.ms counts from the next look on', () => {
    const fixture = new BrokerFixture({ 'connections.max.idle.ms': '-1' });
    fixture.createTopic('t');
    const client = fixture.client();
    const errorOf = (sequence: number) =>
      client.ask(produce, 9, produceRequest(fixture.node.nowMs, sequence)).responses[0]?.partitionResponses[0]
        ?.errorCode;
    expect(errorOf(0)).toBe(0);
    fixture.node.advance(600_000);
    expect(errorOf(5)).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    const configs = [{ name: 'producer.id.expiration.ms', configOperation: 0, value: '1000' }];
    const altered = fixture.client().ask(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: 4, resourceName: '', configs }],
      validateOnly: false,
    });
    expect(altered.responses[0]?.errorCode).toBe(0);
    fixture.node.advance(600_000);
    expect(errorOf(5)).toBe(0);
  });
});

describe('a start after a crash', () => {
  const path = 't-0/00000000000000000000.log';

  /** The end of a log of three batches, the second of which is missing in the file, after recovery. */
  function endAfterGap(configs: Record<string, string>): unknown {
    const fixture = new BrokerFixture();
    fixture.createTopic('t', 1, configs);
    for (let sequence = 0; sequence < 3; sequence++) {
      fixture.client().ask(produce, 9, produceRequest(fixture.node.nowMs, sequence));
    }
    fixture.node.crash();
    const bytes = fixture.node.disk.peek(path) ?? new Uint8Array(0);
    const sizeBytes = bytes.length / 3;
    fixture.node.disk.poke(path, concat([bytes.subarray(0, sizeBytes), bytes.subarray(2 * sizeBytes)]));
    fixture.start();
    return fixture.node.eventsOf('log-recovered').find(({ topic }) => topic === 't')?.logEndOffset;
  }

  test('knows before recovery which topics are compacted, and so may have gaps', () => {
    expect(endAfterGap({ 'cleanup.policy': 'delete' })).toBe(1);
    expect(endAfterGap({ 'cleanup.policy': 'compact,delete' })).toBe(3);
  });
});

describe('committed offsets', () => {
  test('are found again after offsets.topic.num.partitions was changed', () => {
    const fixture = new BrokerFixture({ 'offsets.topic.num.partitions': '3' });
    fixture.createTopic('t');
    const groups = ['a', 'b', 'c', 'd', 'e'];
    fixture.client().ask(findCoordinator, 4, { keyType: 0, coordinatorKeys: groups, key: '' });
    for (const groupId of groups) {
      const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }];
      const committed = fixture.client().ask(offsetCommit, 8, {
        groupId,
        memberId: '',
        topics: [{ name: 't', topicId: zeroUuid, partitions }],
      });
      expect(committed.topics[0]?.partitions[0]?.errorCode).toBe(0);
    }
    fixture.node.run(fixture.broker.stop());
    fixture.node.powerLoss();
    fixture.start({ 'offsets.topic.num.partitions': '50' });
    fixture.node.settle();
    const fetched = fixture.client().ask(offsetFetch, 8, {
      groupId: '',
      topics: [],
      groups: groups.map((groupId) => ({ groupId, topics: null })),
    });
    const offsetOf = (group: (typeof fetched.groups)[number]) =>
      group.topics[0]?.partitions[0]?.committedOffset;
    expect(fetched.groups.map((of) => [of.errorCode, offsetOf(of)])).toEqual(groups.map(() => [0, 7]));
  });
});
