// DescribeCluster (key 60): cluster id, controller and brokers, for admin clients; they fall back to Metadata
// where it is missing.
//
// v1 adds the kind of endpoint (1 broker, 2 controller) to request and answer, with MISMATCHED_ENDPOINT_TYPE
// and UNSUPPORTED_ENDPOINT_TYPE; v2 can include fenced brokers and marks them. Compact from v0.
//
// Traps: hosts and ports are those of the listener the request came in on. Authorized operations are
// -2147483648 unless they were asked for.

import { api, array, bool, int8, int16, int32, string, struct } from '../schema.ts';

export const describeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  versions: '0-2',
  flexible: '0+',
  request: struct({
    includeClusterAuthorizedOperations: bool('0+'),
    endpointType: int8('1+', { default: 1 }),
    includeFencedBrokers: bool('2+'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    endpointType: int8('1+', { default: 1 }),
    clusterId: string('0+'),
    controllerId: int32('0+', { default: -1 }),
    brokers: array(
      '0+',
      struct({
        brokerId: int32('0+'),
        host: string('0+'),
        port: int32('0+'),
        rack: string('0+', { nullable: '0+', default: null }),
        isFenced: bool('2+'),
      }),
    ),
    clusterAuthorizedOperations: int32('0+', { default: -2147483648 }),
  }),
});
