// The disk of a node: its log directory, with the metadata log opened and the other logs found. What the topics want of
// their logs is in the metadata log, which is one of the logs; so it is opened first, and the view of the metadata is
// asked for the others later (`configuredBy`).

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { logConfigOf } from '../cluster/log-config-of.ts';
import type { MetadataView } from '../cluster/metadata-view.ts';
import type { Replicas } from '../cluster/replicas.ts';
import type { BrokerConfig } from '../config/config.ts';
import { clusterMetadataTopic } from '../core/topic-names.ts';
import type { Log } from '../log/log.ts';
import { defaultLogConfig } from '../log/log-config.ts';
import { LogManager } from '../log/log-manager.ts';
import type { DiskError } from '../ports.ts';
import type { Runtime } from '../runtime.ts';

/** Retention does not know what of the metadata log is in a snapshot: nothing of it may expire by itself. */
const metadataLogConfig = { ...defaultLogConfig, cleanupPolicy: [], retentionMs: -1 };

/** Kafka's fixed id of the metadata topic: the uuid whose last bit is set. */
const clusterMetadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

export class Storage {
  readonly logs: LogManager;
  readonly metadataLog: Log;
  readonly #late: Late;

  private constructor(logs: LogManager, metadataLog: Log, late: Late) {
    this.logs = logs;
    this.metadataLog = metadataLog;
    this.#late = late;
  }

  /** The error is a sentence for people. */
  static *open(
    runtime: Runtime,
    config: BrokerConfig,
    onFailure: (error: DiskError) => void,
  ): Task<Outcome<Storage, string>> {
    const late: Late = { metadata: undefined, replicas: undefined };
    const logs = newLogManager(runtime, config, late, onFailure);
    const loaded = yield* logs.load((topic) => topic === clusterMetadataTopic);
    if (!loaded.ok) return unusable(loaded.error);
    const metadataLog = yield* openMetadataLog(logs);
    if (!metadataLog.ok) return failure(`the metadata log cannot be opened: ${metadataLog.error.detail}`);
    return success(new Storage(logs, metadataLog.value, late));
  }

  /** Opens the other logs, as their topics want it by now. */
  *loadRest(metadata: MetadataView): Task<Outcome<undefined, string>> {
    this.#late.metadata = metadata;
    const loaded = yield* this.logs.loadRest();
    return loaded.ok ? success(undefined) : unusable(loaded.error);
  }

  /** From now on high watermarks are checkpointed as these have them. */
  watermarksOf(replicas: Replicas): void {
    this.#late.replicas = replicas;
  }
}

/** Who is asked by the logs, and comes to be after them. */
interface Late {
  metadata: MetadataView | undefined;
  replicas: Replicas | undefined;
}

function newLogManager(
  runtime: Runtime,
  config: BrokerConfig,
  late: Late,
  onFailure: (error: DiskError) => void,
): LogManager {
  return new LogManager(runtime, {
    directory: '',
    nodeId: config.get('node.id'),
    clusterId: config.get('odradek.cluster.id') ?? undefined,
    retentionCheckIntervalMs: config.get('log.retention.check.interval.ms'),
    recoveryPointCheckpointIntervalMs: config.get('log.flush.offset.checkpoint.interval.ms'),
    logStartCheckpointIntervalMs: config.get('log.flush.start.offset.checkpoint.interval.ms'),
    highWatermarkCheckpointIntervalMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
    flushCheckIntervalMs: config.get('log.flush.scheduler.interval.ms'),
    producerIdExpirationCheckIntervalMs: config.get('producer.id.expiration.check.interval.ms'),
    producerIdExpirationMs: () => (late.metadata?.brokerConfig ?? config).get('producer.id.expiration.ms'),
    configOf: (topic) =>
      topic === clusterMetadataTopic || late.metadata === undefined
        ? metadataLogConfig
        : logConfigOf(late.metadata.topicConfig(topic)),
    highWatermarkOf: (log) => late.replicas?.partition(log.topic, log.partition)?.highWatermark,
    onFailure,
  });
}

function* openMetadataLog(logs: LogManager): Task<Outcome<Log, DiskError>> {
  const log = logs.get(clusterMetadataTopic, 0);
  if (log !== undefined) return success(log);
  return yield* logs.createLog(clusterMetadataTopic, 0, clusterMetadataTopicId, metadataLogConfig);
}

function unusable(error: DiskError): Outcome<never, string> {
  return failure(`the log directory cannot be used: ${error.detail}`);
}
