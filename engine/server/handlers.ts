// What brokers and controllers serve: the lists that ApiVersions advertises and dispatch looks into. One row each.

import type { Api } from '../protocol/schema.ts';
import { forwarded } from './forwarded.ts';
import type { Handler } from './handler.ts';
import { allocateProducerIdsHandler } from './handlers/allocate-producer-ids.ts';
import { alterConfigsHandler } from './handlers/alter-configs.ts';
import { alterPartitionHandler } from './handlers/alter-partition.ts';
import { alterPartitionReassignmentsHandler } from './handlers/alter-partition-reassignments.ts';
import { apiVersionsHandler, controllerApiVersionsHandler } from './handlers/api-versions.ts';
import { assignReplicasToDirsHandler } from './handlers/assign-replicas-to-dirs.ts';
import { beginQuorumEpochHandler } from './handlers/begin-quorum-epoch.ts';
import { brokerHeartbeatHandler } from './handlers/broker-heartbeat.ts';
import { brokerRegistrationHandler } from './handlers/broker-registration.ts';
import { createPartitionsHandler } from './handlers/create-partitions.ts';
import { createTopicsHandler } from './handlers/create-topics.ts';
import { deleteGroupsHandler } from './handlers/delete-groups.ts';
import { deleteRecordsHandler } from './handlers/delete-records.ts';
import { deleteTopicsHandler } from './handlers/delete-topics.ts';
import { describeClusterHandler } from './handlers/describe-cluster.ts';
import { describeConfigsHandler } from './handlers/describe-configs.ts';
import { describeGroupsHandler } from './handlers/describe-groups.ts';
import { describeLogDirsHandler } from './handlers/describe-log-dirs.ts';
import { describeQuorumHandler } from './handlers/describe-quorum.ts';
import { describeTopicPartitionsHandler } from './handlers/describe-topic-partitions.ts';
import { electLeadersHandler } from './handlers/elect-leaders.ts';
import { endQuorumEpochHandler } from './handlers/end-quorum-epoch.ts';
import { envelopeHandler } from './handlers/envelope.ts';
import { fetchHandler } from './handlers/fetch.ts';
import { fetchSnapshotHandler } from './handlers/fetch-snapshot.ts';
import { findCoordinatorHandler } from './handlers/find-coordinator.ts';
import { heartbeatHandler } from './handlers/heartbeat.ts';
import { incrementalAlterConfigsHandler } from './handlers/incremental-alter-configs.ts';
import { initProducerIdHandler } from './handlers/init-producer-id.ts';
import { joinGroupHandler } from './handlers/join-group.ts';
import { leaveGroupHandler } from './handlers/leave-group.ts';
import { listGroupsHandler } from './handlers/list-groups.ts';
import { listOffsetsHandler } from './handlers/list-offsets.ts';
import { listPartitionReassignmentsHandler } from './handlers/list-partition-reassignments.ts';
import { metadataHandler } from './handlers/metadata.ts';
import { offsetCommitHandler } from './handlers/offset-commit.ts';
import { offsetDeleteHandler } from './handlers/offset-delete.ts';
import { offsetFetchHandler } from './handlers/offset-fetch.ts';
import { offsetForLeaderEpochHandler } from './handlers/offset-for-leader-epoch.ts';
import { produceHandler } from './handlers/produce.ts';
import { quorumFetchHandler } from './handlers/quorum-fetch.ts';
import { syncGroupHandler } from './handlers/sync-group.ts';
import { unregisterBrokerHandler } from './handlers/unregister-broker.ts';
import { updateFeaturesHandler } from './handlers/update-features.ts';
import { voteHandler } from './handlers/vote.ts';
import type { ControllerServices } from './services.ts';

/** Of a broker's listener, by API key. */
export const brokerHandlers: readonly Handler[] = [
  produceHandler,
  fetchHandler,
  listOffsetsHandler,
  metadataHandler,
  offsetCommitHandler,
  offsetFetchHandler,
  findCoordinatorHandler,
  joinGroupHandler,
  heartbeatHandler,
  leaveGroupHandler,
  syncGroupHandler,
  describeGroupsHandler,
  listGroupsHandler,
  apiVersionsHandler,
  forwarded(createTopicsHandler),
  forwarded(deleteTopicsHandler),
  deleteRecordsHandler,
  initProducerIdHandler,
  offsetForLeaderEpochHandler,
  describeConfigsHandler,
  forwarded(alterConfigsHandler),
  describeLogDirsHandler,
  forwarded(createPartitionsHandler),
  deleteGroupsHandler,
  forwarded(electLeadersHandler),
  forwarded(incrementalAlterConfigsHandler),
  forwarded(alterPartitionReassignmentsHandler),
  forwarded(listPartitionReassignmentsHandler),
  forwarded(describeQuorumHandler),
  offsetDeleteHandler,
  forwarded(updateFeaturesHandler),
  describeClusterHandler,
  forwarded(unregisterBrokerHandler),
  describeTopicPartitionsHandler,
] as readonly Handler[];

/** Of a controller's listener, by API key. */
export const controllerHandlers: readonly Handler<Api, ControllerServices>[] = [
  quorumFetchHandler,
  controllerApiVersionsHandler,
  createTopicsHandler,
  deleteTopicsHandler,
  alterConfigsHandler,
  createPartitionsHandler,
  electLeadersHandler,
  incrementalAlterConfigsHandler,
  alterPartitionReassignmentsHandler,
  listPartitionReassignmentsHandler,
  voteHandler,
  beginQuorumEpochHandler,
  endQuorumEpochHandler,
  describeQuorumHandler,
  alterPartitionHandler,
  updateFeaturesHandler,
  envelopeHandler,
  fetchSnapshotHandler,
  brokerRegistrationHandler,
  brokerHeartbeatHandler,
  unregisterBrokerHandler,
  allocateProducerIdsHandler,
  assignReplicasToDirsHandler,
] as readonly Handler<Api, ControllerServices>[];
