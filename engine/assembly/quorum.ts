// The metadata quorum of a node: a voter, or one who only listens, and what hangs on it: every committed batch goes
// into the view of the metadata. A node without any voter in its configuration is the only voter there is.

import type { Outcome } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { MetadataView } from '../cluster/metadata-view.ts';
import { ConnectedPeers } from '../cluster/raft-peers.ts';
import { RaftQuorum } from '../cluster/raft-quorum.ts';
import type { BrokerConfig } from '../config/config.ts';
import { snapshotRecords } from '../core/metadata-snapshot.ts';
import { defaultRaftConfig } from '../core/raft/events.ts';
import type { Address } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import type { Storage } from './storage.ts';

export interface QuorumOptions {
  readonly config: BrokerConfig;
  readonly storage: Storage;
  readonly metadata: MetadataView;
  readonly onFailure: (reason: string) => void;
}

/** The error is a sentence for people. */
export function* openQuorum(runtime: Runtime, options: QuorumOptions): Task<Outcome<RaftQuorum, string>> {
  const { config, storage, metadata, onFailure } = options;
  const nodeId = config.get('node.id');
  const { clusterId, directoryId } = storage.logs;
  const voters = votersOf(config);
  const peers = new ConnectedPeers(runtime, {
    nodeId,
    clusterId,
    addressOf: (id) => voters.find((voter) => voter.id === id)?.address,
    requestTimeoutMs: config.get('controller.quorum.request.timeout.ms'),
  });
  const quorum = yield* RaftQuorum.open(runtime, {
    nodeId,
    directoryId,
    clusterId,
    voters,
    config: {
      ...defaultRaftConfig,
      electionTimeoutMs: config.get('controller.quorum.election.timeout.ms'),
      electionBackoffMaxMs: config.get('controller.quorum.election.backoff.max.ms'),
      fetchTimeoutMs: config.get('controller.quorum.fetch.timeout.ms'),
      retryBackoffMs: config.get('controller.quorum.retry.backoff.ms'),
    },
    log: storage.metadataLog,
    peers,
    snapshots: {
      bytesBetween: config.get('metadata.log.max.record.bytes.between.snapshots'),
      records: () => snapshotRecords(metadata.image),
    },
    onFailure,
  });
  if (!quorum.ok) return quorum;
  quorum.value.onCommitted((batch) => metadata.publish(batch));
  quorum.value.onSnapshot((records, lastOffset) => metadata.load(records, lastOffset));
  return quorum;
}

function votersOf(config: BrokerConfig): { id: number; address: Address | undefined }[] {
  if (config.voters.length === 0) return [{ id: config.get('node.id'), address: undefined }];
  return config.voters.map(({ id, host, port }) => ({ id, address: { host, port } }));
}
