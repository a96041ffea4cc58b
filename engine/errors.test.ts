// The table of errors as a whole: that no code of Kafka 4.3 is missing, and which of them a client retries.
// The numbers are Kafka's and stand here a second time, so that a slip in a row does not go unseen.

import { describe, expect, test } from 'vitest';
import { ErrorCode, errorName, errorText, isRetriable, needsFreshMetadata } from './errors.ts';

const codes = Array.from({ length: 135 }, (_, index) => index - 1);

describe('the table of errors', () => {
  test('has one row for every code from -1 to 133, and none beyond', () => {
    expect(Object.values(ErrorCode).sort((a, b) => a - b)).toEqual(codes);
    expect(errorName(134)).toBe('ERROR_134');
    expect(errorText(134)).toBe('error 134');
  });

  test('names a code as it is looked up', () => {
    for (const [name, code] of Object.entries(ErrorCode)) expect(errorName(code)).toBe(name);
  });

  test('says something else of every code', () => {
    expect(new Set(codes.map(errorText)).size).toBe(codes.length);
  });

  test('knows what is worth another try', () => {
    expect(codes.filter(isRetriable)).toEqual([
      2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88, 89, 100,
      103, 106, 122, 123, 133,
    ]);
  });

  test('knows what asks for fresh metadata, which always is worth another try', () => {
    const refreshing = codes.filter(needsFreshMetadata);
    expect(refreshing).toEqual([3, 5, 6, 9, 13, 56, 72, 74, 80, 83, 84, 100, 103]);
    expect(refreshing.filter((code) => !isRetriable(code))).toEqual([]);
  });

  test('gives the errors of a cluster the numbers that Kafka gives them', () => {
    const { FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, STALE_BROKER_EPOCH, INVALID_UPDATE_VERSION } =
      ErrorCode;
    expect([FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, STALE_BROKER_EPOCH, INVALID_UPDATE_VERSION]).toEqual([
      74, 75, 77, 95,
    ]);
    const { INCONSISTENT_VOTER_SET, INELIGIBLE_REPLICA, NEW_LEADER_ELECTED, INVALID_VOTER_KEY } = ErrorCode;
    expect([INCONSISTENT_VOTER_SET, INELIGIBLE_REPLICA, NEW_LEADER_ELECTED, INVALID_VOTER_KEY]).toEqual([
      94, 107, 108, 125,
    ]);
  });
});
