// What a controller's listener does with the requests of the quorum: one function for each API, from decoded request to
// response. They judge what is Kafka's frame around the one partition (cluster, topic); the rest is the machine's.
//
// AddRaftVoter, RemoveRaftVoter and UpdateRaftVoter are left out with kraft.version 1.

import { zeroUuid } from '../base/ids.ts';
import { failure, type Outcome } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DescribeQuorumAnswer, RaftRequest, ReplicaProgress } from '../core/raft/messages.ts';
import { clusterMetadataTopic } from '../core/topic-names.ts';
import { ErrorCode, errorText } from '../errors.ts';
import type { Address } from '../ports.ts';
import type { beginQuorumEpoch } from '../protocol/apis/begin-quorum-epoch.ts';
import type { describeQuorum } from '../protocol/apis/describe-quorum.ts';
import type { endQuorumEpoch } from '../protocol/apis/end-quorum-epoch.ts';
import type { fetch } from '../protocol/apis/fetch.ts';
import type { fetchSnapshot } from '../protocol/apis/fetch-snapshot.ts';
import type { vote } from '../protocol/apis/vote.ts';
import type { RequestOf, ResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import type { RaftReply } from './raft-answers.ts';
import type { RaftQuorum } from './raft-quorum.ts';
import {
  clusterMetadataTopicId,
  readBeginQuorumEpoch,
  readEndQuorumEpoch,
  readFetch,
  readFetchSnapshot,
  readVote,
} from './raft-wire.ts';

type ReplyTo<Q extends RaftRequest> = Extract<RaftReply, { kind: Q['kind'] }>;

const noRecords = new Uint8Array(0);
const topicName = clusterMetadataTopic;
const nodeEnding = failure(ErrorCode.BROKER_NOT_AVAILABLE);

export class RaftEndpoints {
  readonly #runtime: Runtime;
  readonly #quorum: RaftQuorum;
  /** Of the controllers, for tools. */
  readonly #listenerName: string;

  constructor(runtime: Runtime, quorum: RaftQuorum, listenerName: string) {
    this.#runtime = runtime;
    this.#quorum = quorum;
    this.#listenerName = listenerName;
  }

  *vote(request: RequestOf<typeof vote>): Task<ResponseOf<typeof vote>> {
    const reply = yield* this.#ask(readVote(request, this.#quorum.clusterId));
    if (!reply.ok) return { errorCode: reply.error, topics: [], nodeEndpoints: [] };
    const { errorCode, leaderId, epoch: leaderEpoch, voteGranted } = reply.value;
    const partition = { partitionIndex: 0, errorCode, leaderId, leaderEpoch, voteGranted };
    const topics = [{ topicName, partitions: [partition] }];
    return { errorCode: ErrorCode.NONE, topics, nodeEndpoints: this.#endpoints(leaderId) };
  }

  *beginQuorumEpoch(request: RequestOf<typeof beginQuorumEpoch>): Task<ResponseOf<typeof beginQuorumEpoch>> {
    return this.#told(yield* this.#ask(readBeginQuorumEpoch(request, this.#quorum.clusterId)));
  }

  *endQuorumEpoch(request: RequestOf<typeof endQuorumEpoch>): Task<ResponseOf<typeof endQuorumEpoch>> {
    return this.#told(yield* this.#ask(readEndQuorumEpoch(request, this.#quorum.clusterId)));
  }

  /** Only of the metadata topic: every other Fetch is a broker's. */
  *fetch(request: RequestOf<typeof fetch>): Task<ResponseOf<typeof fetch>> {
    const reply = yield* this.#ask(readFetch(request, this.#quorum.clusterId));
    const always = { throttleTimeMs: 0, sessionId: 0 };
    if (!reply.ok) return { ...always, errorCode: reply.error, responses: [], nodeEndpoints: [] };
    const { errorCode, leaderId, epoch: leaderEpoch, highWatermark, logStartOffset } = reply.value;
    const { divergingEpoch, snapshotId, records } = reply.value;
    const partition = {
      partitionIndex: 0,
      errorCode,
      highWatermark,
      // There are no transactions in this log, and Kafka does not tell.
      lastStableOffset: -1,
      logStartOffset,
      divergingEpoch: { ...(divergingEpoch ?? { epoch: -1, endOffset: -1 }) },
      currentLeader: { leaderId, leaderEpoch },
      snapshotId: { ...(snapshotId ?? { epoch: -1, endOffset: -1 }) },
      abortedTransactions: [],
      preferredReadReplica: -1,
      records: records ?? noRecords,
    };
    return {
      ...always,
      errorCode: ErrorCode.NONE,
      responses: [{ topic: topicName, topicId: clusterMetadataTopicId, partitions: [partition] }],
      nodeEndpoints: this.#endpoints(leaderId).map((endpoint) => ({ ...endpoint, rack: null })),
    };
  }

  *fetchSnapshot(request: RequestOf<typeof fetchSnapshot>): Task<ResponseOf<typeof fetchSnapshot>> {
    const reply = yield* this.#ask(readFetchSnapshot(request, this.#quorum.clusterId));
    const throttleTimeMs = 0;
    if (!reply.ok) return { throttleTimeMs, errorCode: reply.error, topics: [], nodeEndpoints: [] };
    const { errorCode, leaderId, epoch: leaderEpoch, snapshotId, position, sizeBytes, chunk } = reply.value;
    const partition = {
      index: 0,
      errorCode,
      snapshotId: { ...snapshotId },
      currentLeader: { leaderId, leaderEpoch },
      size: sizeBytes,
      position,
      unalignedRecords: chunk ?? noRecords,
    };
    return {
      throttleTimeMs,
      errorCode: ErrorCode.NONE,
      topics: [{ name: topicName, partitions: [partition] }],
      nodeEndpoints: this.#endpoints(leaderId),
    };
  }

  *describeQuorum(request: RequestOf<typeof describeQuorum>): Task<ResponseOf<typeof describeQuorum>> {
    if (!asksForTheLogAlone(request)) {
      const topics = request.topics.map((topic) => ({
        topicName: topic.topicName,
        partitions: topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, ...notDescribed })),
      }));
      return { errorCode: ErrorCode.NONE, errorMessage: null, topics, nodes: [] };
    }
    const reply = yield* this.#ask({ ok: true, value: { kind: 'describe-quorum' } as const });
    const errorCode = reply.ok ? reply.value.errorCode : reply.error;
    if (!reply.ok || errorCode !== ErrorCode.NONE) {
      return { errorCode, errorMessage: 'this node does not lead the quorum', topics: [], nodes: [] };
    }
    const partitions = [this.#described(reply.value)];
    const nodes = this.#quorum.voters.flatMap(({ id, address }) =>
      address === undefined ? [] : [{ nodeId: id, listeners: [{ name: this.#listenerName, ...address }] }],
    );
    return { errorCode, errorMessage: null, topics: [{ topicName, partitions }], nodes };
  }

  #described({ leaderId, epoch, highWatermark, voters, observers }: DescribeQuorumAnswer) {
    // The machine's times are of a clock that never goes back; people are told the time of day.
    const sinceMs = this.#runtime.clock.wallMs() - Math.floor(this.#runtime.clock.monotonicUs() / 1000);
    const wallMs = (ms: number) => (ms < 0 ? -1 : sinceMs + ms);
    const replica = (of: ReplicaProgress) => ({
      replicaId: of.replicaId,
      replicaDirectoryId: zeroUuid,
      logEndOffset: of.logEndOffset,
      lastFetchTimestamp: wallMs(of.lastFetchMs),
      lastCaughtUpTimestamp: wallMs(of.lastCaughtUpMs),
    });
    return {
      partitionIndex: 0,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      leaderId,
      leaderEpoch: epoch,
      highWatermark,
      currentVoters: voters.map(replica),
      observers: observers.map(replica),
    };
  }

  *#ask<Q extends RaftRequest>(request: Outcome<Q, number>): Task<Outcome<ReplyTo<Q>, number>> {
    if (!request.ok) return request;
    const reply = yield* this.#quorum.ask(request.value);
    return reply === undefined ? nodeEnding : { ok: true, value: reply as ReplyTo<Q> };
  }

  #told(reply: Outcome<{ errorCode: number; leaderId: number; epoch: number }, number>) {
    if (!reply.ok) return { errorCode: reply.error, topics: [], nodeEndpoints: [] };
    const { errorCode, leaderId, epoch: leaderEpoch } = reply.value;
    const topics = [{ topicName, partitions: [{ partitionIndex: 0, errorCode, leaderId, leaderEpoch }] }];
    return { errorCode: ErrorCode.NONE, topics, nodeEndpoints: this.#endpoints(leaderId) };
  }

  /** Where the leader is, for those who do not know all voters. */
  #endpoints(leaderId: number): { nodeId: number; host: string; port: number }[] {
    const address: Address | undefined = this.#quorum.voters.find(({ id }) => id === leaderId)?.address;
    return address === undefined ? [] : [{ nodeId: leaderId, host: address.host, port: address.port }];
  }
}

/** Whoever asks for more than the one partition there is gets nothing of it either, as in Kafka. */
function asksForTheLogAlone({ topics: [topic, ...topics] }: RequestOf<typeof describeQuorum>): boolean {
  if (topic === undefined || topics.length > 0 || topic.topicName !== topicName) return false;
  const [partition, ...partitions] = topic.partitions;
  return partition?.partitionIndex === 0 && partitions.length === 0;
}

/** Zeros, not -1, as Kafka leaves what it does not fill in. */
const notDescribed = {
  errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  errorMessage: errorText(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
  leaderId: 0,
  leaderEpoch: 0,
  highWatermark: 0,
  currentVoters: [],
  observers: [],
};
