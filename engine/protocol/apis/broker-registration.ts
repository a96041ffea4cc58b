// BrokerRegistration (key 62): a broker that starts makes itself known to the active controller and gets its
// broker epoch. It stays fenced until its heartbeats say that it has caught up. Only for the controller's
// listener.
//
// v1 adds the (by now always false) mark of a migration from ZooKeeper, v2 the ids of the log directories, v3
// the broker epoch before a clean shutdown, v4 lets features start at 0. Compact from v0.
//
// Traps: a new incarnation id while the session of the old one lives is answered with
// DUPLICATE_BROKER_REGISTRATION; the same incarnation id is a repetition and keeps epoch and fencing. The
// broker epoch is the offset of the record of the registration. In v0 to v3 a feature with a minimum of 0
// must be left out. A `previousBrokerEpoch` that is not the one on record says the shutdown was not clean,
// which costs the broker its place in ISRs and among the eligible leaders. The wrong cluster id is
// INCONSISTENT_CLUSTER_ID.

import { api, array, bool, int16, int32, int64, list, string, struct, uint16, uuid } from '../schema.ts';

export const brokerRegistration = api({
  key: 62,
  name: 'BrokerRegistration',
  versions: '0-4',
  flexible: '0+',
  request: struct({
    brokerId: int32('0+'),
    clusterId: string('0+'),
    incarnationId: uuid('0+'),
    listeners: array(
      '0+',
      struct({
        name: string('0+'),
        host: string('0+'),
        port: uint16('0+'),
        securityProtocol: int16('0+'),
      }),
    ),
    features: array(
      '0+',
      struct({
        name: string('0+'),
        minSupportedVersion: int16('0+'),
        maxSupportedVersion: int16('0+'),
      }),
    ),
    rack: string('0+', { nullable: '0+' }),
    isMigratingZkBroker: bool('1+', { default: false }),
    logDirs: list('2+', 'uuid', { ignorable: true }),
    previousBrokerEpoch: int64('3+', { ignorable: true, default: -1 }),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
  }),
});
