// What became of a record that was sent, and how certain that is. A failed attempt is one of two classes:
//   refused   the broker said no before it wrote anything, or no byte left us: certainly not written
//   open      it may have been written, or may still be
// A record failed for certain only if every attempt of its batch was refused. Errors that a demoted leader
// gives after it wrote locally (NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION) are open, and so is every
// error not listed.

import { ErrorCode } from '../errors.ts';
import type { ConnectionError } from './connection.ts';

export type SendOutcome =
  | {
      readonly kind: 'ok';
      readonly partition: number;
      /** -1 where the broker does not tell: acks 0, and a duplicate that it no longer knows the offset of. */
      readonly offset: number;
      readonly timestampMs: number;
      readonly attempts: number;
    }
  | {
      readonly kind: 'failed';
      readonly certainty: Certainty;
      /** Kafka's name of the error, or a reason of our own in the same form. */
      readonly error: string;
      readonly attempts: number;
    };

export type Certainty = 'not-written' | 'unknown';

const refusals = new Set<number>([
  ErrorCode.INVALID_RECORD,
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.INVALID_REQUIRED_ACKS,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.INVALID_TOPIC_EXCEPTION,
  ErrorCode.INVALID_TIMESTAMP,
  ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
  ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.PRODUCER_FENCED,
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_TXN_STATE,
]);

/** Whether an attempt that ended with this error certainly wrote nothing. */
export function isRefusal(errorCode: number): boolean {
  return refusals.has(errorCode);
}

/** Our name for an attempt that never became a response. */
export function localErrorName(error: ConnectionError): string {
  switch (error.kind) {
    case 'timeout':
      return 'REQUEST_TIMED_OUT';
    case 'unsupported':
      return 'UNSUPPORTED_VERSION';
    case 'malformed':
      return 'MALFORMED_RESPONSE';
    case 'disconnected':
      return 'NETWORK_EXCEPTION';
  }
}
