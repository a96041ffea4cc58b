// The scan through every replica: each is made leader in turn, as an operator would do it (another order of replicas,
// an election of the preferred one), and read from its log start. Replicas that agree with their leader only while they
// follow it are found here and nowhere else. Round by round, for all partitions at once.

import { type Admin, present, type Task } from '../../engine/index.ts';
import type { Session } from '../workload.ts';
import { clusterTold, connected, type PlaceTold } from './direct.ts';
import { scanThrough } from './final-scan.ts';
import { operatorOf } from './operator.ts';
import { isWhole, placeInWords } from './replication.ts';

export function* replicaScan(session: Session): Task<void> {
  const admin = operatorOf(session);
  const places = yield* allPlaces(session);
  // The present leader was read through already.
  const waiting = places.map(({ topic, partition, leader, replicas }) => ({
    topic,
    partition,
    left: replicas.filter((id) => id !== leader),
  }));
  for (;;) {
    const round = waiting.flatMap(({ topic, partition, left }): Wanted[] => {
      const leader = left.shift();
      return leader === undefined ? [] : [{ topic, partition, leader }];
    });
    if (round.length === 0) break;
    yield* makeLeaders(session, admin, round);
    for (const { topic, partition, leader } of round) yield* scanThrough(session, topic, partition, leader);
  }
  admin.close();
}

interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
}

/** Says again what is not yet so, until all of it is so. */
function* makeLeaders(session: Session, admin: Admin, wanted: readonly Wanted[]): Task<void> {
  for (;;) {
    const places = yield* allPlaces(session);
    const open = wanted.flatMap((wish) => {
      const place = places.find((one) => one.topic === wish.topic && one.partition === wish.partition);
      const isDone = place !== undefined && place.leader === wish.leader && isWhole(place);
      return place === undefined || isDone ? [] : [{ wish, place }];
    });
    if (open.length === 0) return;
    const unordered = open.filter(({ wish, place }) => place.replicas[0] !== wish.leader);
    const reassignments = unordered.map(({ wish: { topic, partition, leader }, place }) => ({
      topic,
      partition,
      replicas: [leader, ...place.replicas.filter((id) => id !== leader)],
    }));
    if (reassignments.length > 0) yield* admin.alterPartitionReassignments(reassignments);
    else
      yield* admin.electLeaders(
        'preferred',
        open.map(({ wish: { topic, partition } }) => ({ topic, partition })),
      );
    const { wish, place } = present(open[0], 'a wish that is open');
    yield* session.runtime.sleep(250, `broker ${wish.leader} shall lead ${placeInWords(place)}`);
  }
}

/** Every partition of the scenario's topics, as some broker tells it. */
function* allPlaces(session: Session): Task<readonly PlaceTold[]> {
  const topics = Object.keys(session.topics);
  for (;;) {
    const line = yield* connected(session);
    const told = yield* clusterTold(line, topics);
    line.close();
    if (told !== undefined && told.unknown.length === 0) return told.places;
    yield* session.runtime.sleep(250, 'no broker tells of all topics');
  }
}
