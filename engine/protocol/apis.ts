// The registry: every API that is declared, by its key. Which of them a broker answers is another matter:
// that is what `server/handlers.ts` lists, and what has no handler is not advertised.

import { addOffsetsToTxn } from './apis/add-offsets-to-txn.ts';
import { addPartitionsToTxn } from './apis/add-partitions-to-txn.ts';
import { addRaftVoter } from './apis/add-raft-voter.ts';
import { allocateProducerIds } from './apis/allocate-producer-ids.ts';
import { alterConfigs } from './apis/alter-configs.ts';
import { alterPartition } from './apis/alter-partition.ts';
import { alterPartitionReassignments } from './apis/alter-partition-reassignments.ts';
import { apiVersions } from './apis/api-versions.ts';
import { assignReplicasToDirs } from './apis/assign-replicas-to-dirs.ts';
import { beginQuorumEpoch } from './apis/begin-quorum-epoch.ts';
import { brokerHeartbeat } from './apis/broker-heartbeat.ts';
import { brokerRegistration } from './apis/broker-registration.ts';
import { controllerRegistration } from './apis/controller-registration.ts';
import { createPartitions } from './apis/create-partitions.ts';
import { createTopics } from './apis/create-topics.ts';
import { deleteGroups } from './apis/delete-groups.ts';
import { deleteRecords } from './apis/delete-records.ts';
import { deleteTopics } from './apis/delete-topics.ts';
import { describeCluster } from './apis/describe-cluster.ts';
import { describeConfigs } from './apis/describe-configs.ts';
import { describeGroups } from './apis/describe-groups.ts';
import { describeLogDirs } from './apis/describe-log-dirs.ts';
import { describeProducers } from './apis/describe-producers.ts';
import { describeQuorum } from './apis/describe-quorum.ts';
import { describeTopicPartitions } from './apis/describe-topic-partitions.ts';
import { electLeaders } from './apis/elect-leaders.ts';
import { endQuorumEpoch } from './apis/end-quorum-epoch.ts';
import { endTxn } from './apis/end-txn.ts';
import { envelope } from './apis/envelope.ts';
import { fetch } from './apis/fetch.ts';
import { fetchSnapshot } from './apis/fetch-snapshot.ts';
import { findCoordinator } from './apis/find-coordinator.ts';
import { heartbeat } from './apis/heartbeat.ts';
import { incrementalAlterConfigs } from './apis/incremental-alter-configs.ts';
import { initProducerId } from './apis/init-producer-id.ts';
import { joinGroup } from './apis/join-group.ts';
import { leaveGroup } from './apis/leave-group.ts';
import { listConfigResources } from './apis/list-config-resources.ts';
import { listGroups } from './apis/list-groups.ts';
import { listOffsets } from './apis/list-offsets.ts';
import { listPartitionReassignments } from './apis/list-partition-reassignments.ts';
import { metadata } from './apis/metadata.ts';
import { offsetCommit } from './apis/offset-commit.ts';
import { offsetDelete } from './apis/offset-delete.ts';
import { offsetFetch } from './apis/offset-fetch.ts';
import { offsetForLeaderEpoch } from './apis/offset-for-leader-epoch.ts';
import { produce } from './apis/produce.ts';
import { removeRaftVoter } from './apis/remove-raft-voter.ts';
import { saslAuthenticate } from './apis/sasl-authenticate.ts';
import { saslHandshake } from './apis/sasl-handshake.ts';
import { syncGroup } from './apis/sync-group.ts';
import { txnOffsetCommit } from './apis/txn-offset-commit.ts';
import { unregisterBroker } from './apis/unregister-broker.ts';
import { updateFeatures } from './apis/update-features.ts';
import { updateRaftVoter } from './apis/update-raft-voter.ts';
import { vote } from './apis/vote.ts';
import { writeTxnMarkers } from './apis/write-txn-markers.ts';
import type { Api } from './schema.ts';

const declared: readonly Api[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  saslHandshake,
  apiVersions,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  writeTxnMarkers,
  txnOffsetCommit,
  describeConfigs,
  alterConfigs,
  describeLogDirs,
  saslAuthenticate,
  createPartitions,
  deleteGroups,
  electLeaders,
  incrementalAlterConfigs,
  alterPartitionReassignments,
  listPartitionReassignments,
  offsetDelete,
  vote,
  beginQuorumEpoch,
  endQuorumEpoch,
  describeQuorum,
  alterPartition,
  updateFeatures,
  envelope,
  fetchSnapshot,
  describeCluster,
  describeProducers,
  brokerRegistration,
  brokerHeartbeat,
  unregisterBroker,
  allocateProducerIds,
  controllerRegistration,
  assignReplicasToDirs,
  listConfigResources,
  describeTopicPartitions,
  addRaftVoter,
  removeRaftVoter,
  updateRaftVoter,
];

const byKey = new Map(declared.map((api) => [api.key, api]));

/** Every declared API, by ascending key. */
export function allApis(): readonly Api[] {
  return declared;
}

export function apiByKey(key: number): Api | undefined {
  return byKey.get(key);
}
