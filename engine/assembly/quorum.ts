// The metadata quorum of a node: a voter, or one who only listens, and what hangs on it: every committed batch goes
// into the view of the metadata.

import { failure, type Outcome } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { LogMetadataLog } from '../cluster/log-metadata-log.ts';
import { LogQuorum } from '../cluster/log-quorum.ts';
import type { MetadataView } from '../cluster/metadata-view.ts';
import type { Quorum } from '../cluster/quorum.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { DiskError } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import type { Storage } from './storage.ts';

export interface QuorumOptions {
  readonly config: BrokerConfig;
  readonly storage: Storage;
  readonly metadata: MetadataView;
  readonly onStorageFailure: (error: DiskError) => void;
}

export function* openQuorum(runtime: Runtime, options: QuorumOptions): Task<Outcome<Quorum, string>> {
  const { config, storage, metadata } = options;
  const nodeId = config.get('node.id');
  const quorum = new LogQuorum(runtime, new LogMetadataLog(runtime, storage.metadataLog), nodeId);
  quorum.onCommitted((batch) => metadata.publish(batch));
  const opened = yield* quorum.open();
  if (!opened.ok) return failure(opened.error);
  return { ok: true, value: quorum };
}
