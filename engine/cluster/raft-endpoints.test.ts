// What the quorum says to tools on the wire.

import { describe, expect, test } from 'vitest';
import { present } from '../base/assert.ts';
import { ErrorCode } from '../errors.ts';
import { QuorumWorld } from '../testing/quorum-world.ts';

const topicName = '__cluster_metadata';

function described(
  world: QuorumWorld,
  ...asked: readonly (readonly [topic: string, ...partitions: number[]])[]
) {
  const topics = asked.map(([name, ...partitions]) => ({
    topicName: name,
    partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
  }));
  const endpoints = present(world.node(1).endpoints, 'the endpoints');
  return world.run(1, endpoints.describeQuorum({ topics }));
}

describe('DescribeQuorum', () => {
  test('tells who leads, how far everybody is, and where the voters are', () => {
    const world = new QuorumWorld([1]);
    world.settle();
    const answer = described(world, [topicName, 0]);
    expect(answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      topics: [
        {
          topicName,
          partitions: [
            {
              partitionIndex: 0,
              errorCode: ErrorCode.NONE,
              leaderId: 1,
              leaderEpoch: 1,
              highWatermark: 1,
              currentVoters: [{ replicaId: 1, logEndOffset: 1 }],
              observers: [],
            },
          ],
        },
      ],
      nodes: [{ nodeId: 1, listeners: [{ name: 'CONTROLLER', host: 'host-1', port: 9093 }] }],
    });
  });

  test('of anything but the one partition, and of more than that, every partition is unknown', () => {
    const world = new QuorumWorld([1]);
    world.settle();
    const unknown = (partitionIndex: number) => ({
      partitionIndex,
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      errorMessage: expect.any(String),
      leaderId: 0,
      leaderEpoch: 0,
      highWatermark: 0,
      currentVoters: [],
      observers: [],
    });
    const whole = { errorCode: ErrorCode.NONE, errorMessage: null, nodes: [] };
    const rows: readonly (readonly (readonly [topic: string, ...partitions: number[]])[])[] = [
      [],
      [[topicName]],
      [[topicName, 1]],
      [[topicName, 0, 0]],
      [[topicName, 0, 1]],
      [['other', 0]],
      [
        [topicName, 0],
        ['other', 0],
      ],
    ];
    for (const asked of rows) {
      const topics = asked.map(([name, ...partitions]) => ({
        topicName: name,
        partitions: partitions.map(unknown),
      }));
      expect(described(world, ...asked)).toEqual({ ...whole, topics });
    }
  });
});
