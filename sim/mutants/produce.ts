// Slips on the way of a record through its leader: the numbers of producers, what a Produce request waits for, what
// readers are shown, and the deletion of records.

import type { Mutant } from './mutant.ts';

export const produceMutants: readonly Mutant[] = [
  {
    name: 'sequence-gap-accepted',
    slip: 'a batch is in sequence when its number is not below the next one, so that one before it may be missing',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/producer-state.ts',
        find: 'return batch.baseSequence === (last === sequenceMax ? 0 : last + 1);',
        replace: 'return batch.baseSequence >= (last === sequenceMax ? 0 : last + 1);',
      },
    ],
    scenarios: ['ordering/ordering-idempotent-failover'],
  },
  {
    name: 'two-batches-remembered',
    slip: 'a leader remembers the last two batches of a producer, which may have five in flight',
    origin: 'KAFKA-5494',
    edits: [
      {
        file: 'engine/core/producer-state.ts',
        find: 'const rememberedBatches = 5;',
        replace: 'const rememberedBatches = 2;',
      },
    ],
    scenarios: ['ordering/ordering-idempotent-failover', 'ordering/one-in-flight-keeps-order'],
  },
  {
    name: 'newest-batch-recognised-only',
    slip: 'only the newest batch of a producer is recognised, and an older number is taken for a new batch',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/producer-state.ts',
        find: 'for (const known of state.batches) {',
        replace: 'for (const known of state.batches.slice(-1)) {',
      },
      {
        file: 'engine/core/producer-state.ts',
        find: 'return batch.baseSequence === (last === sequenceMax ? 0 : last + 1);',
        replace: 'return batch.baseSequence <= (last === sequenceMax ? 0 : last + 1);',
      },
    ],
    scenarios: ['ordering/ordering-idempotent-failover'],
  },
  {
    name: 'duplicate-acknowledged-at-once',
    slip: 'a batch that comes again is acknowledged at once, though its first coming may not be committed yet',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/handlers/produce.ts',
        find: 'logAppendTimeMs: timestampMs, tellsLogStart: true, pending };',
        replace: 'logAppendTimeMs: timestampMs, tellsLogStart: true, pending: undefined };',
      },
    ],
    scenarios: ['ordering/ordering-idempotent-failover', 'acks/acks-all-failover-storm'],
  },
  {
    name: 'acks-one-before-the-write',
    slip: 'Produce is answered as soon as the batch has its offset, without waiting for the write',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/handlers/produce.ts',
        find: '    yield* waitWritten(answer);\n    if (request.acks === -1',
        replace: '    if (request.acks === -1',
      },
    ],
    scenarios: ['acks/acks1-process-crash'],
  },
  {
    name: 'commit-one-short',
    slip: 'acks=all is answered when the high watermark has reached the last record of the batch, and not passed it',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/partition.ts',
        find: 'this.#waiters.add(lastOffset + 1, reached)',
        replace: 'this.#waiters.add(lastOffset, reached)',
      },
    ],
    scenarios: ['acks/acks-all-failover-storm', 'ordering/ordering-idempotent-failover'],
  },
  {
    name: 'waiters-survive-the-reign',
    slip: 'who waits for a commit is not sent away when leadership is lost, and the high watermark of another answers',
    origin: 'BZ-016',
    edits: [
      {
        file: 'engine/cluster/partition.ts',
        find: `    this.#ledSinceEpoch = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters.releaseAll()) waiter.settle('gone');
`,
        replace: '    this.#ledSinceEpoch = Number.POSITIVE_INFINITY;\n',
      },
    ],
    scenarios: ['replication/fast-leader-flip'],
  },
  {
    name: 'uncommitted-records-served',
    slip: 'a Fetch of a consumer is served up to the log end',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/fetch-reading.ts',
        find: 'const upToOffset = state.readableUpTo(isolation, log.producers.firstUndecidedOffset);',
        replace: 'const upToOffset = state.logEndOffset;',
      },
    ],
    scenarios: ['replication/leader-transfer', 'replication/fast-leader-flip'],
  },
  {
    name: 'latest-is-the-log-end',
    slip: 'ListOffsets tells consumers the log end where it should tell the high watermark',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/handlers/list-offsets.ts',
        find: 'at(upToOffset, -1, partition.leaderEpoch)',
        replace: 'at(partition.logEndOffset, -1, partition.leaderEpoch)',
      },
    ],
    scenarios: ['replication/list-offsets-linearizable'],
  },
  {
    name: 'latest-of-a-new-leader',
    slip: 'a new leader tells the high watermark that it happens to know, behind that of the leader before it',
    origin: 'KIP-207',
    edits: [
      {
        file: 'engine/server/handlers/list-offsets.ts',
        find: "const notYet = isolation !== 'log-end' && !partition.state.highWatermarkIsCurrent;",
        replace: 'const notYet = false;',
      },
    ],
    scenarios: ['replication/list-offsets-linearizable'],
  },
  {
    name: 'latest-of-any-replica',
    slip: 'ListOffsets is answered by whoever has a replica, unless a follower asks',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/handlers/list-offsets.ts',
        find: 'if (replicaId !== debugReplicaId)',
        replace: 'if (replicaId >= 0)',
      },
    ],
    scenarios: ['replication/list-offsets-linearizable'],
  },
  {
    name: 'records-deleted-to-the-log-end',
    slip: 'DeleteRecords without an offset deletes up to the log end, where the high watermark is meant',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/handlers/delete-records.ts',
        find: 'const target = offset === -1 ? partition.highWatermark : offset;',
        replace: 'const target = offset === -1 ? partition.logEndOffset : offset;',
      },
      {
        file: 'engine/server/handlers/delete-records.ts',
        find: 'target > partition.highWatermark',
        replace: 'target > partition.logEndOffset',
      },
    ],
    scenarios: ['retention/retention-never-past-hw'],
  },
  {
    name: 'request-given-back-before-its-write',
    slip: 'the buffer of a Produce request is used again as soon as it was started, before its bytes are written',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/connection.ts',
        find: 'ended.onSettled((verdict) => {',
        replace: `if (call.api.name === 'Produce') runtime.buffers.giveBack(request);
    ended.onSettled((verdict) => {`,
      },
    ],
    scenarios: ['ordering/ordering-per-partition-baseline'],
  },
  {
    name: 'answer-given-back-before-it-left',
    slip: 'the buffers of a Fetch answer are used again as soon as it was queued, before the system has taken it',
    origin: 'slip',
    edits: [
      {
        file: 'engine/server/connection.ts',
        find: 'this.#lent.push(...lent);',
        replace: 'for (const buffer of lent) this.#services.runtime.buffers.giveBack(buffer);',
      },
    ],
    scenarios: ['ordering/ordering-per-partition-baseline'],
  },
  {
    name: 'former-epoch-taken',
    slip: 'a batch of an earlier epoch of its producer is taken as one that begins anew',
    origin: 'KIP-360',
    edits: [
      {
        file: 'engine/core/producer-state.ts',
        find: 'if (batch.producerEpoch < state.epoch) return refuse(ErrorCode.INVALID_PRODUCER_EPOCH);',
        replace: 'if (batch.producerEpoch < state.epoch) return append;',
      },
    ],
    scenarios: ['ordering/late-batch-of-former-epoch'],
  },
  {
    name: 'any-epoch-begins-anew',
    slip: 'a batch of another epoch than the last one has to begin at 0, whether that epoch is newer or over',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/producer-state.ts',
        find: 'if (batch.producerEpoch < state.epoch) return refuse(ErrorCode.INVALID_PRODUCER_EPOCH);',
        replace: '',
      },
    ],
    scenarios: ['ordering/late-batch-of-former-epoch'],
  },
];
