import { describe, expect, test } from 'vitest';
import { BrokerSessions } from './broker-sessions.ts';

function begun(): BrokerSessions {
  const sessions = new BrokerSessions(100);
  sessions.begin(1000);
  return sessions;
}

describe('a session', () => {
  test('is valid from a heartbeat on, for its time', () => {
    const sessions = begun();
    expect(sessions.isValid(1, 7, 1000)).toBe(false);
    sessions.touch(1, 7, 1010);
    expect([1010, 1109, 1110].map((nowMs) => sessions.isValid(1, 7, nowMs))).toEqual([true, true, false]);
  });

  test('is of one life: another epoch has none of it', () => {
    const sessions = begun();
    sessions.touch(1, 7, 1010);
    sessions.reached(1, 7, 55);
    sessions.leaves(1, 7, 60);
    expect(sessions.isValid(1, 8, 1010)).toBe(false);
    expect([sessions.metadataOffset(1, 8), sessions.shutdownOffset(1, 8)]).toEqual([-1, -1]);
    sessions.touch(1, 8, 1020);
    expect([sessions.metadataOffset(1, 8), sessions.shutdownOffset(1, 8)]).toEqual([-1, -1]);
    expect(sessions.isValid(1, 7, 1020)).toBe(false);
  });

  test('ends when the broker is told to go, for this life', () => {
    const sessions = begun();
    sessions.touch(1, 8, 1010);
    sessions.end(1, 7);
    expect(sessions.isValid(1, 8, 1010)).toBe(true);
    sessions.end(1, 8);
    expect(sessions.isValid(1, 8, 1010)).toBe(false);
  });

  test('keeps the first offset at which the broker set out', () => {
    const sessions = begun();
    sessions.touch(1, 7, 1010);
    sessions.leaves(1, 7, 60);
    sessions.leaves(1, 7, 70);
    expect(sessions.shutdownOffset(1, 7)).toBe(60);
  });
});

describe('expiry', () => {
  const brokers = [
    { id: 1, epoch: 7 },
    { id: 2, epoch: 8 },
    { id: 3, epoch: 9 },
  ];

  test('counts from the last heartbeat, or from when the controller began', () => {
    const sessions = begun();
    sessions.touch(2, 8, 1050);
    expect(sessions.expired(brokers, 1099)).toBeUndefined();
    expect(sessions.expired(brokers, 1100)).toBe(1);
    expect(sessions.expired([{ id: 2, epoch: 8 }], 1149)).toBeUndefined();
    expect(sessions.expired([{ id: 2, epoch: 8 }], 1150)).toBe(2);
  });

  test('takes the most silent first', () => {
    const sessions = begun();
    for (const [brokerId, nowMs] of [
      [1, 1030],
      [2, 1010],
      [3, 1020],
    ] as const) {
      sessions.touch(brokerId, brokerId + 6, nowMs);
    }
    expect(sessions.expired(brokers, 2000)).toBe(2);
  });

  test('begins anew with a new controller', () => {
    const sessions = begun();
    sessions.touch(1, 7, 1010);
    sessions.begin(5000);
    expect(sessions.isValid(1, 7, 5000)).toBe(false);
    expect(sessions.expired(brokers, 5099)).toBeUndefined();
  });
});
