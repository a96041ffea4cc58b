// Branded identifiers: numbers and strings that must not be mixed up, at no cost when running.
//
// Offsets, timestamps and producer ids are int64 on the wire and plain numbers here: exact up to 2^53, which a
// log that appends ten million records a second reaches after 28 years. The codec saturates beyond.

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]?: Name };

/** Position of a record in a partition's log, from 0. */
export type Offset = Branded<number, 'Offset'>;
/** Number of a leader's reign over a partition, from 0; -1 where unknown. */
export type LeaderEpoch = Branded<number, 'LeaderEpoch'>;
/** `node.id` of a broker, from 0; -1 where there is none. */
export type BrokerId = Branded<number, 'BrokerId'>;
/** Producer id, unique in a cluster for ever; -1 where there is none. */
export type ProducerId = Branded<number, 'ProducerId'>;
/** A uuid in Kafka's own text form: 16 bytes, base64url without padding, 22 characters. */
export type Uuid = Branded<string, 'Uuid'>;
/** The uuid of a topic incarnation: a topic made again under its old name has another one. */
export type TopicId = Branded<string, 'TopicId'>;

/** Kafka's "no uuid": sixteen zero bytes. */
export const zeroUuid: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA';

/** One partition of one topic, as it is named in conversation: `orders/0`. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Map key of a partition, also its directory name, as Kafka writes it: `orders-0`. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** Map key of a partition that is named by the id of its topic. */
export function partitionIdKey(topicId: Uuid, partition: number): string {
  return `${topicId}:${partition}`;
}
