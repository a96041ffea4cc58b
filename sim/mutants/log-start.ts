// Slips in where logs start: what DeleteRecords promises and when, who learns of it, what is written down of it, and
// what a restart and a reader make of that.

import type { Mutant } from './mutant.ts';

const manager = 'engine/log/log-manager.ts';
const stays = 'retention/deleted-records-stay-deleted';
const checkpoints = 'retention/log-start-checkpoints';

export const logStartMutants: readonly Mutant[] = [
  {
    name: 'log-starts-not-written-at-the-end',
    slip: 'a clean stop writes recovery points and high watermarks down, and forgets where logs start',
    origin: 'slip',
    edits: [
      {
        file: manager,
        find: 'const starts = yield* this.#checkpointLogStarts();',
        replace: 'const starts: DiskOutcome<undefined> = done;',
      },
    ],
    scenarios: [stays],
  },
  {
    name: 'log-starts-written-at-the-end-only',
    slip: 'where logs start is written down at a clean stop, and not now and then before',
    origin: 'slip',
    edits: [
      {
        file: manager,
        find: "this.#every(options.logStartCheckpointIntervalMs, 'log starts', () => this.#checkpointLogStarts());",
        replace: '',
      },
    ],
    scenarios: [checkpoints],
  },
  {
    name: 'log-starts-at-its-first-segment',
    slip: 'a log that is opened starts where its first segment does, whatever the checkpoint says',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/recovery.ts',
        find: 'const logStartOffset = Math.max(options.logStartOffset, segments[0]?.baseOffset ?? 0);',
        replace: 'const logStartOffset = segments[0]?.baseOffset ?? options.logStartOffset;',
      },
    ],
    scenarios: [stays, checkpoints],
  },
  {
    name: 'put-away-without-directory-sync',
    slip: 'a segment counts as put away when its files are renamed, before the names are durable',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/log-start.ts',
        find: `    const durable = yield* this.#runtime.syncDir(directory);
    if (!durable.ok) return durable;
    const { baseOffset } = segment;`,
        replace: '    const { baseOffset } = segment;',
      },
    ],
    scenarios: ['retention/put-away-segments-stay-away'],
  },
  {
    name: 'deleted-on-the-leader-alone',
    slip: 'DeleteRecords is acknowledged when the leader has deleted, without waiting for the followers',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/reign.ts',
        find: 'lowest = Math.min(lowest, logStartOffset);',
        replace: 'lowest = Math.max(lowest, logStartOffset);',
      },
    ],
    scenarios: [stays],
  },
  {
    name: 'follower-tells-what-it-was-told',
    slip: 'a follower tells its leader where the log of the leader starts, and leaves its own as it is',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/partition.ts',
        find: `    const moved = yield* this.log.followLogStart(logStartOffset);
    this.changed();
    return moved;`,
        replace: `    this.toldLogStart = logStartOffset;
    return success(undefined);`,
      },
      {
        file: 'engine/cluster/partition.ts',
        find: '  readonly bytes = new ReadableBytes();',
        replace: '  readonly bytes = new ReadableBytes();\n  toldLogStart = 0;',
      },
      {
        file: 'engine/cluster/follower-fetcher.ts',
        find: 'logStartOffset: partition.logStartOffset,',
        replace: 'logStartOffset: Math.max(partition.logStartOffset, partition.toldLogStart),',
      },
    ],
    scenarios: [stays],
  },
  {
    name: 'follower-keeps-its-log-start',
    slip: 'a follower takes records and high watermarks from its leader, and not where the log starts',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/partition.ts',
        find: `    const moved = yield* this.log.followLogStart(logStartOffset);
    this.changed();
    return moved;`,
        replace: '    return success(undefined);',
      },
    ],
    scenarios: [checkpoints],
  },
  {
    name: 'high-watermark-below-log-start',
    slip: 'a log that is opened has the high watermark of the checkpoint, also where it begins further on',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/partition.ts',
        find: 'const highWatermark = Math.max(options.highWatermark, log.logStartOffset);',
        replace: 'const highWatermark = options.highWatermark;',
      },
    ],
    scenarios: ['retention/put-away-segments-stay-away'],
  },
  {
    name: 'reads-hidden-records',
    slip: 'a fetch is in range when the offset is in a segment, although the log starts further on in it',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/fetch-reading.ts',
        find: 'const inRange = wanted.fetchOffset >= log.logStartOffset && ',
        replace: 'const inRange = wanted.fetchOffset >= (log.segmentBaseOffsets[0] ?? 0) && ',
      },
      {
        file: 'engine/log/log.ts',
        find: 'if (fromOffset < this.logStartOffset || fromOffset > this.logEndOffset) return outOfRange;',
        replace: `if (fromOffset < (this.segmentBaseOffsets[0] ?? 0) || fromOffset > this.logEndOffset)
        return outOfRange;`,
      },
    ],
    scenarios: [stays],
  },
  {
    name: 'earliest-is-the-first-segment',
    slip: 'asked for the earliest offset, a leader tells where its first segment begins',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/handlers/list-offsets.ts',
        find: 'return at(logStartOffset, -1, log.epochs.epochAt(logStartOffset));',
        replace: 'return at(log.segmentBaseOffsets[0] ?? 0, -1, log.epochs.epochAt(logStartOffset));',
      },
    ],
    scenarios: ['retention/deleted-records-come-back', stays],
  },
];
