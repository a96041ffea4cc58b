// An observer that asks again and again where a partition ends, straight from whoever leads it (or says so).

import { z } from 'zod';
import { listOffsetsApi, type Task } from '../../engine/index.ts';
import { type Session, workload } from '../workload.ts';
import { connectedToLeader } from './direct.ts';

const parameters = {
  topic: z.string(),
  partition: z.int().min(0).optional().describe('default 0'),
  everyMs: z.int().min(1).max(600_000).optional().describe('default 250'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

const latest = -1;

export const observeEnds = workload({
  name: 'observe-ends',
  doc: 'an observer of where a partition ends, for readers',
  parameters,
  drains: false,

  *live(session: Session, { topic, partition = 0, everyMs = 250 }: Parameters): Task<void> {
    const { client, name, history, runtime } = session;
    let connection = yield* connectedToLeader(session, topic, partition);
    while (!session.stopping()) {
      if (!connection.open) connection = yield* connectedToLeader(session, topic, partition);
      const operation = history.watermark({ client, session: name, topic, partition });
      const topics = [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: latest }] }];
      const request = { replicaId: -1, isolationLevel: 0, topics, timeoutMs: 5_000 };
      const answer = yield* connection.request(listOffsetsApi, request);
      const told = answer.ok ? answer.value.topics[0]?.partitions[0] : undefined;
      if (told !== undefined && told.errorCode === 0) {
        operation.highWatermark = told.offset;
        history.end(operation, 'ok', null);
      } else {
        history.end(operation, 'unknown', answer.ok ? `error ${told?.errorCode}` : answer.error.detail);
        // The leader may be another one by now: it is asked for again.
        if (session.bootstrap.length > 1) connection.close();
      }
      yield* runtime.sleep(everyMs, 'the next observation is due');
    }
    connection.close();
  },
});
