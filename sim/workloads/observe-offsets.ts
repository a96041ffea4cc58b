// An observer that reads a group's committed offsets again and again, from outside of the group, straight from the
// broker.

import { z } from 'zod';
import { type BrokerConnection, offsetFetchApi, type Task } from '../../engine/index.ts';
import type { CommittedOffset } from '../record/history.ts';
import { type Session, workload } from '../workload.ts';
import { connectedToCoordinator } from './direct.ts';

const parameters = {
  group: z.string().regex(/^[\w.-]+$/),
  topic: z.string(),
  everyMs: z.int().min(1).max(600_000).optional().describe('default 250'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

/** The last version that asks for one group in fields of its own. */
const oneGroupVersion = 7;

export const observeOffsets = workload({
  name: 'observe-offsets',
  doc: "an observer of a group's committed offsets",
  parameters,
  drains: false,

  *live(session: Session, given: Parameters): Task<void> {
    const { client, name, history } = session;
    let connection = yield* connectedToCoordinator(session, given.group);
    while (!session.stopping()) {
      if (!connection.open) connection = yield* connectedToCoordinator(session, given.group);
      const operation = history.offsetFetch({ client, session: name, group: given.group });
      const answer = yield* observe(connection, session, given);
      if (typeof answer === 'string') {
        history.end(operation, 'unknown', answer);
        // The coordinator may be another one by now: it is asked for again.
        if (session.bootstrap.length > 1) connection.close();
      } else {
        operation.offsets = answer;
        history.end(operation, 'ok', null);
      }
      yield* session.runtime.sleep(given.everyMs ?? 250, 'the next observation is due');
    }
    connection.close();
  },
});

/** The offsets, or why there are none: an answer that is in doubt about one partition is no observation. */
function* observe(
  connection: BrokerConnection,
  session: Session,
  { group, topic }: Parameters,
): Task<CommittedOffset[] | string> {
  const partitions = session.topics[topic]?.partitions ?? 1;
  const partitionIndexes = Array.from({ length: partitions }, (_, partition) => partition);
  const topics = [{ name: topic, partitionIndexes }];
  const request = { groupId: group, topics, groups: [], requireStable: true };
  const answer = yield* connection.request(offsetFetchApi, request, { maxVersion: oneGroupVersion });
  if (!answer.ok) return answer.error.detail;
  if (answer.value.errorCode !== 0) return `error ${answer.value.errorCode}`;
  const told = answer.value.topics.flatMap((one) => one.partitions);
  const doubtful = told.find((one) => one.errorCode !== 0);
  if (doubtful !== undefined) return `error ${doubtful.errorCode}`;
  return told.map((one) => ({ topic, partition: one.partitionIndex, offset: one.committedOffset }));
}
