// Waiting for a cluster to be whole: every broker tells that every partition has a leader and all its replicas in sync.
// Asked of each broker in turn, since each has its own view of the metadata and may be stuck with an old one. What is
// missing is said in the label of the wait: whoever asks why a run did not converge is told.

import type { Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';
import { type ClusterTold, clusterTold, connectedTo, type PlaceTold } from './direct.ts';

/** The topic that holds the groups' offsets; it is there once somebody asked for a coordinator. */
const offsetsTopic = '__consumer_offsets';

export function* awaitReplication(session: Session): Task<void> {
  const topics = [...Object.keys(session.topics), offsetsTopic];
  for (let brokerId = 1; brokerId <= session.bootstrap.length; brokerId++) {
    yield* awaitBroker(session, brokerId, topics);
  }
}

/** Ends when this broker tells of a whole cluster. */
function* awaitBroker(session: Session, brokerId: number, topics: readonly string[]): Task<void> {
  let line = yield* connectedTo(session, brokerId);
  for (;;) {
    if (!line.open) line = yield* connectedTo(session, brokerId);
    const told = yield* clusterTold(line, topics);
    const missing = told === undefined ? 'nothing' : missingIn(told, session.bootstrap.length);
    if (missing === undefined) break;
    yield* session.runtime.sleep(250, `replication-stuck: broker ${brokerId} tells of ${missing}`);
  }
  line.close();
}

/** What keeps a cluster of so many brokers from being whole, in words; undefined: nothing. */
export function missingIn(told: ClusterTold, brokers: number): string | undefined {
  if (told.brokers.size < brokers) return `${told.brokers.size} of ${brokers} brokers`;
  const unknown = told.unknown.find((topic) => topic !== offsetsTopic);
  if (unknown !== undefined) return `no topic ${unknown}`;
  const behind = told.places.find((place) => !isWhole(place));
  return behind === undefined ? undefined : placeInWords(behind);
}

export function isWhole({ leader, replicas, isr }: PlaceTold): boolean {
  return leader >= 0 && replicas.every((id) => isr.includes(id));
}

export function placeInWords({ topic, partition, leader, replicas, isr }: PlaceTold): string {
  return `${topic}-${partition}: leader ${leader}, ISR ${isr.join(',')} of ${replicas.join(',')}`;
}
