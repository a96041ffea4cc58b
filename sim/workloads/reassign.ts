// An operator who moves things, again and again:
//
//   move       a partition gets other brokers for replicas, as many as before
//   transfer   leadership goes to another replica: the same replicas in another order, and an election of the first
//
// Now and then what is under way is taken back.

import { z } from 'zod';
import { type Admin, present, type Task } from '../../engine/index.ts';
import { ratio, ratioOf } from '../scenario/pieces.ts';
import { type Session, workload } from '../workload.ts';
import { operatorOf, type Placed, placesOf, tell } from './operator.ts';

const parameters = {
  topic: z.string(),
  what: z.enum(['move', 'transfer']).optional().describe('default move'),
  everyMs: z.int().min(1).max(600_000).optional().describe('default 3000'),
  cancels: ratio.optional().describe('how often a move is taken back instead; default never'),
};

type Parameters = z.infer<z.ZodObject<typeof parameters>>;

export const reassign = workload({
  name: 'reassign',
  doc: 'an operator who moves replicas or leaders, one partition at a time',
  parameters,
  drains: false,

  *live(session: Session, given: Parameters): Task<void> {
    const admin = operatorOf(session);
    while (!session.stopping()) {
      const places = yield* placesOf(admin, given.topic);
      const { random } = session.runtime;
      if (places.length > 0) {
        const place = present(places[random.below(places.length)], 'a partition');
        if (given.what === 'transfer') yield* transfer(session, admin, place);
        else yield* move(session, admin, place, given.cancels ?? '0/1');
      }
      yield* session.runtime.sleep(given.everyMs ?? 3_000, 'the next move is due');
    }
    admin.close();
  },
});

function* move(session: Session, admin: Admin, place: Placed, cancels: string): Task<void> {
  const { topic, partition } = place;
  const { numerator, denominator } = ratioOf(cancels);
  const takesBack = session.runtime.random.below(denominator) < numerator;
  const brokers = session.bootstrap.map((_, index) => index + 1);
  const replicas = takesBack ? null : drawn(session, brokers).slice(0, place.replicas.length);
  const [result] = yield* admin.alterPartitionReassignments([{ topic, partition, replicas }]);
  const wish = replicas === null ? 'the move is taken back' : `moves to ${replicas.join(',')}`;
  tell(session, `${topic}-${partition} ${wish}`, result?.error ?? null);
}

function* transfer(session: Session, admin: Admin, place: Placed): Task<void> {
  const { topic, partition } = place;
  const [first, ...others] = place.replicas;
  if (first === undefined || others.length === 0) return;
  const next = present(others[session.runtime.random.below(others.length)], 'another replica');
  const replicas = [next, ...place.replicas.filter((id) => id !== next)];
  const [ordered] = yield* admin.alterPartitionReassignments([{ topic, partition, replicas }]);
  tell(session, `${topic}-${partition} prefers ${replicas.join(',')}`, ordered?.error ?? null);
  const [elected] = yield* admin.electLeaders('preferred', [{ topic, partition }]);
  tell(session, `preferred election of ${topic}-${partition}`, elected?.error ?? null);
}

/** The same things in a drawn order. */
function drawn<T>(session: Session, things: readonly T[]): T[] {
  const left = [...things];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(session.runtime.random.below(left.length), 1));
  return order;
}
