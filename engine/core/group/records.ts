// The records of `__consumer_offsets` as values, and their bytes. Versions are those that Kafka 4.3 writes: group
// metadata v3; committed offsets v4, or v1 when the commit brought its own retention (only v1 has an expire timestamp).
// Read: every version, also the key types 0 and 1 of old brokers.
//
// Left out: records of other kinds of groups (types 3 and up: consumer, share and streams groups, which this broker
// does not coordinate) decode to `other` and are passed over.

import { failure, type Outcome, success } from '../../base/outcome.ts';
import { concat } from '../../protocol/bytes.ts';
import { decodeMessage, encodeMessage } from '../../protocol/codec.ts';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../../protocol/messages/group-records.ts';
import type { BodyOf } from '../../protocol/schema.ts';

export interface CommittedOffset {
  readonly offset: number;
  /** -1 where unknown. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
  /** -1 when the broker's retention rules. */
  readonly expireTimestampMs: number;
  /** The zero uuid where the committer spoke of names only. */
  readonly topicId: string;
}

export type GroupMetadata = BodyOf<typeof groupMetadataValue>;

export interface OffsetRecord {
  readonly kind: 'offset';
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  /** Null deletes. */
  readonly value: CommittedOffset | null;
}

export interface GroupRecord {
  readonly kind: 'group';
  readonly groupId: string;
  /** Null deletes. */
  readonly value: GroupMetadata | null;
}

export type GroupLogRecord = OffsetRecord | GroupRecord;

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

const offsetKeyType = 1;
const groupKeyType = 2;
const groupValueVersion = 3;

export function encodeGroupLogRecord(record: GroupLogRecord): KeyValue {
  if (record.kind === 'group') {
    const key = prefixed(groupKeyType, encodeMessage(groupMetadataKey, 0, { group: record.groupId }));
    if (record.value === null) return { key, value: null };
    const body = encodeMessage(groupMetadataValue, groupValueVersion, record.value);
    return { key, value: prefixed(groupValueVersion, body) };
  }
  const { groupId: group, topic, partition, value } = record;
  const key = prefixed(offsetKeyType, encodeMessage(offsetCommitKey, 0, { group, topic, partition }));
  if (value === null) return { key, value: null };
  const version = value.expireTimestampMs >= 0 ? 1 : 4;
  const body = encodeMessage(offsetCommitValue, version, {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestamp: value.commitTimestampMs,
    expireTimestamp: value.expireTimestampMs,
    topicId: value.topicId,
  });
  return { key, value: prefixed(version, body) };
}

/** The record, or `other` for a kind that is not ours; the error is a sentence. */
export function decodeGroupLogRecord(
  key: Uint8Array,
  value: Uint8Array | null,
): Outcome<GroupLogRecord | 'other', string> {
  const type = int16At(key);
  if (type === undefined) return failure(`a key of ${key.length} bytes has no record type`);
  // Key types 0 and 1 are one layout; the values of type 0 are those of version 0.
  if (type === 0 || type === offsetKeyType) return decodeOffset(key, value);
  if (type === groupKeyType) return decodeGroup(key, value);
  return success('other');
}

function decodeOffset(key: Uint8Array, value: Uint8Array | null): Outcome<OffsetRecord, string> {
  const at = decodeMessage(offsetCommitKey, 0, key.subarray(2));
  if (!at.ok) return at;
  const { group: groupId, topic, partition } = at.value;
  if (value === null) return success({ kind: 'offset', groupId, topic, partition, value: null });
  const version = int16At(value);
  if (version === undefined || version < 0 || version > offsetCommitValue.versions.last) {
    return failure(`OffsetCommitValue of version ${version ?? 'none'} is unknown`);
  }
  const body = decodeMessage(offsetCommitValue, version, value.subarray(2));
  if (!body.ok) return body;
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp, topicId } = body.value;
  const committed: CommittedOffset = {
    offset,
    leaderEpoch,
    metadata,
    commitTimestampMs: commitTimestamp,
    expireTimestampMs: expireTimestamp,
    topicId,
  };
  return success({ kind: 'offset', groupId, topic, partition, value: committed });
}

function decodeGroup(key: Uint8Array, value: Uint8Array | null): Outcome<GroupRecord, string> {
  const of = decodeMessage(groupMetadataKey, 0, key.subarray(2));
  if (!of.ok) return of;
  const groupId = of.value.group;
  if (value === null) return success({ kind: 'group', groupId, value: null });
  const version = int16At(value);
  if (version === undefined || version < 0 || version > groupMetadataValue.versions.last) {
    return failure(`GroupMetadataValue of version ${version ?? 'none'} is unknown`);
  }
  const body = decodeMessage(groupMetadataValue, version, value.slice(2));
  if (!body.ok) return body;
  return success({ kind: 'group', groupId, value: body.value });
}

function int16At(bytes: Uint8Array): number | undefined {
  if (bytes.length < 2) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, 2).getInt16(0);
}

function prefixed(type: number, body: Uint8Array): Uint8Array {
  return concat([new Uint8Array([type >> 8, type & 0xff]), body]);
}
