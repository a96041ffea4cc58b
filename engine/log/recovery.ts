// Opening a log: what its directory holds becomes segments, epochs and producer state (Kafka's LogLoader).
//
// After a clean shutdown the files are trusted and missing indexes built again. Otherwise every segment from
// the one that holds the recovery point on, and always the last, is walked from its start: size, checksum,
// ascending offsets, and no gap between them above the recovery point (stricter than Kafka, where a lost name
// of a middle segment leaves a hole that no other replica has; not asked of topics that are compacted). At
// the first batch that fails the log ends: the file is cut there and later segments are removed, the last one
// first, each removal durable before the next, so that a crash in between leaves no hole. What is below the
// recovery point was fsynced and is not looked at again.
//
// Damage below the recovery point that the walk happens to meet is cut too, as Kafka does: `log-recovered`
// then tells an end below the checkpointed point. Batches of format v0 and v1 count as damage. `.swap` and
// `.cleaned` files of a compaction are refused by name: this log does not compact, and finishing another
// program's swap would be a guess.

import { done, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { EpochHistory } from '../core/epoch-history.ts';
import type { ProducerStates } from '../core/producer-state.ts';
import type { DirectoryEntry, DiskError } from '../ports.ts';
import type { RecordBatch } from '../protocol/record-batch.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { decodeEpochs, decodePartitionMetadata, encodePartitionMetadata } from './checkpoint.ts';
import { cutFile, removeSegmentFiles } from './cutting.ts';
import {
  checkpointFileName,
  damaged,
  deletedSuffix,
  epochsFileName,
  joinPath,
  parseSegmentFileName,
  partitionMetadataFileName,
  quorumStateFileName,
  readWhole,
  removeIfThere,
  replaceFile,
  temporarySuffix,
} from './files.ts';
import type { Segment } from './segment.ts';
import { Snapshots } from './snapshots.ts';
import { walkBatches } from './walk.ts';

export interface RecoveryOptions {
  readonly directory: string;
  readonly topicId: string;
  readonly logStartOffset: number;
  readonly recoveryPoint: number;
  readonly cleanShutdown: boolean;
  /** Compaction leaves gaps between offsets; elsewhere a gap is something that a power loss took. */
  readonly mayHaveGaps: boolean;
  readonly newSegment: (baseOffset: number) => Segment;
}

export interface Recovered {
  readonly segments: Segment[];
  readonly snapshots: Snapshots;
  readonly producers: ProducerStates;
  readonly epochs: EpochHistory;
  /** Whether the file says what `epochs` says. */
  readonly epochsOnDisk: boolean;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly recoveryPoint: number;
  readonly truncatedBytes: number;
}

/** What the walk over the segments found. */
interface Tail {
  endOffset: number;
  truncatedBytes: number;
  /** Where the walk began; behind the end when every segment was trusted. */
  walkedFrom: number;
}

interface Inventory {
  /** By base offset, ascending. */
  readonly logs: { readonly baseOffset: number; readonly entry: DirectoryEntry }[];
  readonly snapshotOffsets: number[];
}

export function* recover(runtime: Runtime, options: RecoveryOptions): Task<Outcome<Recovered, DiskError>> {
  const made = yield* runtime.makeDir(options.directory);
  if (!made.ok) return made;
  const identified = yield* identify(runtime, options);
  if (!identified.ok) return identified;
  const inventory = yield* takeInventory(runtime, options.directory);
  if (!inventory.ok) return inventory;
  const { logs, snapshotOffsets } = inventory.value;
  const segments = logs.map(({ baseOffset }) => options.newSegment(baseOffset));
  const loaded = yield* loadEpochs(runtime, options.directory);
  if (!loaded.ok) return loaded;
  const epochs = loaded.value ?? new EpochHistory();
  const loadedRevision = epochs.revision;

  const tail = yield* walkSegments(runtime, options, segments, logs, epochs);
  if (!tail.ok) return tail;
  let { endOffset } = tail.value;
  const logStartOffset = Math.max(options.logStartOffset, segments[0]?.baseOffset ?? 0);
  if (segments.length === 0 || endOffset < logStartOffset) {
    const fresh = yield* startAnew(runtime, options, segments, logStartOffset);
    if (!fresh.ok) return fresh;
    endOffset = logStartOffset;
  } else if (logStartOffset > (segments[0]?.baseOffset ?? 0)) runtime.reached('log-start-from-checkpoint');
  if (loaded.value === undefined) {
    const read = yield* readEpochs(segments, epochs);
    if (!read.ok) return read;
    if (endOffset > logStartOffset) runtime.reached('epochs-read-from-batches');
  }
  epochs.truncateFromEnd(endOffset);
  epochs.truncateFromStart(logStartOffset);
  const snapshots = new Snapshots(runtime, options.directory, snapshotOffsets);
  const producers = yield* snapshots.restore(segments, endOffset, tail.value.walkedFrom);
  if (!producers.ok) return producers;
  return success({
    segments,
    snapshots,
    producers: producers.value,
    epochs,
    epochsOnDisk: loaded.value !== undefined && epochs.revision === loadedRevision,
    logStartOffset,
    logEndOffset: endOffset,
    recoveryPoint: options.cleanShutdown ? endOffset : Math.min(options.recoveryPoint, endOffset),
    truncatedBytes: tail.value.truncatedBytes,
  });
}

/**
 * The directory belongs to one incarnation of the topic; a directory without the file belongs to whoever asks
 * first.
 */
function* identify(runtime: Runtime, { directory, topicId }: RecoveryOptions): Task<DiskOutcome<undefined>> {
  const path = joinPath(directory, partitionMetadataFileName);
  const bytes = yield* readWhole(runtime, path);
  if (!bytes.ok && bytes.error.kind !== 'missing') return bytes;
  if (!bytes.ok) {
    return yield* replaceFile(
      runtime,
      directory,
      partitionMetadataFileName,
      encodePartitionMetadata(topicId),
    );
  }
  const found = decodePartitionMetadata(bytes.value);
  if (!found.ok) return damaged(path, found.error);
  if (found.value !== topicId) return damaged(path, `belongs to topic id ${found.value}, not to ${topicId}`);
  return done;
}

function* takeInventory(runtime: Runtime, directory: string): Task<Outcome<Inventory, DiskError>> {
  const listed = yield* runtime.list(directory);
  if (!listed.ok) return listed;
  const logs: Inventory['logs'] = [];
  const snapshotOffsets: number[] = [];
  const leftovers: string[] = [];
  const known = new Set(listed.value.map(({ name }) => name));
  for (const entry of listed.value) {
    const { name } = entry;
    const parsed = parseSegmentFileName(name);
    if (parsed?.kind === 'log') logs.push({ baseOffset: parsed.offset, entry });
    else if (parsed?.kind === 'snapshot') snapshotOffsets.push(parsed.offset);
    else if (parsed !== undefined) {
      if (!known.has(name.replace(/\.[a-z]+$/, '.log'))) leftovers.push(name);
    } else if (name.endsWith(temporarySuffix) || name.endsWith(deletedSuffix)) leftovers.push(name);
    else if (!belongsToLog(name)) {
      return damaged(joinPath(directory, name), 'is nothing that a log knows; nothing was touched');
    }
  }
  for (const name of leftovers) {
    const removed = yield* removeIfThere(runtime, joinPath(directory, name));
    if (!removed.ok) return removed;
  }
  return success({ logs, snapshotOffsets });
}

function belongsToLog(name: string): boolean {
  if (name === epochsFileName || name === partitionMetadataFileName || name === quorumStateFileName)
    return true;
  return checkpointFileName.test(name);
}

/** undefined when there is no file, or none that can be believed: the batches know. */
function* loadEpochs(
  runtime: Runtime,
  directory: string,
): Task<Outcome<EpochHistory | undefined, DiskError>> {
  const bytes = yield* readWhole(runtime, joinPath(directory, epochsFileName));
  if (!bytes.ok) return bytes.error.kind === 'missing' ? success(undefined) : bytes;
  const entries = decodeEpochs(bytes.value);
  return success(entries.ok ? new EpochHistory(entries.value) : undefined);
}

/** Brings every segment up, trusted or walked; removes from `segments` what lies behind damage. */
function* walkSegments(
  runtime: Runtime,
  options: RecoveryOptions,
  segments: Segment[],
  logs: Inventory['logs'],
  epochs: EpochHistory,
): Task<Outcome<Tail, DiskError>> {
  const tail: Tail = {
    endOffset: segments[0]?.baseOffset ?? 0,
    truncatedBytes: 0,
    walkedFrom: Number.MAX_SAFE_INTEGER,
  };
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index] as Segment;
    const previous = segments[index - 1];
    if (previous !== undefined && isGap(options, tail.endOffset, segment.baseOffset)) {
      const end = { endPosition: previous.writtenBytes, endOffset: tail.endOffset };
      const cut = yield* cutAt(runtime, options.directory, segments, index - 1, end);
      if (!cut.ok) return cut;
      runtime.reached('hole-cut-out');
      tail.truncatedBytes += cut.value;
      break;
    }
    const { sizeBytes, modifiedMs } = (logs[index] as Inventory['logs'][0]).entry;
    const next = segments[index + 1];
    const trusted = options.cleanShutdown || (next !== undefined && next.baseOffset <= options.recoveryPoint);
    const adopted = yield* segment.adopt(sizeBytes, modifiedMs, next !== undefined);
    if (!adopted.ok) return adopted;
    if (!adopted.value && sizeBytes > 0) runtime.reached('index-rebuilt');
    if (options.cleanShutdown) segment.nameDurable = true;
    if (trusted && next !== undefined && adopted.value) {
      segment.dropIndexes();
      tail.endOffset = next.baseOffset;
      continue;
    }
    const fromOffset = Math.max(tail.endOffset, segment.baseOffset);
    if (!trusted) tail.walkedFrom = Math.min(tail.walkedFrom, segment.baseOffset);
    const from = trusted && adopted.value ? 'last-entry' : 'start';
    const walked = yield* walkOne(options, segment, from, fromOffset, epochs);
    if (!walked.ok) return walked;
    tail.endOffset = Math.max(walked.value.endOffset, segment.baseOffset);
    if (walked.value.endPosition < sizeBytes) {
      tail.truncatedBytes += sizeBytes - walked.value.endPosition;
      const cut = yield* cutAt(runtime, options.directory, segments, index, walked.value);
      if (!cut.ok) return cut;
      tail.truncatedBytes += cut.value;
      break;
    }
    if (next !== undefined) {
      segment.leave();
      const saved = yield* segment.saveIndexes();
      if (!saved.ok) return saved;
      segment.dropIndexes();
    }
  }
  segments.at(-1)?.reactivate();
  return success(tail);
}

interface SegmentEnd {
  readonly endPosition: number;
  readonly endOffset: number;
}

/**
 * Walks one segment and learns its indexes: from its start, or from the last index entry where these are
 * trusted.
 */
function* walkOne(
  options: RecoveryOptions,
  segment: Segment,
  from: 'start' | 'last-entry',
  fromOffset: number,
  epochs: EpochHistory,
): Task<Outcome<SegmentEnd, DiskError>> {
  const opened = yield* segment.open(false);
  if (!opened.ok) return opened;
  if (from === 'start') segment.resetIndexes();
  const indexes = yield* segment.indexes();
  if (!indexes.ok) return indexes;
  const position = indexes.value.offsets.lastPosition;
  segment.reactivate();
  const first = yield* walkBatches(opened.value, 0, segment.writtenBytes, (batch) => {
    segment.firstTimestampMs = batch.maxTimestamp;
    return 'stop';
  });
  if (!first.ok) return first;
  let endOffset = position === 0 ? fromOffset : segment.baseOffset;
  const walked = yield* walkBatches(opened.value, position, segment.writtenBytes, (batch, at) => {
    const defect = isGap(options, endOffset, batch.baseOffset)
      ? `offset ${batch.baseOffset} after ${endOffset - 1}`
      : defectOf(batch, endOffset, segment.baseOffset);
    if (defect !== undefined) return { defect };
    segment.found(batch, at);
    if (batch.partitionLeaderEpoch > epochs.latestEpoch) {
      epochs.assign(batch.partitionLeaderEpoch, batch.baseOffset);
    }
    endOffset = batch.nextOffset;
    return undefined;
  });
  if (!walked.ok) return walked;
  if (walked.value.defect !== undefined && from === 'last-entry') {
    return yield* walkOne(options, segment, 'start', fromOffset, epochs);
  }
  return success({ endPosition: walked.value.endPosition, endOffset });
}

function isGap({ mayHaveGaps, recoveryPoint }: RecoveryOptions, endOffset: number, next: number): boolean {
  return !mayHaveGaps && endOffset >= recoveryPoint && next > endOffset;
}

function defectOf(batch: RecordBatch, endOffset: number, baseOffset: number): string | undefined {
  if (batch.baseOffset < endOffset) return `offset ${batch.baseOffset} after ${endOffset - 1}`;
  if (batch.lastOffset - baseOffset > 0x7fffffff)
    return `offset ${batch.lastOffset} in segment ${baseOffset}`;
  if (!batch.isCrcValid()) return `the batch at offset ${batch.baseOffset} does not match its checksum`;
  return undefined;
}

/** The log ends inside segment `index`. Returns the bytes of the segments behind it, which are gone. */
function* cutAt(
  runtime: Runtime,
  directory: string,
  segments: Segment[],
  index: number,
  end: SegmentEnd,
): Task<Outcome<number, DiskError>> {
  let removedBytes = 0;
  for (const segment of segments.splice(index + 1).reverse()) {
    const adopted = yield* segment.open(false);
    if (!adopted.ok) return adopted;
    removedBytes += adopted.value.sizeBytes();
    const removed = yield* removeSegmentFiles(runtime, directory, segment);
    if (!removed.ok) return removed;
  }
  const segment = segments[index] as Segment;
  // It will be the active one, and a segment that others followed may have dropped its indexes already.
  const indexes = yield* segment.indexes();
  if (!indexes.ok) return indexes;
  const cut = yield* cutFile(segment, end.endPosition, end.endOffset);
  return cut.ok ? success(removedBytes) : cut;
}

/** No segment is of use: the log begins, empty, where it must. */
function* startAnew(
  runtime: Runtime,
  options: RecoveryOptions,
  segments: Segment[],
  logStartOffset: number,
): Task<DiskOutcome<undefined>> {
  for (const segment of segments.splice(0).reverse()) {
    const removed = yield* removeSegmentFiles(runtime, options.directory, segment);
    if (!removed.ok) return removed;
  }
  const segment = options.newSegment(logStartOffset);
  segments.push(segment);
  const opened = yield* segment.open(true);
  return opened.ok ? done : opened;
}

/** The epochs as the batches tell them: for a file that is missing or not to be believed. */
function* readEpochs(segments: readonly Segment[], epochs: EpochHistory): Task<DiskOutcome<undefined>> {
  epochs.clear();
  for (const segment of segments) {
    const opened = yield* segment.open(false);
    if (!opened.ok) return opened;
    const walked = yield* walkBatches(opened.value, 0, segment.writtenBytes, (batch) => {
      if (batch.partitionLeaderEpoch > epochs.latestEpoch) {
        epochs.assign(batch.partitionLeaderEpoch, batch.baseOffset);
      }
      return undefined;
    });
    if (!walked.ok) return walked;
  }
  return done;
}
