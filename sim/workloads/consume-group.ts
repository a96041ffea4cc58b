// Members of a consumer group, with an application that processes record by record. The style says when it commits:
//
//   commit-before   commits what a poll returned, then processes it; what it could not commit it leaves alone
//   commit-after    processes what a poll returned, then commits it
//   auto-commit     processes what a poll returned and leaves commits to the client

import { z } from 'zod';
import { Consumer, type Task } from '../../engine/index.ts';
import type { CommittedOffset } from '../record/history.ts';
import { type Session, workload } from '../workload.ts';
import { poll } from './polling.ts';
import { described, type PolledRecord, quietInGroupMs, Views } from './reading.ts';

const parameters = {
  topic: z.string(),
  group: z.string().regex(/^[\w.-]+$/),
  style: z.enum(['commit-before', 'commit-after', 'auto-commit']),
  processingMs: z.number().min(0).max(600_000).optional().describe('per record; default 1'),
  pollMs: z.int().min(1).max(60_000).optional().describe('how long a poll waits; default 500'),
  maxPollRecords: z.int().min(1).optional().describe('default 50'),
  sessionTimeoutMs: z.int().min(100).optional().describe('default 6000'),
  heartbeatIntervalMs: z.int().min(10).optional().describe('default 1000'),
  maxPollIntervalMs: z.int().min(100).optional().describe('default 30000'),
  autoCommitIntervalMs: z.int().min(1).optional().describe('default 1000'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

export const consumeGroup = workload({
  name: 'consume-group',
  doc: 'members of a consumer group that process record by record',
  parameters,
  drains: true,

  declare(history, given: Parameters) {
    history.group(given.group, given.style);
  },

  *live(session: Session, given: Parameters): Task<void> {
    const consumer = new Consumer(session.runtime, {
      bootstrapServers: session.bootstrap,
      clientId: session.client,
      groupId: given.group,
      autoOffsetReset: 'earliest',
      enableAutoCommit: given.style === 'auto-commit',
      autoCommitIntervalMs: given.autoCommitIntervalMs ?? 1_000,
      maxPollRecords: given.maxPollRecords ?? 50,
      sessionTimeoutMs: given.sessionTimeoutMs ?? 6_000,
      heartbeatIntervalMs: given.heartbeatIntervalMs ?? 1_000,
      maxPollIntervalMs: given.maxPollIntervalMs ?? 30_000,
      requestTimeoutMs: 3_000,
      defaultApiTimeoutMs: 10_000,
    });
    const views = new Views(session, given.group);
    consumer.subscribe([given.topic], {
      listener: {
        *onAssigned(partitions) {
          for (const { topic, partition } of partitions) views.begin(topic, partition);
        },
        *onRevoked(partitions) {
          for (const { topic, partition } of partitions) views.end(topic, partition, 'revoked');
        },
        *onLost(partitions) {
          for (const { topic, partition } of partitions) views.end(topic, partition, 'lost');
        },
      },
    });
    const pollMs = given.pollMs ?? 500;
    for (let quiet = 0; !session.draining() || quiet * pollMs < quietInGroupMs; ) {
      const records = yield* poll(session, consumer, views, pollMs);
      quiet = session.draining() && records.length === 0 ? quiet + 1 : 0;
      yield* handle(session, given, consumer, records);
    }
    views.endAll();
    yield* consumer.close();
  },
});

function* handle(
  session: Session,
  given: Parameters,
  consumer: Consumer,
  records: readonly PolledRecord[],
): Task<void> {
  if (records.length === 0) return;
  if (given.style === 'commit-before') {
    const committed = yield* commit(session, given, consumer, records);
    // Who may not have committed must not process: another member may get the same records.
    if (committed) yield* process(session, given, records);
    return;
  }
  yield* process(session, given, records);
  if (given.style === 'commit-after') yield* commit(session, given, consumer, records);
}

function* process(session: Session, given: Parameters, records: readonly PolledRecord[]): Task<void> {
  for (const record of records) {
    const processingMs = given.processingMs ?? 1;
    if (processingMs > 0) yield* session.runtime.sleep(processingMs, 'the application processes a record');
    const { topic, partition, offset } = record;
    const { value } = described(record);
    session.history.processed({ session: session.name, group: given.group, topic, partition, offset, value });
  }
}

/** Commits behind the last record of each partition; whether it certainly succeeded. */
function* commit(
  session: Session,
  given: Parameters,
  consumer: Consumer,
  records: readonly PolledRecord[],
): Task<boolean> {
  const behind = new Map<string, CommittedOffset>();
  for (const { topic, partition, offset } of records) {
    behind.set(`${topic}/${partition}`, { topic, partition, offset: offset + 1 });
  }
  const offsets = [...behind.values()];
  const { client, name, history } = session;
  const operation = history.commit({ client, session: name, group: given.group, offsets });
  const outcome = yield* consumer.commit(offsets);
  if (outcome.ok) history.end(operation, 'ok', null);
  else {
    const { certainty, error } = outcome.error;
    history.end(operation, certainty === 'not-written' ? 'failed' : 'unknown', error);
  }
  return outcome.ok;
}
