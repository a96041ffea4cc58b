// The APIs of the metadata quorum, in every version of each: what one version tells, another may have no place for.

import { expect, test } from 'vitest';
import { present } from '../../base/assert.ts';
import { clusterMetadataTopicId } from '../../cluster/raft-wire.ts';
import { ErrorCode } from '../../errors.ts';
import { Reader, Writer } from '../../protocol/bytes.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../protocol/codec.ts';
import type { Api } from '../../protocol/schema.ts';
import { eachVersion } from '../../testing/ask-handler.ts';
import { filled } from '../../testing/filled-request.ts';
import { QuorumWorld } from '../../testing/quorum-world.ts';
import type { Handler } from '../handler.ts';
import type { ControllerServices } from '../services.ts';
import { beginQuorumEpochHandler } from './begin-quorum-epoch.ts';
import { describeQuorumHandler } from './describe-quorum.ts';
import { endQuorumEpochHandler } from './end-quorum-epoch.ts';
import { fetchSnapshotHandler } from './fetch-snapshot.ts';
import { quorumFetchHandler } from './quorum-fetch.ts';
import { voteHandler } from './vote.ts';

type Values = Record<string, unknown>;

const topicName = '__cluster_metadata';
const endpoint = { nodeId: 1, host: 'host-1', port: 9093 };

function leading(): QuorumWorld {
  const world = new QuorumWorld([1]);
  world.settle();
  return world;
}

/** What node 1 answers, through the codec. */
function asked(
  world: QuorumWorld,
  handler: Handler<Api, ControllerServices>,
  version: number,
  values: Values,
): Values {
  const raft = present(world.node(1).endpoints, 'the endpoints');
  const sent = new Writer();
  encodeRequest(handler.api, version, filled(handler.api.request, values, version) as never, sent);
  const request = decodeRequest(handler.api, version, new Reader(sent.toBytes()));
  if (!request.ok) throw new Error(request.error);
  const context = { version, services: { raft } };
  const verdict = world.run(1, handler.handle(request.value as never, context as never));
  if (verdict.kind !== 'respond') throw new Error(verdict.kind);
  const answered = new Writer();
  encodeResponse(handler.api, version, verdict.response as never, answered);
  const decoded = decodeResponse(handler.api, version, new Reader(answered.toBytes()));
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value as Values;
}

const rows: readonly (readonly [handler: Handler<Api, never>, partition: Values])[] = [
  [voteHandler, { replicaId: 1, replicaEpoch: 0 }],
  [beginQuorumEpochHandler, { leaderId: 1, leaderEpoch: 0 }],
  [endQuorumEpochHandler, { leaderId: 1, leaderEpoch: 0 }],
];

test.each(rows.map((row) => [row[0].api.name, ...row] as const))(
  '%s tells where the leader is from version 1 on',
  (_, handler, partition) => {
    const topics = [{ topicName, partitions: [{ partitionIndex: 0, ...partition }] }];
    eachVersion(handler, (version) => {
      const { errorCode, nodeEndpoints } = asked(leading(), handler as never, version, {
        topics,
        clusterId: null,
      });
      expect({ errorCode, nodeEndpoints }).toEqual({
        errorCode: ErrorCode.NONE,
        nodeEndpoints: version >= 1 ? [endpoint] : [],
      });
    });
  },
);

test('Fetch reads the log by its id, which came with version 13', () => {
  const partitions = [
    { partition: 0, partitionMaxBytes: 1000, fetchOffset: 0, lastFetchedEpoch: 0, currentLeaderEpoch: 1 },
  ];
  const topics = [{ topic: topicName, topicId: clusterMetadataTopicId, partitions }];
  eachVersion(quorumFetchHandler, (version) => {
    const answer = asked(leading(), quorumFetchHandler as never, version, { topics, maxWaitMs: 0 });
    const { responses } = answer as { responses: { partitions: Values[] }[] };
    if (version < 13) return expect(responses).toEqual([]);
    expect(responses[0]?.partitions).toMatchObject([
      { errorCode: ErrorCode.NONE, highWatermark: 1, lastStableOffset: -1, logStartOffset: 0 },
    ]);
  });
});

test('a Fetch that is refused is told where the log starts all the same', () => {
  const partitions = [
    { partition: 0, partitionMaxBytes: 1000, fetchOffset: 0, lastFetchedEpoch: 0, currentLeaderEpoch: 0 },
  ];
  const topics = [{ topicId: clusterMetadataTopicId, partitions }];
  const answer = asked(leading(), quorumFetchHandler as never, 18, { topics, maxWaitMs: 0 });
  const { responses } = answer as { responses: { partitions: Values[] }[] };
  expect(responses[0]?.partitions).toMatchObject([
    { errorCode: ErrorCode.FENCED_LEADER_EPOCH, highWatermark: -1, lastStableOffset: -1, logStartOffset: 0 },
  ]);
});

test('FetchSnapshot answers in both versions', () => {
  const partitions = [
    { partition: 0, currentLeaderEpoch: 1, snapshotId: { endOffset: 7, epoch: 1 }, position: 0 },
  ];
  const topics = [{ name: topicName, partitions }];
  eachVersion(fetchSnapshotHandler, (version) => {
    const answer = asked(leading(), fetchSnapshotHandler as never, version, { topics });
    expect(answer).toMatchObject({
      topics: [{ partitions: [{ errorCode: ErrorCode.SNAPSHOT_NOT_FOUND }] }],
      nodeEndpoints: version >= 1 ? [endpoint] : [],
    });
  });
});

test('DescribeQuorum tells where the voters are from version 2 on', () => {
  const topics = [{ topicName, partitions: [{ partitionIndex: 0 }] }];
  eachVersion(describeQuorumHandler, (version) => {
    const answer = asked(leading(), describeQuorumHandler as never, version, { topics });
    const [told] = (answer as { topics: { partitions: Values[] }[] }).topics;
    expect(told?.partitions).toMatchObject([{ errorCode: ErrorCode.NONE, leaderId: 1 }]);
    const listener = { name: 'CONTROLLER', host: 'host-1', port: 9093 };
    expect(answer.nodes).toEqual(version >= 2 ? [{ nodeId: 1, listeners: [listener] }] : []);
  });
});
