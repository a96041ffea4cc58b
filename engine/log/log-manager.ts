// The log directory of one broker: `meta.properties`, one directory for each partition, the checkpoints, and
// the file that says that the last shutdown was clean. That file is removed, durably, before anything else is
// touched, and written last of all, only when every log was flushed.
//
// What the directory holds beside Kafka's own files is refused by name and never removed: it may be
// somebody's data. One log directory only (no JBOD), and `cleaner-offset-checkpoint` is neither read nor
// written.

import { assert } from '../base/assert.ts';
import { partitionKey } from '../base/ids.ts';
import { done, failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { Cancel, DiskError } from '../ports.ts';
import { fromUtf8, utf8 } from '../protocol/bytes.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { decodeOffsets, decodePartitionMetadata, encodeOffsets, type PartitionOffset } from './checkpoint.ts';
import {
  damaged,
  joinPath,
  partitionMetadataFileName,
  readWhole,
  replaceFile,
  temporarySuffix,
} from './files.ts';
import { Lock } from './lock.ts';
import { Log } from './log.ts';
import type { LogConfig } from './log-config.ts';
import {
  cleanShutdownFileName,
  contentOf,
  deletedName,
  highWatermarksFileName,
  logStartsFileName,
  type PartitionDirectory,
  recoveryPointsFileName,
} from './log-directory.ts';
import { type MetaProperties, readMetaProperties } from './meta-properties.ts';

export interface LogManagerOptions {
  /** Relative to the disk's root; '' for the root itself. */
  readonly directory: string;
  readonly nodeId: number;
  /** undefined: whatever `meta.properties` says, or a new one on the first boot. */
  readonly clusterId: string | undefined;
  /** log.retention.check.interval.ms */
  readonly retentionCheckIntervalMs: number;
  /** log.flush.offset.checkpoint.interval.ms */
  readonly recoveryPointCheckpointIntervalMs: number;
  /** log.flush.start.offset.checkpoint.interval.ms */
  readonly logStartCheckpointIntervalMs: number;
  /** replica.high.watermark.checkpoint.interval.ms */
  readonly highWatermarkCheckpointIntervalMs: number;
  /**
   * log.flush.scheduler.interval.ms: how often logs are asked whether `flush.ms` is over; Infinity, Kafka's
   * default, for never.
   */
  readonly flushCheckIntervalMs: number;
  /** producer.id.expiration.ms: asked each time, since it may change while the broker runs. */
  readonly producerIdExpirationMs: () => number;
  /** producer.id.expiration.check.interval.ms */
  readonly producerIdExpirationCheckIntervalMs: number;
  readonly configOf: (topic: string) => LogConfig;
  /** undefined while nobody leads or follows the partition here: what was checkpointed stays then. */
  readonly highWatermarkOf: (log: Log) => number | undefined;
  /** A log failed for good: the only log directory is lost, and the broker must halt. */
  readonly onFailure: (error: DiskError) => void;
}

export class LogManager {
  readonly #runtime: Runtime;
  readonly #options: LogManagerOptions;
  readonly #logs = new Map<string, Log>();
  readonly #checkpointing: Lock;
  /** High watermarks as they were checkpointed by the life before. */
  readonly #highWatermarks = new Map<string, number>();
  readonly #cancels = new Set<Cancel>();
  /** Found, and not opened yet. */
  #unopened: PartitionDirectory[] = [];
  #recoveryPoints: ReadonlyMap<string, number> = new Map();
  #logStarts: ReadonlyMap<string, number> = new Map();
  #meta: MetaProperties | undefined;
  /** The broker epoch of the life before, if that ended with a clean shutdown; undefined where it did not. */
  #cleanShutdownEpoch: number | undefined;
  /** From the moment in which logs begin to close: what periodic work meets then is no failure of the disk. */
  #stopping = false;
  #stopped = false;
  #failed: DiskError | undefined;

  constructor(runtime: Runtime, options: LogManagerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#checkpointing = new Lock(runtime.tasks, 'checkpoints');
  }

  get clusterId(): string {
    assert(this.#meta !== undefined, 'the cluster id is known after load');
    return this.#meta.clusterId;
  }

  get directoryId(): string {
    assert(this.#meta !== undefined, 'the directory id is known after load');
    return this.#meta.directoryId;
  }

  /** Whether the life before ended with a clean shutdown. */
  get cleanShutdown(): boolean {
    return this.#cleanShutdownEpoch !== undefined;
  }

  /** The broker epoch of the life before; -1 where that did not end with a clean shutdown, or does not tell. */
  get cleanShutdownEpoch(): number {
    return this.#cleanShutdownEpoch ?? -1;
  }

  get(topic: string, partition: number): Log | undefined {
    return this.#logs.get(partitionKey(topic, partition));
  }

  all(): Log[] {
    return [...this.#logs.values()];
  }

  /** What the last checkpoint said: a lower bound, 0 where it said nothing. */
  checkpointedHighWatermark(topic: string, partition: number): number {
    return this.#highWatermarks.get(partitionKey(topic, partition)) ?? 0;
  }

  // ---- boot

  /**
   * Opens everything that is there, or at first only the topics that are `wanted`; `loadRest` opens the others, whose
   * configuration may be told by these. An error names what is wrong; nothing that was not understood was touched.
   */
  *load(wanted: (topic: string) => boolean = () => true): Task<DiskOutcome<undefined>> {
    const { directory } = this.#options;
    const made = yield* this.#runtime.makeDir(directory);
    if (!made.ok) return made;
    const listed = yield* this.#runtime.list(directory);
    if (!listed.ok) return listed;
    const found = contentOf(directory, listed.value);
    if (!found.ok) return found;
    const meta = yield* readMetaProperties(this.#runtime, directory, this.#options);
    if (!meta.ok) return meta;
    this.#meta = meta.value;
    const clean = yield* this.#takeCleanShutdownFile();
    if (!clean.ok) return clean;
    this.#cleanShutdownEpoch = clean.value;
    for (const name of found.value.leftovers) {
      const removed = yield* this.#runtime.remove(joinPath(directory, name));
      if (!removed.ok) return removed;
    }
    const checkpoints = yield* this.#readCheckpoints();
    if (!checkpoints.ok) return checkpoints;
    this.#unopened = found.value.partitions;
    return yield* this.#openUnopened(wanted);
  }

  loadRest(): Task<DiskOutcome<undefined>> {
    return this.#openUnopened(() => true);
  }

  *#takeCleanShutdownFile(): Task<Outcome<number | undefined, DiskError>> {
    const path = joinPath(this.#options.directory, cleanShutdownFileName);
    const content = yield* readWhole(this.#runtime, path);
    if (!content.ok) return content.error.kind === 'missing' ? success(undefined) : content;
    const removed = yield* this.#runtime.remove(path);
    if (!removed.ok) return removed;
    const durable = yield* this.#runtime.syncDir(this.#options.directory);
    return durable.ok ? success(epochIn(content.value)) : durable;
  }

  *#readCheckpoints(): Task<DiskOutcome<undefined>> {
    const recoveryPoints = yield* this.#readOffsets(recoveryPointsFileName);
    if (!recoveryPoints.ok) return recoveryPoints;
    const logStarts = yield* this.#readOffsets(logStartsFileName);
    if (!logStarts.ok) return logStarts;
    const highWatermarks = yield* this.#readOffsets(highWatermarksFileName);
    if (!highWatermarks.ok) return highWatermarks;
    this.#recoveryPoints = recoveryPoints.value;
    this.#logStarts = logStarts.value;
    for (const [key, offset] of highWatermarks.value) this.#highWatermarks.set(key, offset);
    return done;
  }

  *#openUnopened(wanted: (topic: string) => boolean): Task<DiskOutcome<undefined>> {
    const now = this.#unopened.filter(({ topic }) => wanted(topic));
    for (const directory of now) {
      const { name, topic, partition } = directory;
      const topicId = yield* this.#topicIdOf(name);
      if (!topicId.ok) return topicId;
      // A crash between making the directory and naming its topic: nothing was ever appended, nobody knows of
      // it.
      if (topicId.value === undefined) continue;
      const opened = yield* this.#open(topic, partition, topicId.value, this.#options.configOf(topic), {
        logStartOffset: this.#logStarts.get(name) ?? 0,
        recoveryPoint: this.#recoveryPoints.get(name) ?? 0,
        cleanShutdown: this.cleanShutdown,
      });
      if (!opened.ok) return opened;
    }
    this.#unopened = this.#unopened.filter((directory) => !now.includes(directory));
    // What recovery cut may end below its old recovery point: the file must not promise it any longer.
    return yield* this.#checkpointRecoveryPoints();
  }

  /** A missing checkpoint promises nothing, and a damaged one no more: recovery walks everything then. */
  *#readOffsets(name: string): Task<Outcome<Map<string, number>, DiskError>> {
    const bytes = yield* readWhole(this.#runtime, joinPath(this.#options.directory, name));
    if (!bytes.ok) return bytes.error.kind === 'missing' ? success(new Map()) : bytes;
    const entries = decodeOffsets(bytes.value);
    const known = entries.ok ? entries.value : [];
    return success(new Map(known.map((entry) => [partitionKey(entry.topic, entry.partition), entry.offset])));
  }

  *#topicIdOf(name: string): Task<Outcome<string | undefined, DiskError>> {
    const path = joinPath(joinPath(this.#options.directory, name), partitionMetadataFileName);
    const bytes = yield* readWhole(this.#runtime, path);
    if (bytes.ok) {
      const topicId = decodePartitionMetadata(bytes.value);
      return topicId.ok ? topicId : damaged(path, topicId.error);
    }
    if (bytes.error.kind !== 'missing') return bytes;
    const listed = yield* this.#runtime.list(joinPath(this.#options.directory, name));
    if (!listed.ok) return listed;
    const strangers = listed.value.filter((entry) => !entry.name.endsWith(temporarySuffix));
    return strangers.length === 0 ? success(undefined) : damaged(path, 'is missing beside data of a topic');
  }

  *#open(
    topic: string,
    partition: number,
    topicId: string,
    config: LogConfig,
    known: { logStartOffset: number; recoveryPoint: number; cleanShutdown: boolean },
  ): Task<Outcome<Log, DiskError>> {
    const opened = yield* Log.open(this.#runtime, {
      directory: joinPath(this.#options.directory, partitionKey(topic, partition)),
      topic,
      partition,
      topicId,
      config,
      ...known,
      onFailure: (error) => this.#fail(error),
      onTruncated: () => this.#afterTruncation(),
    });
    if (opened.ok) this.#logs.set(partitionKey(topic, partition), opened.value);
    return opened;
  }

  // ---- logs come and go

  /** Makes the log of a new partition; its name is durable when this returns. */
  *createLog(
    topic: string,
    partition: number,
    topicId: string,
    config: LogConfig,
  ): Task<Outcome<Log, DiskError>> {
    assert(this.get(topic, partition) === undefined, `${topic}-${partition} must not be there yet`);
    this.#highWatermarks.delete(partitionKey(topic, partition));
    const known = { logStartOffset: 0, recoveryPoint: 0, cleanShutdown: false };
    const opened = yield* this.#open(topic, partition, topicId, config, known);
    if (!opened.ok) return opened;
    const named = yield* this.#runtime.syncDir(this.#options.directory);
    return named.ok ? opened : named;
  }

  /**
   * Takes the log out of the broker at once; its files go after `file.delete.delay.ms`, or at the next boot.
   */
  *deleteLog(topic: string, partition: number): Task<DiskOutcome<undefined>> {
    const key = partitionKey(topic, partition);
    const log = this.#logs.get(key);
    assert(log !== undefined, `${key} must be there`);
    this.#logs.delete(key);
    this.#highWatermarks.delete(key);
    yield* log.stop();
    const { trace } = this.#runtime;
    // Told before it is done: whoever dies on the way may find the log gone or still there.
    if (trace.wants('log-deleted')) trace.emit({ kind: 'log-deleted', topic, partition });
    const away = joinPath(this.#options.directory, deletedName(key, this.#runtime));
    const renamed = yield* this.#runtime.rename(log.directory, away);
    if (!renamed.ok) return renamed;
    const durable = yield* this.#runtime.syncDir(this.#options.directory);
    if (!durable.ok) return durable;
    // A topic of the same name made later must not inherit the offsets of this one.
    const written = yield* this.#checkpointAll();
    this.#later(log.config.fileDeleteDelayMs, () => {
      this.#runtime.tasks.spawn(`remove ${away}`, this.#runtime.remove(away));
    });
    return written;
  }

  // ---- periodic work

  /** Starts the periodic tasks. */
  start(): void {
    const options = this.#options;
    this.#every(options.retentionCheckIntervalMs, 'retention', () => this.#applyRetention());
    this.#every(options.recoveryPointCheckpointIntervalMs, 'recovery points', () =>
      this.#checkpointRecoveryPoints(),
    );
    this.#every(options.logStartCheckpointIntervalMs, 'log starts', () => this.#checkpointLogStarts());
    this.#every(options.highWatermarkCheckpointIntervalMs, 'high watermarks', () =>
      this.#checkpointHighWatermarks(),
    );
    this.#every(options.flushCheckIntervalMs, 'flush by time', () => this.#flushByTime());
    this.#every(options.producerIdExpirationCheckIntervalMs, 'producer expiry', () =>
      this.#expireProducers(),
    );
  }

  *#applyRetention(): Task<DiskOutcome<undefined>> {
    for (const log of this.all()) {
      const nowMs = this.#runtime.clock.wallMs();
      const applied = yield* log.applyRetention(nowMs, this.#highWatermarkOf(log));
      if (!applied.ok && !this.#isGone(log)) return applied;
    }
    return done;
  }

  *#flushByTime(): Task<DiskOutcome<undefined>> {
    for (const log of this.all()) {
      const silentMs = this.#runtime.clock.wallMs() - log.lastFlushMs;
      if (silentMs < log.config.flushMs || log.recoveryPoint === log.logEndOffset) continue;
      const flushed = yield* log.flush();
      if (!flushed.ok && !this.#isGone(log)) return flushed;
    }
    return done;
  }

  *#expireProducers(): Task<DiskOutcome<undefined>> {
    const nowMs = this.#runtime.clock.wallMs();
    const expirationMs = this.#options.producerIdExpirationMs();
    for (const log of this.all()) log.producers.expire(nowMs, expirationMs);
    return done;
  }

  *#checkpointAll(): Task<DiskOutcome<undefined>> {
    const recovery = yield* this.#checkpointRecoveryPoints();
    if (!recovery.ok) return recovery;
    const starts = yield* this.#checkpointLogStarts();
    return starts.ok ? yield* this.#checkpointHighWatermarks() : starts;
  }

  #checkpointRecoveryPoints(): Task<DiskOutcome<undefined>> {
    // What is not opened yet is as durable as it was.
    const unopened = this.#unopened.map(({ name, topic, partition }) => {
      return { topic, partition, offset: this.#recoveryPoints.get(name) ?? 0 };
    });
    return this.#checkpoint(recoveryPointsFileName, (log) => log.recoveryPoint, unopened);
  }

  #checkpointLogStarts(): Task<DiskOutcome<undefined>> {
    return this.#checkpoint(logStartsFileName, (log) => log.logStartOffset);
  }

  #checkpointHighWatermarks(): Task<DiskOutcome<undefined>> {
    return this.#checkpoint(highWatermarksFileName, (log) => this.#highWatermarkOf(log));
  }

  /** The values are taken when the lock is, so that a later write never carries older ones. */
  #checkpoint(
    name: string,
    offsetOf: (log: Log) => number,
    others: readonly PartitionOffset[] = [],
  ): Task<DiskOutcome<undefined>> {
    return this.#checkpointing.hold(() => {
      const entries = this.all().map((log) => {
        return { topic: log.topic, partition: log.partition, offset: offsetOf(log) };
      });
      entries.push(...others);
      return replaceFile(this.#runtime, this.#options.directory, name, encodeOffsets(entries));
    });
  }

  #highWatermarkOf(log: Log): number {
    return this.#options.highWatermarkOf(log) ?? this.checkpointedHighWatermark(log.topic, log.partition);
  }

  *#afterTruncation(): Task<void> {
    const written = yield* this.#checkpointRecoveryPoints();
    if (!written.ok) this.#fail(written.error);
  }

  #every(intervalMs: number, label: string, work: () => Task<DiskOutcome<undefined>>): void {
    if (intervalMs === Number.POSITIVE_INFINITY) return;
    this.#later(intervalMs, () => this.#runtime.tasks.spawn(label, this.#round(intervalMs, label, work)));
  }

  *#round(intervalMs: number, label: string, work: () => Task<DiskOutcome<undefined>>): Task<void> {
    const outcome = yield* work();
    if (!outcome.ok) this.#fail(outcome.error);
    else this.#every(intervalMs, label, work);
  }

  #later(delayMs: number, work: () => void): void {
    if (this.#stopping) return;
    const cancel = this.#runtime.after(delayMs, () => {
      this.#cancels.delete(cancel);
      work();
    });
    this.#cancels.add(cancel);
  }

  #isGone(log: Log): boolean {
    return this.#stopping || this.get(log.topic, log.partition) !== log;
  }

  #fail(error: DiskError): void {
    if (this.#failed !== undefined || this.#stopped) return;
    this.#failed = error;
    this.#options.onFailure(error);
  }

  // ---- shutdown

  /**
   * Flushes every log, writes the checkpoints, and the clean-shutdown file last; an error on the way leaves
   * it out. `brokerEpoch` is of this life, -1 for a node that is no broker.
   */
  *shutdown(brokerEpoch: number): Task<DiskOutcome<undefined>> {
    this.#stopping = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    let first: DiskOutcome<undefined> = done;
    for (const log of this.all()) {
      const closed = yield* log.close();
      if (!closed.ok && first.ok) first = closed;
    }
    this.#stopped = true;
    if (!first.ok) return first;
    if (this.#failed !== undefined) return failure(this.#failed);
    const checkpointed = yield* this.#checkpointAll();
    if (!checkpointed.ok) return checkpointed;
    const content = utf8(JSON.stringify({ version: 0, brokerEpoch }));
    return yield* replaceFile(this.#runtime, this.#options.directory, cleanShutdownFileName, content);
  }
}

/** Older brokers left the file empty; a clean shutdown it was all the same. */
function epochIn(content: Uint8Array): number {
  const match = /"brokerEpoch"\s*:\s*(\d{1,15})/.exec(fromUtf8(content));
  return match === null ? -1 : Number(match[1]);
}
