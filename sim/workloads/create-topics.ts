// Makes the topics of a scenario before anything is judged.

import { assert, createTopicsApi, errorName, type Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';
import { connected } from './direct.ts';

export interface TopicPlan {
  readonly partitions: number;
  readonly config?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
}

export function* createTopics(session: Session, topics: Readonly<Record<string, TopicPlan>>): Task<void> {
  const connection = yield* connected(session);
  const wanted = Object.entries(topics).map(([name, plan]) => ({
    name,
    numPartitions: plan.partitions,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(plan.config ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [{ name: key, value: String(value) }],
    ),
  }));
  const answer = yield* connection.request(createTopicsApi, { topics: wanted, timeoutMs: 10_000 });
  // Nothing is wrong with the world yet: a refusal is a mistake in the scenario, or a bug.
  assert(answer.ok, `topics are made before anything hurts: ${answer.ok ? '' : answer.error.detail}`);
  for (const topic of answer.value.topics) {
    const why = `${errorName(topic.errorCode)} ${topic.errorMessage ?? ''}`;
    assert(topic.errorCode === 0, `the topic ${topic.name} can be made: ${why}`);
  }
  connection.close();
}
