// An operator who has leaders elected, again and again: the preferred ones, so that leadership goes back to where it
// was planned, or, where nobody leads, whoever is there.

import { z } from 'zod';
import type { Task } from '../../engine/index.ts';
import { type Session, workload } from '../workload.ts';
import { operatorOf, placesOf, tell } from './operator.ts';

const parameters = {
  topic: z.string(),
  everyMs: z.int().min(1).max(600_000).optional().describe('default 2000'),
  type: z.enum(['preferred', 'unclean']).optional().describe('default preferred'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

export const electLeaders = workload({
  name: 'elect-leaders',
  doc: 'an operator who has leaders elected',
  parameters,
  drains: false,

  *live(session: Session, given: Parameters): Task<void> {
    const admin = operatorOf(session);
    const type = given.type ?? 'preferred';
    while (!session.stopping()) {
      const places = yield* placesOf(admin, given.topic);
      if (places.length > 0) {
        for (const { topic, partition, error } of yield* admin.electLeaders(type, places)) {
          tell(session, `${type} election of ${topic}-${partition}`, error);
        }
      }
      yield* session.runtime.sleep(given.everyMs ?? 2_000, 'the next election is due');
    }
    admin.close();
  },
});
