// Between the machine's words (`core/raft/messages.ts`) and Kafka's requests and responses, both ways and on both
// sides. The wire wraps everything in topics and partitions, of which there is one here: partition 0 of
// `__cluster_metadata`.
//
// Errors of a whole request (another cluster, another topic) carry no epoch: -1 then, which teaches nothing.

import { zeroUuid } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type {
  BeginQuorumEpochRequest,
  EndQuorumEpochRequest,
  FetchRequest,
  FetchResponse,
  FetchSnapshotRequest,
  FetchSnapshotResponse,
  VoteRequest,
} from '../core/raft/messages.ts';
import { clusterMetadataTopic } from '../core/topic-names.ts';
import { ErrorCode } from '../errors.ts';
import type { beginQuorumEpoch } from '../protocol/apis/begin-quorum-epoch.ts';
import type { endQuorumEpoch } from '../protocol/apis/end-quorum-epoch.ts';
import type { fetch } from '../protocol/apis/fetch.ts';
import type { fetchSnapshot } from '../protocol/apis/fetch-snapshot.ts';
import type { vote } from '../protocol/apis/vote.ts';
import type { DecodedResponseOf, EncodableRequestOf, RequestOf } from '../protocol/schema.ts';

/** Kafka's fixed id of the metadata topic: the uuid whose last bit is set. */
export const clusterMetadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

/** Bytes of records in one answer to a Fetch, unless the first batch alone is larger (Kafka's 8 MiB). */
export const fetchBytesMax = 8 * 1024 * 1024;

/** Or the error of the whole request. */
type Read<T> = Outcome<T, number>;

interface OfTopics<P> {
  readonly clusterId: string | null;
  readonly topics: readonly { readonly partitions: readonly P[] }[];
}

/** The one partition that may be asked for. */
function onlyPartition<P>(
  request: OfTopics<P>,
  clusterId: string,
  isMetadata: boolean,
  index: (partition: P) => number,
): Read<P> {
  if (request.clusterId !== null && request.clusterId !== clusterId) {
    return failure(ErrorCode.INCONSISTENT_CLUSTER_ID);
  }
  const partitions = request.topics[0]?.partitions;
  const partition = partitions?.[0];
  const alone = request.topics.length === 1 && partitions?.length === 1;
  if (!isMetadata || !alone || partition === undefined || index(partition) !== 0) {
    return failure(ErrorCode.INVALID_REQUEST);
  }
  return success(partition);
}

const byPartitionIndex = (partition: { readonly partitionIndex: number }) => partition.partitionIndex;

// ---- requests that come in

export function readVote(request: RequestOf<typeof vote>, clusterId: string): Read<VoteRequest> {
  const isMetadata = request.topics[0]?.topicName === clusterMetadataTopic;
  const partition = onlyPartition(request, clusterId, isMetadata, byPartitionIndex);
  if (!partition.ok) return partition;
  const { replicaId, replicaDirectoryId, replicaEpoch, lastOffsetEpoch, lastOffset, preVote } =
    partition.value;
  return success({
    kind: 'vote',
    voterId: request.voterId,
    candidateId: replicaId,
    candidateDirectoryId: replicaDirectoryId,
    epoch: replicaEpoch,
    lastEpoch: lastOffsetEpoch,
    endOffset: lastOffset,
    preVote,
  });
}

export function readBeginQuorumEpoch(
  request: RequestOf<typeof beginQuorumEpoch>,
  clusterId: string,
): Read<BeginQuorumEpochRequest> {
  const isMetadata = request.topics[0]?.topicName === clusterMetadataTopic;
  const partition = onlyPartition(request, clusterId, isMetadata, byPartitionIndex);
  if (!partition.ok) return partition;
  const { leaderId, leaderEpoch } = partition.value;
  return success({ kind: 'begin-quorum-epoch', voterId: request.voterId, leaderId, epoch: leaderEpoch });
}

export function readEndQuorumEpoch(
  request: RequestOf<typeof endQuorumEpoch>,
  clusterId: string,
): Read<EndQuorumEpochRequest> {
  const isMetadata = request.topics[0]?.topicName === clusterMetadataTopic;
  const partition = onlyPartition(request, clusterId, isMetadata, byPartitionIndex);
  if (!partition.ok) return partition;
  const { leaderId, leaderEpoch: epoch, preferredSuccessors, preferredCandidates } = partition.value;
  const candidates = preferredCandidates.map(({ candidateId }) => candidateId);
  return success({
    kind: 'end-quorum-epoch',
    leaderId,
    epoch,
    preferredCandidates: candidates.length > 0 ? candidates : preferredSuccessors,
  });
}

/** By its id, which came with version 13: as in Kafka, the name of before is no way to ask for the log. */
export function readFetch(request: RequestOf<typeof fetch>, clusterId: string): Read<FetchRequest> {
  const topic = request.topics[0];
  const isMetadata = topic?.topicId === clusterMetadataTopicId;
  const partition = onlyPartition(request, clusterId, isMetadata, (of) => of.partition);
  if (!partition.ok) return partition;
  const { replicaState, replicaId, maxWaitMs } = request;
  const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch, replicaDirectoryId, highWatermark } =
    partition.value;
  return success({
    kind: 'fetch',
    replicaId: replicaId >= 0 ? replicaId : replicaState.replicaId,
    directoryId: replicaDirectoryId,
    epoch: currentLeaderEpoch,
    fetchOffset,
    lastFetchedEpoch,
    highWatermark,
    maxWaitMs,
  });
}

export function readFetchSnapshot(
  request: RequestOf<typeof fetchSnapshot>,
  clusterId: string,
): Read<FetchSnapshotRequest> {
  const isMetadata = request.topics[0]?.name === clusterMetadataTopic;
  const partition = onlyPartition(request, clusterId, isMetadata, (of) => of.partition);
  if (!partition.ok) return partition;
  const { currentLeaderEpoch, snapshotId, position } = partition.value;
  const { replicaId, maxBytes } = request;
  return success({
    kind: 'fetch-snapshot',
    replicaId,
    epoch: currentLeaderEpoch,
    snapshotId,
    position,
    maxBytes,
  });
}

// ---- requests that go out

export function writeVote(of: VoteRequest, clusterId: string): EncodableRequestOf<typeof vote> {
  const partition = {
    partitionIndex: 0,
    replicaEpoch: of.epoch,
    replicaId: of.candidateId,
    replicaDirectoryId: of.candidateDirectoryId,
    // With static voters nobody knows the directories of the others.
    voterDirectoryId: zeroUuid,
    lastOffsetEpoch: of.lastEpoch,
    lastOffset: of.endOffset,
    preVote: of.preVote,
  };
  const topics = [{ topicName: clusterMetadataTopic, partitions: [partition] }];
  return { clusterId, voterId: of.voterId, topics };
}

export function writeBeginQuorumEpoch(
  { voterId, leaderId, epoch }: BeginQuorumEpochRequest,
  clusterId: string,
): EncodableRequestOf<typeof beginQuorumEpoch> {
  const partition = { partitionIndex: 0, voterDirectoryId: zeroUuid, leaderId, leaderEpoch: epoch };
  const topics = [{ topicName: clusterMetadataTopic, partitions: [partition] }];
  return { clusterId, voterId, topics, leaderEndpoints: [] };
}

export function writeEndQuorumEpoch(
  { leaderId, epoch, preferredCandidates }: EndQuorumEpochRequest,
  clusterId: string,
): EncodableRequestOf<typeof endQuorumEpoch> {
  const partition = {
    partitionIndex: 0,
    leaderId,
    leaderEpoch: epoch,
    preferredSuccessors: [...preferredCandidates],
    preferredCandidates: preferredCandidates.map((candidateId) => ({
      candidateId,
      candidateDirectoryId: zeroUuid,
    })),
  };
  const topics = [{ topicName: clusterMetadataTopic, partitions: [partition] }];
  return { clusterId, topics, leaderEndpoints: [] };
}

export function writeFetch(of: FetchRequest, clusterId: string): EncodableRequestOf<typeof fetch> {
  const partition = {
    partition: 0,
    currentLeaderEpoch: of.epoch,
    fetchOffset: of.fetchOffset,
    lastFetchedEpoch: of.lastFetchedEpoch,
    logStartOffset: -1,
    partitionMaxBytes: fetchBytesMax,
    replicaDirectoryId: of.directoryId,
    highWatermark: of.highWatermark,
  };
  return {
    clusterId,
    replicaState: { replicaId: of.replicaId, replicaEpoch: -1 },
    maxWaitMs: of.maxWaitMs,
    minBytes: 0,
    maxBytes: fetchBytesMax,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: clusterMetadataTopic, topicId: clusterMetadataTopicId, partitions: [partition] }],
    forgottenTopicsData: [],
    rackId: '',
  };
}

export function writeFetchSnapshot(
  of: FetchSnapshotRequest,
  clusterId: string,
): EncodableRequestOf<typeof fetchSnapshot> {
  const { snapshotId, position, replicaId, maxBytes, epoch } = of;
  const partition = {
    partition: 0,
    currentLeaderEpoch: epoch,
    snapshotId: { ...snapshotId },
    position,
    replicaDirectoryId: zeroUuid,
  };
  return {
    clusterId,
    replicaId,
    maxBytes,
    topics: [{ name: clusterMetadataTopic, partitions: [partition] }],
  };
}

// ---- responses that come back

interface ToldByPartition {
  readonly errorCode: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** Also of the three short ones: the error at the top, or what the partition says. */
export function readTold(response: {
  readonly errorCode: number;
  readonly topics: readonly { readonly partitions: readonly ToldByPartition[] }[];
}): { errorCode: number; leaderId: number; epoch: number } {
  const partition = response.topics[0]?.partitions[0];
  const { errorCode } = response;
  if (errorCode !== ErrorCode.NONE || partition === undefined) return nothingTold(errorCode);
  return { errorCode: partition.errorCode, leaderId: partition.leaderId, epoch: partition.leaderEpoch };
}

function nothingTold(errorCode: number): { errorCode: number; leaderId: number; epoch: number } {
  return {
    errorCode: errorCode === ErrorCode.NONE ? ErrorCode.UNKNOWN_SERVER_ERROR : errorCode,
    leaderId: -1,
    epoch: -1,
  };
}

export function readFetched(response: DecodedResponseOf<typeof fetch>): FetchResponse<Uint8Array> {
  const partition = response.responses[0]?.partitions[0];
  const nothing = { divergingEpoch: undefined, snapshotId: undefined, records: undefined };
  if (response.errorCode !== ErrorCode.NONE || partition === undefined) {
    const told = nothingTold(response.errorCode);
    return { kind: 'fetch', ...told, highWatermark: -1, logStartOffset: -1, ...nothing };
  }
  const { errorCode, currentLeader, highWatermark, logStartOffset, divergingEpoch, snapshotId } = partition;
  const { records } = partition;
  return {
    kind: 'fetch',
    errorCode,
    leaderId: currentLeader.leaderId,
    epoch: currentLeader.leaderEpoch,
    highWatermark,
    logStartOffset,
    divergingEpoch: divergingEpoch.epoch < 0 ? undefined : divergingEpoch,
    snapshotId: snapshotId.endOffset < 0 ? undefined : snapshotId,
    // The chunk that the connection received is its own again: what is appended must stay.
    records: records === null || records.length === 0 ? undefined : records.slice(),
  };
}

export function readSnapshotChunk(
  response: DecodedResponseOf<typeof fetchSnapshot>,
): FetchSnapshotResponse<Uint8Array> {
  const partition = response.topics[0]?.partitions[0];
  if (response.errorCode !== ErrorCode.NONE || partition === undefined) {
    const nothing = { snapshotId: { endOffset: -1, epoch: -1 }, position: -1, sizeBytes: 0, chunkBytes: 0 };
    return { kind: 'fetch-snapshot', ...nothingTold(response.errorCode), ...nothing, chunk: undefined };
  }
  const { errorCode, currentLeader, snapshotId, size, position, unalignedRecords } = partition;
  return {
    kind: 'fetch-snapshot',
    errorCode,
    leaderId: currentLeader.leaderId,
    epoch: currentLeader.leaderEpoch,
    snapshotId,
    position,
    sizeBytes: size,
    chunkBytes: unalignedRecords?.length ?? 0,
    chunk: unalignedRecords?.slice(),
  };
}
