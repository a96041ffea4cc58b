// An observer that reads a group's committed offsets again and again, from outside of the group.

import { z } from 'zod';
import { Admin, type Task } from '../../engine/index.ts';
import { type Session, workload } from '../workload.ts';

const parameters = {
  group: z.string().regex(/^[\w.-]+$/),
  topic: z.string(),
  everyMs: z.int().min(1).max(600_000).optional().describe('default 250'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

export const observeOffsets = workload({
  name: 'observe-offsets',
  doc: "an observer of a group's committed offsets",
  parameters,
  drains: false,

  *live(session: Session, given: Parameters): Task<void> {
    const admin = new Admin(session.runtime, {
      bootstrapServers: session.bootstrap,
      clientId: session.client,
      requestTimeoutMs: 3_000,
      defaultApiTimeoutMs: 10_000,
    });
    const { client, name, history, topics } = session;
    const { topic, group } = given;
    const partitions = Array.from({ length: topics[topic]?.partitions ?? 1 }, (_, partition) => ({
      topic,
      partition,
    }));
    while (!session.stopping()) {
      const operation = history.offsetFetch({ client, session: name, group });
      const answer = yield* admin.listGroupOffsets(group, partitions);
      if (answer.ok) {
        operation.offsets = answer.value.map(({ topic, partition, offset }) => ({
          topic,
          partition,
          offset,
        }));
        history.end(operation, 'ok', null);
      } else {
        history.end(operation, 'unknown', answer.error);
      }
      yield* session.runtime.sleep(given.everyMs ?? 250, 'the next observation is due');
    }
    yield* admin.close();
  },
});
