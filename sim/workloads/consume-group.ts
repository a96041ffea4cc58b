// Members of a consumer group, with an application that processes record by record. The style says when it commits:
//
//   commit-before   commits what a poll returned, then processes it; what it could not commit it leaves alone
//   commit-after    processes what a poll returned, then commits it
//   auto-commit     processes what a poll returned and leaves commits to the client
//   auto-commit-behind
//                   gives what a poll returned to somebody who processes it in his own time, polls on, and leaves
//                   commits to the client, which takes for done what was given out
//
// A member that its group takes no more ends, as a process does whose poll threw: one of which the instance id was
// taken over (FENCED_INSTANCE_ID), and one that speaks no protocol of the group.

import { z } from 'zod';
import { assignorNames, Consumer, type Task } from '../../engine/index.ts';
import type { CommittedOffset } from '../record/history.ts';
import { type Session, workload } from '../workload.ts';
import { poll } from './polling.ts';
import { described, type PolledRecord, quietInGroupMs, Views } from './reading.ts';

const parameters = {
  topic: z.string(),
  besides: z
    .array(z.string())
    .min(1)
    .max(10)
    .optional()
    .describe('topics to which members subscribe as well'),
  group: z.string().regex(/^[\w.-]+$/),
  style: z.enum(['commit-before', 'commit-after', 'auto-commit', 'auto-commit-behind']),
  processingMs: z.number().min(0).max(600_000).optional().describe('per record; default 1'),
  pollMs: z.int().min(1).max(60_000).optional().describe('how long a poll waits; default 500'),
  maxPollRecords: z.int().min(1).optional().describe('default 50'),
  sessionTimeoutMs: z.int().min(100).optional().describe('default 6000'),
  heartbeatIntervalMs: z.int().min(10).optional().describe('default 1000'),
  maxPollIntervalMs: z.int().min(100).optional().describe('default 30000'),
  autoCommitIntervalMs: z.int().min(1).optional().describe('default 1000'),
  commitTimeoutMs: z.int().min(1).optional().describe('how long a commit tries; default 10000'),
  assignor: z.enum(assignorNames).optional().describe('default: range, then cooperative-sticky'),
  static: z.boolean().optional().describe('members keep their names from life to life; default false'),
  groupInstanceIds: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional()
    .describe(
      'static members are called NAME-1, NAME-2, ... and not as their clients: another workload may have the same',
    ),
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
      ...instanceIdOf(session, given),
      enableAutoCommit: given.style === 'auto-commit' || given.style === 'auto-commit-behind',
      autoCommitIntervalMs: given.autoCommitIntervalMs ?? 1_000,
      maxPollRecords: given.maxPollRecords ?? 50,
      sessionTimeoutMs: given.sessionTimeoutMs ?? 6_000,
      heartbeatIntervalMs: given.heartbeatIntervalMs ?? 1_000,
      maxPollIntervalMs: given.maxPollIntervalMs ?? 30_000,
      requestTimeoutMs: 3_000,
      defaultApiTimeoutMs: given.commitTimeoutMs ?? 10_000,
    });
    const views = new Views(session, given.group);
    consumer.subscribe([given.topic, ...(given.besides ?? [])], {
      ...(given.assignor === undefined ? {} : { assignors: [given.assignor] }),
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
    const behind = new Behind(session, given);
    if (given.style === 'auto-commit-behind') session.runtime.tasks.spawn('application', behind.run());
    const isOut = () => consumer.refusedByGroup !== undefined;
    for (let quiet = 0; !isOut() && (!session.draining() || quiet * pollMs < quietInGroupMs); ) {
      const records = yield* poll(session, consumer, views, pollMs);
      quiet = session.draining() && records.length === 0 ? quiet + 1 : 0;
      if (given.style === 'auto-commit-behind') behind.give(records);
      else yield* handle(session, given, consumer, records);
    }
    yield* behind.finish();
    views.endAll();
    yield* consumer.close();
  },
});

function instanceIdOf({ client, index }: Session, given: Parameters) {
  if (given.groupInstanceIds !== undefined)
    return { groupInstanceId: `${given.groupInstanceIds}-${index + 1}` };
  return given.static ? { groupInstanceId: client } : {};
}

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

/** The part of an application that processes what it was given, while the other part polls on. */
class Behind {
  readonly #session: Session;
  readonly #given: Parameters;
  readonly #waiting: PolledRecord[] = [];
  #working = false;

  constructor(session: Session, given: Parameters) {
    this.#session = session;
    this.#given = given;
  }

  give(records: readonly PolledRecord[]): void {
    this.#waiting.push(...records);
  }

  *run(): Task<void> {
    for (;;) {
      this.#working = true;
      yield* process(this.#session, this.#given, this.#waiting.splice(0));
      this.#working = false;
      yield* this.#session.runtime.sleep(10, 'the application looks for work');
    }
  }

  *finish(): Task<void> {
    while (this.#working || this.#waiting.length > 0) {
      yield* this.#session.runtime.sleep(10, 'the application has work left');
    }
  }
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
