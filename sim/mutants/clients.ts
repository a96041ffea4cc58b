// Slips in the clients of the engine: the producer's retries and numbers, the consumer's positions and commits.

import type { Mutant } from './mutant.ts';

export const clientMutants: readonly Mutant[] = [
  {
    name: 'retry-at-the-back',
    slip: 'a batch without a number that is sent again goes to the back of its queue',
    origin: 'BZ-001',
    edits: [
      {
        file: 'engine/client/accumulator.ts',
        find: 'batches.splice(at, 0, batch);',
        replace: 'if (batch.hasSequence) batches.splice(at, 0, batch);\n    else batches.push(batch);',
      },
    ],
    scenarios: ['ordering/one-in-flight-keeps-order'],
  },
  {
    name: 'one-in-flight-for-each-leader',
    slip: 'a partition with its one request in flight is not held: the next batch may overtake one at the old leader',
    origin: 'KAFKA-3197',
    edits: [
      {
        file: 'engine/client/sender.ts',
        find: 'if (batch.topic === queue.topic && batch.partition === queue.partition) return false;',
        replace: 'if (batch === queue.batches[0]) return false;',
      },
    ],
    scenarios: ['ordering/one-in-flight-failover'],
  },
  {
    name: 'one-in-flight-only-without-numbers',
    slip: 'an idempotent producer with one request in flight does not hold a partition, since its batches have numbers',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/sender.ts',
        find: 'if (this.#config.enableIdempotence && !this.sequences.maySend(first)) return false;',
        replace: 'if (this.#config.enableIdempotence) return this.sequences.maySend(first);',
      },
    ],
    scenarios: ['ordering/idempotent-five-in-flight'],
  },
  {
    name: 'timeout-means-not-written',
    slip: 'a batch whose request timed out is reported as certainly not written',
    origin: 'BZ-012',
    edits: [
      {
        file: 'engine/client/sender.ts',
        find: 'if (!verdict.refused) batch.maybeWritten = true;',
        replace: '',
      },
    ],
    scenarios: ['acks/not-enough-replicas-outcomes'],
  },
  {
    name: 'numbers-reset-with-retries-in-flight',
    slip: 'when a batch is given up, the epoch is raised at once and batches in flight are renumbered, written or not',
    origin: 'KAFKA-14034',
    edits: [
      {
        file: 'engine/client/producer-sequences.ts',
        find: 'if (this.#hasNumbersOf(batch, numbers)) numbers.unresolved = true;',
        replace: 'this.#raiseEpochFor(batch);',
      },
    ],
    scenarios: ['ordering/delivery-timeout-with-retries'],
  },
  {
    name: 'one-number-for-a-batch',
    slip: 'a batch takes one sequence number, however many records it has',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/producer-sequences.ts',
        find: 'wrapped(numbers.nextSequence + batch.records.length)',
        replace: 'wrapped(numbers.nextSequence + 1)',
      },
    ],
    scenarios: ['client/client-position-and-replica-choice'],
  },
  {
    name: 'retry-renumbered',
    slip: 'a batch that is sent again gets a new number, under which the broker cannot recognise it',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/producer-sequences.ts',
        find: '    if (batch.hasSequence) return;\n    const numbers = this.#of(batch);\n    if (this.#isStale',
        replace:
          '    const numbers = this.#of(batch);\n    this.#forget(batch, numbers);\n    if (this.#isStale',
      },
    ],
    scenarios: ['ordering/ordering-idempotent-failover', 'ordering/idempotent-restart'],
  },
  {
    name: 'every-record-at-the-base-offset',
    slip: 'all records of a batch are acknowledged at its base offset',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/producer-batch.ts',
        find: 'offset: baseOffset < 0 ? -1 : baseOffset + index,',
        replace: 'offset: baseOffset,',
      },
    ],
    scenarios: ['client/client-position-and-replica-choice'],
  },
  {
    name: 'automatic-commit-one-too-far',
    slip: 'an automatic commit is one behind the position, as if that were the last record that was read',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/consumer.ts',
        find: 'return [{ topic, partition, offset: position.offset, leaderEpoch',
        replace: 'return [{ topic, partition, offset: position.offset + 1, leaderEpoch',
      },
    ],
    scenarios: ['delivery/auto-commit-crash'],
  },
  {
    name: 'automatic-commit-of-this-poll',
    slip: 'a poll commits what it is about to hand out, before anybody has processed it',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/consumer.ts',
        find: '      this.#commitWhenDue();\n',
        replace: '',
      },
      {
        file: 'engine/client/consumer.ts',
        find: 'const records = mayRead ? this.#fetcher.take() : [];',
        replace: 'const records = mayRead ? this.#fetcher.take() : [];\n      this.#commitWhenDue();',
      },
    ],
    scenarios: ['delivery/auto-commit-during-work'],
  },
  {
    name: 'begin-at-the-end',
    slip: 'a partition without a committed offset is read from its end, whatever auto.offset.reset says',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/positioner.ts',
        find: 'state.resetTo = this.#config.autoOffsetReset;',
        replace: "state.resetTo = 'latest';",
      },
    ],
    scenarios: ['groups/group-rebalance-under-crash', 'delivery/at-least-once-crash-before-commit'],
  },
  {
    name: 'batch-read-from-its-start',
    slip: 'a position inside a batch gives out the batch from its first record on',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/completed-fetch.ts',
        find: 'if (offset < this.#nextPosition.offset) continue;',
        replace: '',
      },
    ],
    scenarios: ['client/client-position-and-replica-choice'],
  },
  {
    name: 'late-fetch-believed',
    slip: 'a Fetch that was under way when the position moved is given out all the same',
    origin: 'slip',
    edits: [
      {
        file: 'engine/client/fetcher.ts',
        find: 'return state.position?.offset === position.offset && state.validatedEpoch === validatedEpoch;',
        replace: 'return state.validatedEpoch === validatedEpoch;',
      },
    ],
    scenarios: ['client/client-position-and-replica-choice'],
  },
  {
    name: 'truncation-passed-over',
    slip: 'a consumer goes on wherever its epoch ends, and does not tell that epoch with its Fetch',
    origin: 'KIP-320',
    edits: [
      {
        file: 'engine/client/positioner.ts',
        find: 'if (isDefined && endOffset >= position.offset)',
        replace: 'if (isDefined)',
      },
      {
        file: 'engine/client/fetcher.ts',
        find: 'lastFetchedEpoch: this.#config.detectTruncation ? position.leaderEpoch : -1,',
        replace: 'lastFetchedEpoch: -1,',
      },
    ],
    scenarios: ['client/client-log-truncation'],
  },
  {
    name: 'moved-without-giving-back',
    slip: 'a cooperative assignment gives a partition to its new owner before the old one has given it back',
    origin: 'KIP-429',
    edits: [
      {
        file: 'engine/client/assignors.ts',
        find: 'return owner === undefined || owner === memberId;',
        replace: 'return true;',
      },
    ],
    scenarios: ['groups/group-cooperative-slow-members'],
  },
  {
    name: 'fenced-member-joins-again',
    slip: 'a static member whose place another process has taken joins again and takes it back, and so on for ever',
    origin: 'KIP-345',
    edits: [
      {
        file: 'engine/client/group-membership.ts',
        find: 'if (errorCode === ErrorCode.FENCED_INSTANCE_ID && !isOld) this.#end(errorCode);',
        replace: 'if (errorCode === ErrorCode.FENCED_INSTANCE_ID && !isOld) this.#lose(true);',
      },
    ],
    scenarios: ['groups/group-static-started-twice'],
  },
  {
    name: 'divergence-by-the-end-alone',
    slip: 'a leader that has not the epoch of a consumer at all tells it nothing, if the one before ends far enough',
    origin: 'KIP-595',
    edits: [
      {
        file: 'engine/server/fetch-reading.ts',
        find: 'if (end.leaderEpoch >= wanted.lastFetchedEpoch && end.endOffset >= wanted.fetchOffset)',
        replace: `const isConsumer = wanted.logStartOffset < 0;
  if ((isConsumer || end.leaderEpoch >= wanted.lastFetchedEpoch) && end.endOffset >= wanted.fetchOffset)`,
      },
    ],
    scenarios: ['client/reader-of-two-parted-logs'],
  },
  {
    name: 'divergence-taken-silently',
    slip: 'a consumer to which a Fetch tells that histories part takes the epoch that it is told, and says nothing',
    origin: 'KIP-320',
    edits: [
      {
        file: 'engine/client/positioner.ts',
        find: 'this.#truncated(state, position, { endOffset, leaderEpoch: told.epoch }, state.validatedEpoch);',
        replace: 'moveTo(state, { offset: endOffset, leaderEpoch: told.epoch }, state.validatedEpoch);',
      },
    ],
    scenarios: ['client/reader-of-two-parted-logs'],
  },
];
