// Which records of idempotent producers were overtaken, lawfully: the hole in Kafka's idempotence.
//
// With several requests in flight a later batch may reach a leader that knows nothing of its producer, while an earlier
// one is still at the leader before it, or was refused there. It is taken, whatever its number; the earlier one, sent
// again, is out of order from then on. So it comes late (under a newer epoch), or never; and what was in flight when
// the producer raised its epoch for it is written again, under other numbers.
//
// Late or never: as long as the batch that was taken stands where the leader put it. Twice: also when it was cut away
// since, because the epoch was raised all the same, and the log that won may have what was in flight under the old one.
//
// Whose hole it is, the final scan tells: the records of a batch name their session.

import { partitionKey } from '../../engine/index.ts';
import { listOf } from '../lists.ts';
import type { Batch } from '../monitor/batch-list.ts';
import type { ClusterState } from '../monitor/cluster-state.ts';
import type { PartitionState, Reign } from '../monitor/partition-state.ts';
import type { UnknownProducerTaken } from '../monitor/unknown-producers.ts';
import type { Scan, SendOperation } from '../record/history.ts';

/** A batch of a session, taken by a leader that did not know the producer. */
export interface Overtaking {
  readonly taken: UnknownProducerTaken;
  /** Its first record, by its number in the session; -1 where the batch was cut away since. */
  readonly n: number;
  /** Who led before. */
  readonly before: Reign | undefined;
}

const never = Number.MAX_SAFE_INTEGER;

export class Overtakings {
  /** By session and partition key. */
  readonly #bySession = new Map<string, Overtaking[]>();

  constructor(
    cluster: ClusterState | undefined,
    scans: ReadonlyMap<string, Scan>,
    sendOf: (value: string) => SendOperation | undefined,
  ) {
    for (const state of cluster?.partitions() ?? []) {
      const scan = scans.get(partitionKey(state.topic, state.partition));
      if (scan === undefined) continue;
      for (const taken of state.unknownProducers.taken) {
        const [sent] = sendsIn(scan, batchOfProducer(state, taken.producerId), sendOf);
        if (sent === undefined) continue;
        const [first] = stillStands(state, taken) ? sendsIn(scan, taken, sendOf) : [];
        const overtaking = { taken, n: first?.n ?? -1, before: leaderBefore(state, taken) };
        listOf(this.#bySession, keyOf(sent, state)).push(overtaking);
      }
    }
  }

  /** How a later record came to stand before this one, or without it: it was under way when that one was taken. */
  of(record: SendOperation): Overtaking | undefined {
    return this.#of(record).find(
      ({ taken, n }) => record.n < n && wasUnderWay(record, taken.step, taken.step),
    );
  }

  /** Why this one may have been written under two epochs: it was under way until the epoch was raised. */
  renumbering(record: SendOperation): Overtaking | undefined {
    return this.#of(record).find(
      ({ taken }) => taken.epochRaisedStep < never && wasUnderWay(record, taken.step, taken.epochRaisedStep),
    );
  }

  #of(record: SendOperation): readonly Overtaking[] {
    if (!record.idempotent || record.maxInFlight <= 1 || this.#bySession.size === 0) return [];
    const { topic, partition, ackedPartition } = record;
    const place = { topic, partition: ackedPartition >= 0 ? ackedPartition : partition };
    return this.#bySession.get(keyOf(record, place)) ?? [];
  }
}

function keyOf(
  { session }: SendOperation,
  { topic, partition }: Pick<PartitionState, 'topic' | 'partition'>,
) {
  return `${session} ${partitionKey(topic, partition)}`;
}

/** The sends of which the records of a batch are, in the order of the log. */
function sendsIn(
  { records }: Scan,
  batch: Pick<Batch, 'baseOffset' | 'lastOffset'> | undefined,
  sendOf: (value: string) => SendOperation | undefined,
): SendOperation[] {
  if (batch === undefined) return [];
  const { baseOffset, lastOffset } = batch;
  const isWithin = (offset: number) => offset >= baseOffset && offset <= lastOffset;
  return records.flatMap(({ offset, value }) =>
    isWithin(offset) && value !== null ? (sendOf(value) ?? []) : [],
  );
}

/** Any batch of the producer that is committed. */
function batchOfProducer({ committed }: PartitionState, producerId: number): Batch | undefined {
  const place = committed.placeOfProducer(producerId);
  return place < 0 ? undefined : committed.at(place);
}

function stillStands({ committed }: PartitionState, taken: UnknownProducerTaken): boolean {
  const place = committed.placeOf(taken.baseOffset);
  if (place < 0) return false;
  const { baseOffset, leaderEpoch, crc } = committed.at(place);
  return baseOffset === taken.baseOffset && leaderEpoch === taken.leaderEpoch && crc === taken.crc;
}

function leaderBefore({ reigns }: PartitionState, { leaderEpoch, node }: UnknownProducerTaken) {
  return reigns.findLast((reign) => reign.leaderEpoch < leaderEpoch && reign.node !== node);
}

/** At some time between two steps. */
function wasUnderWay({ invoked, completed }: SendOperation, fromStep: number, toStep: number): boolean {
  return invoked.step <= toStep && (completed?.step ?? never) >= fromStep;
}
