// Makes the topics of a scenario before anything is judged.

import { Admin, type Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';

export interface TopicPlan {
  readonly partitions: number;
  readonly config?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
}

export function* createTopics(session: Session, topics: Readonly<Record<string, TopicPlan>>): Task<void> {
  const admin = new Admin(session.runtime, { bootstrapServers: session.bootstrap, clientId: session.client });
  const wanted = Object.entries(topics).map(([name, plan]) => ({
    name,
    partitions: plan.partitions,
    config: new Map(
      Object.entries(plan.config ?? {})
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, String(value)]),
    ),
  }));
  yield* admin.createTopics(wanted);
  yield* admin.close();
}
