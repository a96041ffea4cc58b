// The bytes of group records: what is written can be read, old versions too, and nonsense is told.

import { describe, expect, test } from 'vitest';
import { utf8, Writer } from '../../protocol/bytes.ts';
import { decodeGroupLogRecord, encodeGroupLogRecord, type GroupLogRecord } from './records.ts';

const zero = 'AAAAAAAAAAAAAAAAAAAAAA';
const committed = {
  offset: 42,
  leaderEpoch: 7,
  metadata: 'where I was',
  commitTimestampMs: 1234,
  expireTimestampMs: -1,
  topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
};

function roundtrip(record: GroupLogRecord): GroupLogRecord | 'other' {
  const { key, value } = encodeGroupLogRecord(record);
  const decoded = decodeGroupLogRecord(key, value);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
}

describe('group records', () => {
  test('a committed offset keeps everything', () => {
    const record: GroupLogRecord = {
      kind: 'offset',
      groupId: 'g',
      topic: 't',
      partition: 3,
      value: committed,
    };
    expect(roundtrip(record)).toEqual(record);
    expect([...(encodeGroupLogRecord(record).value ?? [])].slice(0, 2)).toEqual([0, 4]);
  });

  test('an offset with its own retention is written as version 1, which has no epoch and no topic id', () => {
    const value = { ...committed, expireTimestampMs: 99 };
    const record: GroupLogRecord = { kind: 'offset', groupId: 'g', topic: 't', partition: 3, value };
    expect([...(encodeGroupLogRecord(record).value ?? [])].slice(0, 2)).toEqual([0, 1]);
    expect(roundtrip(record)).toEqual({ ...record, value: { ...value, leaderEpoch: -1, topicId: zero } });
  });

  test('tombstones have no value', () => {
    const offset: GroupLogRecord = { kind: 'offset', groupId: 'g', topic: 't', partition: 3, value: null };
    const group: GroupLogRecord = { kind: 'group', groupId: 'g', value: null };
    expect(roundtrip(offset)).toEqual(offset);
    expect(roundtrip(group)).toEqual(group);
  });

  test('the key is what Kafka writes: type, then strings with int16 lengths', () => {
    const { key } = encodeGroupLogRecord({
      kind: 'offset',
      groupId: 'g',
      topic: 'to',
      partition: 258,
      value: null,
    });
    expect([...key]).toEqual([0, 1, 0, 1, 103, 0, 2, 116, 111, 0, 0, 1, 2]);
  });

  test('a group is written as version 3', () => {
    const value = {
      protocolType: 'consumer',
      generation: 5,
      protocol: 'range',
      leader: 'm',
      currentStateTimestamp: 77,
      members: [
        {
          memberId: 'm',
          groupInstanceId: 'i',
          clientId: 'c',
          clientHost: '/h',
          rebalanceTimeout: 1,
          sessionTimeout: 2,
          subscription: utf8('s'),
          assignment: utf8('a'),
        },
      ],
    };
    const record: GroupLogRecord = { kind: 'group', groupId: 'g', value };
    expect(roundtrip(record)).toEqual(record);
    expect([...(encodeGroupLogRecord(record).value ?? [])].slice(0, 2)).toEqual([0, 3]);
  });

  test('the oldest offsets can be read', () => {
    const key = new Writer();
    key.int16(0);
    for (const text of ['g', 't']) {
      key.int16(1);
      key.utf8(text);
    }
    key.int32(0);
    const value = new Writer();
    value.int16(0);
    value.int64(9);
    value.int16(0);
    value.int64(11);
    const decoded = decodeGroupLogRecord(key.toBytes(), value.toBytes());
    expect(decoded).toMatchObject({
      ok: true,
      value: { kind: 'offset', value: { offset: 9, commitTimestampMs: 11 } },
    });
  });

  test('records of newer kinds of groups are passed over', () => {
    expect(decodeGroupLogRecord(new Uint8Array([0, 3, 0, 0]), null)).toEqual({ ok: true, value: 'other' });
  });

  test('nonsense is told, never thrown', () => {
    const { key } = encodeGroupLogRecord({ kind: 'group', groupId: 'g', value: null });
    expect(decodeGroupLogRecord(new Uint8Array(1), null).ok).toBe(false);
    expect(decodeGroupLogRecord(key.subarray(0, 4), null).ok).toBe(false);
    expect(decodeGroupLogRecord(key, new Uint8Array([0, 9])).ok).toBe(false);
    expect(decodeGroupLogRecord(key, new Uint8Array([0, 3, 1])).ok).toBe(false);
  });
});
