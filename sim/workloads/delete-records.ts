// An operator who deletes records, again and again: everything below the high watermark of one
// partition, or all but the last records below it.

import { z } from 'zod';
import { type Admin, present, type Task } from '../../engine/index.ts';
import { type Count, count } from '../scenario/pieces.ts';
import { type Session, workload } from '../workload.ts';
import { operatorOf, type Placed, placesOf, tell } from './operator.ts';

const parameters = {
  topic: z.string(),
  everyMs: z.int().min(1).max(600_000).optional().describe('default 3000'),
  keepRecords: count
    .optional()
    .describe('so many of the last records stay, a draw each time; default none: up to the high watermark'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

/** What the API takes for the high watermark. */
const toHighWatermark = -1;
const latest = -1;

export const deleteRecords = workload({
  name: 'delete-records',
  doc: 'an operator who deletes what is committed, one partition at a time',
  parameters,
  drains: false,

  *live(session: Session, given: Parameters): Task<void> {
    const admin = operatorOf(session);
    while (!session.stopping()) {
      yield* session.runtime.sleep(given.everyMs ?? 3_000, 'the next deletion is due');
      const places = yield* placesOf(admin, given.topic);
      if (places.length === 0) continue;
      const place = present(places[session.runtime.random.below(places.length)], 'a partition');
      const offset =
        given.keepRecords === undefined
          ? toHighWatermark
          : yield* offsetBelow(session, admin, place, given.keepRecords);
      if (offset === undefined) continue;
      const { topic, partition } = place;
      const [result] = yield* admin.deleteRecords([{ topic, partition, offset }]);
      tell(session, `${topic}-${partition} begins at ${result?.lowWatermark ?? -1}`, result?.error ?? null);
    }
    admin.close();
  },
});

/** So many records below the end of a partition; undefined where it has no more, or nobody tells. */
function* offsetBelow(
  { runtime }: Session,
  admin: Admin,
  { topic, partition }: Placed,
  keep: Count,
): Task<number | undefined> {
  const [least, most] = typeof keep === 'number' ? [keep, keep] : keep;
  const kept = least + runtime.random.below(most - least + 1);
  const [end] = yield* admin.listOffsets([{ topic, partition, timestamp: latest }]);
  return end !== undefined && end.error === null && end.offset > kept ? end.offset - kept : undefined;
}
