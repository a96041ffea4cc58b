// Makes the topics of a scenario before anything is judged. A cluster may need a moment for it: brokers register one
// after the other, and who asks too early is told that there are too few.

import { assert, createTopicsApi, errorName, type Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';
import { connected } from './direct.ts';
import { awaitReplication } from './replication.ts';

export interface TopicPlan {
  readonly partitions: number;
  readonly replicationFactor?: number | undefined;
  readonly config?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
}

/** What a young cluster may answer before it can; asked again until the director's time is over. */
const tooEarly: ReadonlySet<string> = new Set([
  'INVALID_REPLICATION_FACTOR',
  'NOT_CONTROLLER',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'LEADER_NOT_AVAILABLE',
]);

export function* createTopics(session: Session, topics: Readonly<Record<string, TopicPlan>>): Task<void> {
  const isCluster = session.bootstrap.length > 1;
  const missing = new Map(Object.entries(topics));
  while (missing.size > 0) {
    yield* create(session, missing, isCluster);
    if (missing.size > 0)
      yield* session.runtime.sleep(200, `too early for ${[...missing.keys()].join(', ')}`);
  }
  // Without it the first records would be written while replicas are still being made.
  if (isCluster) yield* awaitReplication(session);
}

/** Asks once; what was made is missing no more. */
function* create(session: Session, missing: Map<string, TopicPlan>, isCluster: boolean): Task<void> {
  const connection = yield* connected(session);
  const wanted = [...missing].map(([name, plan]) => ({
    name,
    numPartitions: plan.partitions,
    replicationFactor: plan.replicationFactor ?? replicationFactorFor(session.bootstrap.length),
    assignments: [],
    configs: Object.entries(plan.config ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [{ name: key, value: String(value) }],
    ),
  }));
  const answer = yield* connection.request(createTopicsApi, { topics: wanted, timeoutMs: 10_000 });
  connection.close();
  if (!answer.ok && isCluster) return;
  // Nothing is wrong with the world yet: a refusal is a mistake in the scenario, or a bug.
  assert(answer.ok, `topics are made before anything hurts: ${answer.ok ? '' : answer.error.detail}`);
  for (const topic of answer.value.topics) {
    const error = errorName(topic.errorCode);
    // The first attempt was a success whose answer nobody waited for.
    const isThere = topic.errorCode === 0 || (isCluster && error === 'TOPIC_ALREADY_EXISTS');
    if (isThere) missing.delete(topic.name);
    else {
      const why = `${error} ${topic.errorMessage ?? ''}`;
      assert(isCluster && tooEarly.has(error), `the topic ${topic.name} can be made: ${why}`);
    }
  }
}

/** Kafka's usual three, or as many as there are brokers. */
function replicationFactorFor(brokers: number): number {
  return Math.min(3, brokers);
}
