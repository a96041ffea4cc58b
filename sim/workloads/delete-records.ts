// An operator who deletes records, again and again: everything below the high watermark of one
// partition.

import { z } from 'zod';
import { present, type Task } from '../../engine/index.ts';
import { type Session, workload } from '../workload.ts';
import { operatorOf, placesOf, tell } from './operator.ts';

const parameters = {
  topic: z.string(),
  everyMs: z.int().min(1).max(600_000).optional().describe('default 3000'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

/** What the API takes for the high watermark. */
const toHighWatermark = -1;

export const deleteRecords = workload({
  name: 'delete-records',
  doc: 'an operator who deletes all that is committed, one partition at a time',
  parameters,
  drains: false,

  *live(session: Session, given: Parameters): Task<void> {
    const admin = operatorOf(session);
    while (!session.stopping()) {
      yield* session.runtime.sleep(given.everyMs ?? 3_000, 'the next deletion is due');
      const places = yield* placesOf(admin, given.topic);
      if (places.length === 0) continue;
      const { topic, partition } = present(
        places[session.runtime.random.below(places.length)],
        'a partition',
      );
      const [result] = yield* admin.deleteRecords([{ topic, partition, offset: toHighWatermark }]);
      tell(session, `${topic}-${partition} begins at ${result?.lowWatermark ?? -1}`, result?.error ?? null);
    }
    admin.close();
  },
});
