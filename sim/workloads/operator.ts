// What the operators of a scenario share: an admin client that is patient only as long as an operator would be, and the
// places of a topic's replicas.

import { Admin, type Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';

export function operatorOf(session: Session): Admin {
  return new Admin(session.runtime, {
    bootstrapServers: session.bootstrap,
    clientId: session.client,
    requestTimeoutMs: 3_000,
    defaultApiTimeoutMs: 10_000,
  });
}

/** A partition with its replicas, the preferred leader first. */
export interface Placed {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
}

/** Where a topic's replicas are now; nothing when nobody tells. */
export function* placesOf(admin: Admin, topic: string): Task<readonly Placed[]> {
  const [told] = yield* admin.describeTopics([topic]);
  if (told === undefined || told.error !== null) return [];
  return told.partitions.map(({ partition, replicas }) => ({ topic, partition, replicas: [...replicas] }));
}

/** Writes into the trace what an operator asked for and what came of it: nobody judges it, people read it. */
export function tell(session: Session, asked: string, error: string | null): void {
  session.runtime.trace.emit({ kind: 'note', text: `${asked}: ${error ?? 'ok'}` });
}
