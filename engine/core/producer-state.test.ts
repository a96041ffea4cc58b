import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { type ProducerBatch, ProducerStates } from './producer-state.ts';

const sequenceMax = 0x7fffffff;

function batch(facts: Partial<ProducerBatch> & { records?: number }): ProducerBatch {
  const { records = 1, baseSequence = 0, baseOffset = 0 } = facts;
  return {
    producerId: 7,
    producerEpoch: 0,
    baseSequence,
    lastSequence: (baseSequence + records - 1) % (sequenceMax + 1),
    baseOffset,
    lastOffset: baseOffset + records - 1,
    maxTimestamp: 1000,
    isTransactional: false,
    isControl: false,
    ...facts,
  };
}

function statesAfter(...batches: ProducerBatch[]): ProducerStates {
  const states = new ProducerStates();
  for (const one of batches) states.update(one);
  return states;
}

const append = { kind: 'append' };
function error(code: number) {
  return { kind: 'error', code };
}

describe('sequence rules', () => {
  test('an unknown producer may start anywhere, and batches without a producer always go in', () => {
    expect(new ProducerStates().check(batch({ baseSequence: 41 }))).toEqual(append);
    const states = statesAfter(batch({}));
    expect(states.check(batch({ producerId: -1, producerEpoch: -1, baseSequence: -1 }))).toEqual(append);
  });

  test('the same epoch goes on where it was; a gap and an overlap are out of order', () => {
    const states = statesAfter(batch({ records: 3 }));
    expect(states.check(batch({ baseSequence: 3 }))).toEqual(append);
    expect(states.check(batch({ baseSequence: 4 }))).toEqual(error(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
    expect(states.check(batch({ baseSequence: 1, records: 2 }))).toEqual(
      error(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
    );
  });

  test('after 2^31-1 comes 0', () => {
    const edge = statesAfter(batch({ baseSequence: sequenceMax }));
    expect(edge.check(batch({ baseSequence: 0 }))).toEqual(append);
    const across = statesAfter(batch({ baseSequence: sequenceMax - 1, records: 3, lastSequence: 0 }));
    expect(across.check(batch({ baseSequence: 1 }))).toEqual(append);
    expect(across.check(batch({ baseSequence: 0 }))).toEqual(error(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
  });

  test('an older epoch is fenced, a newer one starts at 0 and forgets the batches before', () => {
    const states = statesAfter(batch({ producerEpoch: 3, records: 5 }));
    expect(states.check(batch({ producerEpoch: 2, baseSequence: 5 }))).toEqual(
      error(ErrorCode.INVALID_PRODUCER_EPOCH),
    );
    expect(states.check(batch({ producerEpoch: 4, baseSequence: 5 }))).toEqual(
      error(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
    );
    expect(states.check(batch({ producerEpoch: 4 }))).toEqual(append);
    states.update(batch({ producerEpoch: 4, baseOffset: 5 }));
    expect(states.get(7)?.batches).toHaveLength(1);
  });

  test('exactly the last five batches are recognised', () => {
    const states = new ProducerStates();
    for (let i = 0; i < 6; i++) {
      states.update(batch({ baseSequence: 2 * i, records: 2, baseOffset: 100 + 2 * i, maxTimestamp: i }));
    }
    expect(states.check(batch({ baseSequence: 0, records: 2 }))).toEqual(
      error(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
    );
    for (let i = 1; i < 6; i++) {
      expect(states.check(batch({ baseSequence: 2 * i, records: 2 }))).toEqual({
        kind: 'duplicate',
        baseOffset: 100 + 2 * i,
        lastOffset: 101 + 2 * i,
        timestampMs: i,
      });
    }
  });

  test('a coordinator is checked for its epoch only', () => {
    const states = statesAfter(batch({ producerEpoch: 2 }));
    expect(states.check(batch({ producerEpoch: 2, baseSequence: 9 }), 'coordinator')).toEqual(append);
    expect(states.check(batch({ producerEpoch: 1, baseSequence: 9 }), 'coordinator')).toEqual(
      error(ErrorCode.INVALID_PRODUCER_EPOCH),
    );
  });
});

describe('transactions', () => {
  const inTransaction = { isTransactional: true };
  const marker = { isTransactional: true, isControl: true, baseSequence: -1, lastSequence: -1 };

  test('the first transactional batch opens one, its marker closes it', () => {
    const states = statesAfter(
      batch({ ...inTransaction, baseOffset: 10 }),
      batch({ ...inTransaction, baseOffset: 11, baseSequence: 1 }),
    );
    expect(states.firstUndecidedOffset).toBe(10);
    expect(states.check(batch({ baseSequence: 2 }))).toEqual(error(ErrorCode.INVALID_TXN_STATE));
    states.update(batch({ ...marker, baseOffset: 12 }), 4);
    expect(states.firstUndecidedOffset).toBeUndefined();
    expect(states.check(batch({ baseSequence: 2 }))).toEqual(append);
  });

  test('a marker of a newer epoch starts sequences anew; an older one, or an old coordinator, is refused', () => {
    const states = statesAfter(batch({ ...inTransaction, producerEpoch: 1 }));
    states.update(batch({ ...marker, producerEpoch: 2 }), 4);
    expect(states.check(batch({ producerEpoch: 2, baseSequence: 1 }))).toEqual(
      error(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
    );
    expect(states.check(batch({ producerEpoch: 2, baseSequence: 0 }))).toEqual(append);
    expect(states.checkMarker(7, 1, 4)).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    expect(states.checkMarker(7, 2, 3)).toBe(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
    expect(states.checkMarker(7, 2, 4)).toBe(ErrorCode.NONE);
    expect(states.checkMarker(8, 0, 0)).toBe(ErrorCode.NONE);
  });

  test('the oldest open transaction bounds the stable offset', () => {
    const states = statesAfter(
      batch({ ...inTransaction, producerId: 1, baseOffset: 30 }),
      batch({ ...inTransaction, producerId: 2, baseOffset: 20 }),
    );
    expect(states.firstUndecidedOffset).toBe(20);
  });
});

describe('expiry', () => {
  test('silent producers go when their time is over, unless a transaction is open', () => {
    const states = statesAfter(
      batch({ producerId: 1, maxTimestamp: 1000 }),
      batch({ producerId: 2, maxTimestamp: 1001 }),
      batch({ producerId: 3, maxTimestamp: 0, isTransactional: true }),
    );
    expect(states.expire(1100, 100)).toBe(1);
    expect(states.all().map(({ producerId }) => producerId)).toEqual([2, 3]);
  });
});

describe('recall after a cut', () => {
  const five = [0, 1, 2, 3, 4].map((n) => batch({ baseSequence: 2 * n, records: 2, baseOffset: 10 + 2 * n }));
  const offsets = (states: ProducerStates) => states.get(7)?.batches.map(({ lastOffset }) => lastOffset);

  test('batches that the cut left are duplicates again, those that it took are not', () => {
    const reread = statesAfter(five[2] as ProducerBatch);
    reread.recall(statesAfter(...five));
    expect(offsets(reread)).toEqual([11, 13, 15]);
    expect(reread.check(five[0] as ProducerBatch)).toMatchObject({ kind: 'duplicate', baseOffset: 10 });
    expect(reread.check(five[3] as ProducerBatch)).toEqual(append);
  });

  test('never more than five, and none of another epoch or of a producer that was forgotten', () => {
    const whole = statesAfter(...five);
    whole.recall(statesAfter(batch({ baseSequence: 0, baseOffset: 3 })));
    expect(offsets(whole)).toEqual([11, 13, 15, 17, 19]);
    const newer = statesAfter(batch({ producerEpoch: 1, baseOffset: 20 }));
    newer.recall(statesAfter(...five));
    expect(offsets(newer)).toEqual([20]);
    const nobody = new ProducerStates();
    nobody.recall(statesAfter(...five));
    expect(nobody.size).toBe(0);
  });
});

describe('snapshots', () => {
  test('the last batch survives, the ones before do not', () => {
    const states = statesAfter(
      batch({ baseSequence: 0, records: 2, baseOffset: 50, producerEpoch: 3 }),
      batch({ baseSequence: 2, records: 4, baseOffset: 52, producerEpoch: 3, maxTimestamp: 77 }),
      batch({
        producerId: 9,
        isTransactional: true,
        baseOffset: 56,
        baseSequence: sequenceMax - 1,
        records: 2,
      }),
    );
    const read = ProducerStates.decodeSnapshot(states.encodeSnapshot());
    expect(read.ok).toBe(true);
    if (!read.ok) return;
    expect(read.value.check(batch({ baseSequence: 2, records: 4, producerEpoch: 3 }))).toEqual({
      kind: 'duplicate',
      baseOffset: 52,
      lastOffset: 55,
      timestampMs: 77,
    });
    expect(read.value.get(7)?.batches).toHaveLength(1);
    expect(read.value.get(9)).toEqual(states.get(9));
  });

  test('Kafka layout: version, checksum, count, then 50 bytes for each producer', () => {
    const bytes = statesAfter(batch({ records: 2 })).encodeSnapshot();
    expect(bytes.length).toBe(2 + 4 + 4 + 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8);
    expect([...bytes.subarray(0, 2)]).toEqual([0, 1]);
    expect([...bytes.subarray(6, 18)]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7]);
  });

  test('any flipped byte is noticed', () => {
    const bytes = statesAfter(batch({ records: 2 })).encodeSnapshot();
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(ProducerStates.decodeSnapshot(damaged).ok).toBe(false);
    }
    for (let size = 0; size < bytes.length; size++) {
      expect(ProducerStates.decodeSnapshot(bytes.subarray(0, size)).ok).toBe(false);
    }
  });
});
