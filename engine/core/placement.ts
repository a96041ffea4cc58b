// Where the replicas of new partitions go, and what makes a placement by hand wrong.
//
// Replicas are striped over the racks as in Kafka: each partition begins one rack further, takes one broker of each
// rack in turn, and each rack goes on with its next broker. So racks are kept apart, leaders spread evenly, and the
// followers of one leader spread too. Brokers without a rack make up one rack. A fenced broker is taken only when its
// rack has no other left, and never as the first replica, which leads.
//
// Left out: going on where the partitions that a topic already has left off; each command begins at a random place.

import { type BrokerImage, type BrokersImage, unassignedDirectory } from './brokers-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

/** Below(n): a random number from 0 to n - 1. */
type Below = (n: number) => number;

/** Replicas of `count` partitions; a sentence when it cannot be done. */
export function placeReplicas(
  brokers: BrokersImage,
  count: number,
  replicationFactor: number,
  below: Below,
): number[][] | string {
  // A broker on its way out gets nothing new; one that is fenced may come back.
  const usable = brokers.all().filter((broker) => broker.fenced || !broker.inControlledShutdown);
  const unfenced = usable.filter((broker) => !broker.fenced);
  if (unfenced.length === 0) return 'All brokers are currently fenced.';
  if (replicationFactor > usable.length) {
    return `a replication factor of ${replicationFactor} is out of reach of ${usable.length} registered broker(s)`;
  }
  const stripes = new Stripes(usable, below);
  return Array.from({ length: count }, () => stripes.next(replicationFactor));
}

class Stripes {
  readonly #racks: Rack[];
  readonly #unfencedCount: number;
  readonly #below: Below;
  #firstRack: number;
  /** Partitions placed since the last shuffle. */
  #placed = 0;

  constructor(brokers: readonly BrokerImage[], below: Below) {
    const names = [...new Set(brokers.map((broker) => broker.rack ?? ''))].sort();
    this.#racks = names.map(
      (name) =>
        new Rack(
          brokers.filter((broker) => (broker.rack ?? '') === name),
          below,
        ),
    );
    this.#unfencedCount = brokers.filter((broker) => !broker.fenced).length;
    this.#below = below;
    this.#firstRack = below(this.#racks.length);
  }

  next(replicationFactor: number): number[] {
    // After as many partitions as there are brokers the stripes repeat: shuffled, the followers of a leader differ.
    if (this.#placed === this.#unfencedCount && this.#unfencedCount > 1) this.#shuffle();
    for (const rack of this.#racks) rack.begin();
    const leading = this.#leadingRack();
    const replicas = [(this.#racks[leading] as Rack).nextUnfenced() as number];
    let at = this.#firstRack;
    // The rack of the leader is passed over once, as it has given its broker.
    let passOver = true;
    while (replicas.length < replicationFactor) {
      if (at === leading && passOver) passOver = false;
      else {
        const id = (this.#racks[at] as Rack).next();
        if (id !== undefined) replicas.push(id);
      }
      at = (at + 1) % this.#racks.length;
    }
    this.#placed++;
    this.#firstRack = (this.#firstRack + 1) % this.#racks.length;
    return replicas;
  }

  /** The first rack from the beginning of the stripe that has somebody to lead. */
  #leadingRack(): number {
    for (let nth = 0; ; nth++) {
      const at = (this.#firstRack + nth) % this.#racks.length;
      if ((this.#racks[at] as Rack).hasUnfenced) return at;
    }
  }

  #shuffle(): void {
    shuffle(this.#racks, this.#below);
    for (const rack of this.#racks) rack.shuffle(this.#below);
    this.#placed = 0;
  }
}

class Rack {
  readonly #unfenced: Ring;
  readonly #fenced: Ring;

  constructor(brokers: readonly BrokerImage[], below: Below) {
    const idsOf = (fenced: boolean) => brokers.filter((one) => one.fenced === fenced).map((one) => one.id);
    this.#unfenced = new Ring(idsOf(false), below);
    this.#fenced = new Ring(idsOf(true), below);
  }

  get hasUnfenced(): boolean {
    return this.#unfenced.size > 0;
  }

  /** Of the next partition; each broker is taken once at most. */
  begin(): void {
    this.#unfenced.begin();
    this.#fenced.begin();
  }

  nextUnfenced(): number | undefined {
    return this.#unfenced.next();
  }

  next(): number | undefined {
    return this.#unfenced.next() ?? this.#fenced.next();
  }

  shuffle(below: Below): void {
    this.#unfenced.shuffle(below);
    this.#fenced.shuffle(below);
  }
}

/** Ids in a ring. A partition that takes from it begins one further than the one before it that did. */
class Ring {
  readonly #ids: number[];
  #first: number;
  #taken = 0;

  constructor(ids: number[], below: Below) {
    this.#ids = ids;
    this.#first = ids.length === 0 ? 0 : below(ids.length);
  }

  get size(): number {
    return this.#ids.length;
  }

  begin(): void {
    if (this.#taken > 0) this.#first = (this.#first + 1) % this.#ids.length;
    this.#taken = 0;
  }

  next(): number | undefined {
    if (this.#taken >= this.#ids.length) return undefined;
    const id = this.#ids[(this.#first + this.#taken) % this.#ids.length];
    this.#taken++;
    return id;
  }

  shuffle(below: Below): void {
    shuffle(this.#ids, below);
  }
}

function shuffle<T>(items: T[], below: Below): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = below(at + 1);
    const item = items[at] as T;
    items[at] = items[other] as T;
    items[other] = item;
  }
}

/** What is wrong with replicas that somebody chose; undefined when nothing is. */
export function assignmentProblem(
  brokers: BrokersImage,
  partition: number,
  replicas: readonly number[],
  replicationFactor?: number,
): string | undefined {
  if (replicas.length === 0) return `the assignment of partition ${partition} names no broker`;
  const seen = new Set<number>();
  for (const id of replicas) {
    if (seen.has(id)) return `the assignment of partition ${partition} names broker ${id} twice`;
    seen.add(id);
    if (brokers.get(id) === undefined)
      return `the assignment of partition ${partition} names unknown broker ${id}`;
  }
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    return `partition ${partition} has ${replicas.length} replica(s), and others have ${replicationFactor}`;
  }
  return undefined;
}

/** As `assignmentProblem`, for a partition that does not exist yet: somebody must lead it from the beginning. */
export function newAssignmentProblem(
  brokers: BrokersImage,
  partition: number,
  replicas: readonly number[],
  replicationFactor: number | undefined,
): string | undefined {
  const problem = assignmentProblem(brokers, partition, replicas, replicationFactor);
  if (problem !== undefined) return problem;
  if (replicas.some((id) => brokers.isActive(id))) return undefined;
  return `every broker in the assignment of partition ${partition} is fenced or stopping`;
}

/** The record of a new partition: in sync and led by those of its replicas that are active. */
export function partitionRecordOf(
  brokers: BrokersImage,
  topicId: string,
  partitionId: number,
  replicas: readonly number[],
): MetadataRecord {
  const isr = replicas.filter((id) => brokers.isActive(id));
  return {
    kind: 'partition',
    body: {
      partitionId,
      topicId,
      replicas: [...replicas],
      isr,
      removingReplicas: [],
      addingReplicas: [],
      leader: isr[0] ?? -1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: replicas.map((id) => directoryOfNew(brokers, id)),
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  };
}

/** The directory of a new replica. A broker with only one has no choice, so the controller writes it down at once. */
export function directoryOfNew(brokers: BrokersImage, id: number): string {
  const directories = brokers.get(id)?.logDirs ?? [];
  return directories.length === 1 ? (directories[0] as string) : unassignedDirectory;
}
