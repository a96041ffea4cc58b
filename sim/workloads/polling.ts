// One poll of a reader, whatever comes back: records to give on, damage to write down and to walk around.

import type { Consumer, Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';
import type { PolledRecord, Views } from './reading.ts';

/** Polls, and writes down what was read. */
export function* poll(
  session: Session,
  consumer: Consumer,
  views: Views,
  timeoutMs: number,
): Task<readonly PolledRecord[]> {
  const records = yield* consumer.poll(timeoutMs);
  for (const record of records) views.fetched(record);
  for (const problem of consumer.takeProblems()) {
    if (problem.kind === 'corrupt') {
      const { topic, partition, offset } = problem;
      session.history.corruptionReported({ client: session.client, topic, partition, offset });
      // As an operator would: read on behind it. The next offset may lie in the same batch and be told again.
      if (holds(consumer, topic, partition)) consumer.seek({ topic, partition }, offset + 1);
    } else if (problem.kind === 'truncated') {
      // The reader knows that what it read is gone, and reads on from where the logs part: another view.
      views.begin(problem.topic, problem.partition, 'reset');
    }
  }
  return records;
}

function holds(consumer: Consumer, topic: string, partition: number): boolean {
  return consumer.assignment().some((one) => one.topic === topic && one.partition === partition);
}
