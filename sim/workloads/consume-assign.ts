// Readers without a group: each reads every partition from the beginning, in every life anew.

import { z } from 'zod';
import { Consumer, present, type Task } from '../../engine/index.ts';
import { ratio, ratioOf } from '../scenario/pieces.ts';
import { type Session, workload } from '../workload.ts';
import { poll } from './polling.ts';
import { type PolledRecord, quietMs, Views } from './reading.ts';

const parameters = {
  topic: z.string(),
  pollMs: z.int().min(1).max(60_000).optional().describe('how long a poll waits; default 500'),
  maxPollRecords: z.int().min(1).optional(),
  fetchMaxBytes: z.int().min(1).optional(),
  detectTruncation: z
    .boolean()
    .optional()
    .describe('whether it looks, after another leader came, that what it read is still there; default true'),
  rack: z.string().optional().describe('brokers may send it to a replica in this rack'),
  seeks: ratio.optional().describe('how often it seeks back into what a poll brought; default never'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

export const consumeAssign = workload({
  name: 'consume-assign',
  doc: 'readers of all partitions, without a group, from the beginning',
  parameters,
  drains: true,

  *live(session: Session, given: Parameters): Task<void> {
    const consumer = new Consumer(session.runtime, {
      bootstrapServers: session.bootstrap,
      clientId: session.client,
      autoOffsetReset: 'earliest',
      enableAutoCommit: false,
      requestTimeoutMs: 3_000,
      clientRack: given.rack ?? '',
      detectTruncation: given.detectTruncation ?? true,
      ...(given.maxPollRecords === undefined ? {} : { maxPollRecords: given.maxPollRecords }),
      ...(given.fetchMaxBytes === undefined ? {} : { fetchMaxBytes: given.fetchMaxBytes }),
    });
    const partitions = session.topics[given.topic]?.partitions ?? 1;
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic: given.topic, partition }));
    const views = new Views(session, null);
    consumer.assign(all);
    for (const { topic, partition } of all) views.begin(topic, partition);
    const pollMs = given.pollMs ?? 500;
    for (let quiet = 0; !session.draining() || quiet * pollMs < quietMs; ) {
      const records = yield* poll(session, consumer, views, pollMs);
      quiet = session.draining() && records.length === 0 ? quiet + 1 : 0;
      if (!session.draining()) seekBack(session, consumer, views, records, given.seeks ?? '0/1');
    }
    views.endAll();
    yield* consumer.close();
  },
});

/** Now and then reads again from a record on, wherever in its batch it stands. */
function seekBack(
  session: Session,
  consumer: Consumer,
  views: Views,
  records: readonly PolledRecord[],
  seeks: string,
): void {
  const { numerator, denominator } = ratioOf(seeks);
  const { random } = session.runtime;
  if (numerator === 0 || records.length === 0 || random.below(denominator) >= numerator) return;
  const { topic, partition, offset } = present(records[random.below(records.length)], 'a record');
  consumer.seek({ topic, partition }, offset);
  views.begin(topic, partition, 'seek', offset);
}
