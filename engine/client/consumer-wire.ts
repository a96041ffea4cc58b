// What the members of a consumer group send each other through the coordinator: an int16 version, then the
// message of that version. We write version 3; of a member that writes a newer one we read what version 3
// knows.

import type { TopicPartition } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { concat } from '../protocol/bytes.ts';
import { decodeMessage, encodeMessage } from '../protocol/codec.ts';
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../protocol/messages/consumer-protocol.ts';

const writtenVersion = 3;

export interface Subscription {
  readonly topics: readonly string[];
  readonly ownedPartitions: readonly TopicPartition[];
  readonly generationId: number;
}

export function encodeSubscription(subscription: Subscription, rackId: string): Uint8Array {
  const body = encodeMessage(consumerProtocolSubscription, writtenVersion, {
    topics: [...subscription.topics].sort(),
    ownedPartitions: byTopic(subscription.ownedPartitions),
    generationId: subscription.generationId,
    rackId: rackId === '' ? null : rackId,
  });
  return versioned(body);
}

export function decodeSubscription(bytes: Uint8Array): Outcome<Subscription, string> {
  const opened = open(bytes);
  if (!opened.ok) return opened;
  const decoded = decodeMessage(consumerProtocolSubscription, opened.value.version, opened.value.body);
  if (!decoded.ok) return decoded;
  const { topics, ownedPartitions, generationId } = decoded.value;
  return success({ topics, ownedPartitions: flat(ownedPartitions), generationId });
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const body = encodeMessage(consumerProtocolAssignment, writtenVersion, {
    assignedPartitions: byTopic(partitions),
  });
  return versioned(body);
}

/** No bytes at all are an empty assignment: what the coordinator gives a member that the leader left out. */
export function decodeAssignment(bytes: Uint8Array): Outcome<TopicPartition[], string> {
  if (bytes.length === 0) return success([]);
  const opened = open(bytes);
  if (!opened.ok) return opened;
  const decoded = decodeMessage(consumerProtocolAssignment, opened.value.version, opened.value.body);
  return decoded.ok ? success(flat(decoded.value.assignedPartitions)) : decoded;
}

function versioned(body: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(0, writtenVersion), body]);
}

function open(bytes: Uint8Array): Outcome<{ version: number; body: Uint8Array }, string> {
  if (bytes.length < 2) return failure('no version');
  const version = new DataView(bytes.buffer, bytes.byteOffset).getInt16(0);
  if (version < 0) return failure(`version ${version}`);
  return success({ version: Math.min(version, writtenVersion), body: bytes.subarray(2) });
}

function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const list = topics.get(topic) ?? [];
    list.push(partition);
    topics.set(topic, list);
  }
  return [...topics].map(([topic, list]) => ({ topic, partitions: list }));
}

function flat(topics: readonly { topic: string; partitions: number[] }[]): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
