// Slips in the log: what recovery believes, what a flush makes durable and when, how a log is cut, what is still known
// of producers afterwards, what retention takes, and where a read begins.

import type { Mutant } from './mutant.ts';

export const logMutants: readonly Mutant[] = [
  {
    name: 'recovery-without-checksums',
    slip: 'recovery looks at sizes and offsets only: a torn batch of the right length stays',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/recovery.ts',
        find: 'if (!batch.isCrcValid()) return',
        replace: 'if (batch.magic !== 2) return',
      },
    ],
    scenarios: ['storage/torn-tail'],
  },
  {
    name: 'damaged-tail-kept',
    slip: 'what recovery finds damaged is forgotten and left in the file, where the next batch goes behind it',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/cutting.ts',
        find: 'const cut = yield* opened.value.truncate(endPosition);\n  if (!cut.ok) return cut;\n',
        replace: '',
      },
    ],
    scenarios: ['storage/torn-tail', 'replication/fast-leader-flip'],
  },
  {
    name: 'clean-shutdown-file-stays',
    slip: 'the file that tells of a clean shutdown is read and not removed: after a crash it tells of one too',
    origin: 'KAFKA-10471',
    edits: [
      {
        file: 'engine/log/log-manager.ts',
        find: `
    const removed = yield* this.#runtime.remove(path);
    if (!removed.ok) return removed;
    const durable`,
        replace: '\n    const durable',
      },
    ],
    scenarios: ['storage/restart-then-powerfail'],
  },
  {
    name: 'flush-without-fsync',
    slip: 'a flush moves the recovery point and never calls fsync',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/flusher.ts',
        find: 'const synced = yield* opened.value.sync();',
        replace: 'const synced = done;',
      },
    ],
    scenarios: ['storage/fsync-before-ack'],
  },
  {
    name: 'recovery-point-before-fsync',
    slip: 'a flush moves the recovery point first and calls fsync afterwards',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/flusher.ts',
        find: '    for (const segment of dirty) {',
        replace: `    if (endOffset > this.#recoveryPoint) {
      this.#recoveryPoint = endOffset;
      const { topic, partition } = this.#of;
      this.#runtime.trace.emit({ kind: 'log-flushed', topic, partition, recoveryPoint: endOffset });
    }
    for (const segment of dirty) {`,
      },
    ],
    scenarios: ['storage/fsync-before-ack'],
  },
  {
    name: 'directory-not-synced',
    slip: 'a flush makes the bytes of a new segment durable, and not its name',
    origin: 'KAFKA-3968',
    edits: [
      {
        file: 'engine/log/flusher.ts',
        find: 'const named = yield* this.#runtime.syncDir(this.#of.directory);',
        replace: 'const named = done;',
      },
    ],
    scenarios: ['storage/fsync-before-ack'],
  },
  {
    name: 'failed-fsync-tried-again',
    slip: 'an fsync that fails is tried once more, and the second answer is believed',
    origin: 'BZ-036',
    edits: [
      {
        file: 'engine/log/flusher.ts',
        find: 'const synced = yield* opened.value.sync();',
        replace: `let synced = yield* opened.value.sync();
    if (!synced.ok) synced = yield* opened.value.sync();`,
      },
    ],
    scenarios: ['storage/failed-fsync-and-power-loss', 'storage/failing-fsync'],
  },
  {
    name: 'answer-before-fsync',
    slip: 'a batch counts as written when it is in the page cache, although the topic asks for a flush first',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/writer.ts',
        find: 'return appended.ok ? yield* this.#hooks.wrote(group) : appended;',
        replace: `if (appended.ok) this.#tasks.spawn('after a write', this.#hooks.wrote(group));
    return appended;`,
      },
    ],
    scenarios: ['storage/fsync-before-ack'],
  },
  {
    name: 'producers-survive-the-cut',
    slip: 'a log that is cut still knows the sequences of what was cut, and answers their repetition as a duplicate',
    origin: 'BZ-005',
    edits: [
      {
        file: 'engine/log/log.ts',
        find: '    this.#end.replaceProducers(producers.value);\n',
        replace: '',
      },
    ],
    scenarios: ['replication/fast-leader-flip', 'ordering/ordering-idempotent-failover'],
  },
  {
    name: 'producers-forgotten-at-the-cut',
    slip: 'a log that is cut forgets all its producers, also those whose batches are still in it',
    origin: 'KAFKA-6003',
    edits: [
      {
        file: 'engine/log/log.ts',
        find: 'this.#end.replaceProducers(producers.value);',
        replace: 'this.#end.replaceProducers(new ProducerStates());',
      },
    ],
    scenarios: ['ordering/ordering-idempotent-failover'],
  },
  {
    name: 'no-cut-below-the-first-segment',
    slip: 'a log that is to end before it begins is cut in its first segment, which may have no file yet',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/log.ts',
        find: 'if (offset < (this.#segments.all[0] as Segment).baseOffset) return yield* this.startOverAt(offset);',
        replace: '',
      },
    ],
    scenarios: ['replication/ahead-of-the-whole-log'],
  },
  {
    name: 'snapshot-without-replay',
    slip: 'after a restart producers are known as the newest snapshot has them, without the batches since',
    origin: 'BZ-005',
    edits: [
      {
        file: 'engine/log/snapshots.ts',
        find: 'if (states.ok) return yield* replay(states.value, segments, offset, endOffset);',
        replace: 'if (states.ok) return states;',
      },
    ],
    scenarios: ['ordering/idempotent-crash-at-append'],
  },
  {
    name: 'newest-snapshot-always',
    slip: 'after a crash the newest snapshot is taken, which has one batch of each producer where five may come again',
    origin: 'BZ-002',
    edits: [
      {
        file: 'engine/log/recovery.ts',
        find: 'snapshots.restore(segments, endOffset, tail.value.walkedFrom)',
        replace: 'snapshots.restore(segments, endOffset)',
      },
    ],
    scenarios: ['ordering/idempotent-crash-at-append'],
  },
  {
    name: 'followers-learn-no-sequences',
    slip: 'a follower appends what its leader sends without looking at producers, and leads later without knowing them',
    origin: 'BZ-005',
    edits: [
      {
        file: 'engine/log/log-end.ts',
        find: '    rememberProducer(this.#producers, batch);\n',
        replace: '',
      },
      {
        file: 'engine/log/log-end.ts',
        find: 'batch.assignOffsets(baseOffset, leaderEpoch);',
        replace:
          'batch.assignOffsets(baseOffset, leaderEpoch);\n    rememberProducer(this.#producers, batch);',
      },
    ],
    scenarios: ['ordering/ordering-idempotent-failover'],
  },
  {
    name: 'retention-past-the-high-watermark',
    slip: 'retention takes old segments whether or not the followers have them',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/retention.ts',
        find: 'facts.highWatermark < endOffset || (next === undefined && segment.sizeBytes === 0)',
        replace: 'next === undefined && segment.sizeBytes === 0',
      },
    ],
    scenarios: ['retention/retention-never-past-hw'],
  },
  {
    name: 'retention-by-the-first-record',
    slip: 'a segment is as old as its first record, so that retention takes what came after it too early',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/log-start.ts',
        find: 'segments.all.map(({ baseOffset, plannedBytes, largestTimestampMs }) => {',
        replace:
          'segments.all.map(({ baseOffset, plannedBytes, firstTimestampMs: largestTimestampMs = 0 }) => {',
      },
    ],
    scenarios: ['retention/retention-never-past-hw'],
  },
  {
    name: 'retention-takes-one-too-many',
    slip: 'retention by size takes segments until the log is below its limit, where Kafka stops before that',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/retention.ts',
        find: 'return aboveBytes >= 0;',
        replace: 'return aboveBytes + sizeBytes > 0;',
      },
    ],
    scenarios: ['retention/retention-never-past-hw'],
  },
  {
    name: 'retention-takes-nothing',
    slip: 'no rule of retention but that of DeleteRecords is ever asked: the log only grows',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/retention.ts',
        find: "config.cleanupPolicy.includes('delete')",
        replace: "config.cleanupPolicy.includes('remove')",
      },
    ],
    scenarios: ['retention/retention-never-past-hw'],
  },
  {
    name: 'read-over-what-does-not-fit',
    slip: 'a read whose first batch does not fit goes on to the next segment, and gives a smaller batch from there',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/reading.ts',
        find: "if (selected.kind === 'found') return success(selected.bytes);",
        replace: `if (selected.kind === 'found')
      return success(selected.bytes.length > 0 ? selected.bytes : undefined);`,
      },
    ],
    scenarios: ['replication/fetch-that-does-not-fit'],
  },
  {
    name: 'index-one-entry-too-far',
    slip: 'a look-up in the offset index takes the entry behind the one that it needs',
    origin: 'slip',
    edits: [
      {
        file: 'engine/log/offset-index.ts',
        find: 'return at < 0 ? 0 : (this.#positions[at] as number);',
        replace:
          'return at < 0 ? 0 : (this.#positions[Math.min(at + 1, this.#positions.length - 1)] as number);',
      },
    ],
    scenarios: ['client/client-position-and-replica-choice'],
  },
];
