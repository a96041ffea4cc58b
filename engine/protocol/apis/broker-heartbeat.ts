// BrokerHeartbeat (key 63): a registered broker tells the active controller that it lives, how far it has
// read the metadata log, and whether it wants to be fenced or to shut down. Only for the controller's
// listener.
//
// v1 adds the log directories that failed, v2 those that are cordoned. Compact from v0.
//
// Traps: STALE_BROKER_EPOCH says that another registration has replaced this one, BROKER_ID_NOT_REGISTERED
// that there is none. A broker is fenced (the default of the answer) until it has reached the offset of its
// own registration record. In a controlled shutdown `shouldShutDown` comes only once it leads nothing any
// more, and the heartbeats must go on until then. Offline directories are all there are, not only the new
// ones. Cordoned directories are null as long as the broker has not read its configuration, which is not the
// same as none.

import { api, bool, int16, int32, int64, list, struct } from '../schema.ts';

export const brokerHeartbeat = api({
  key: 63,
  name: 'BrokerHeartbeat',
  versions: '0-2',
  flexible: '0+',
  request: struct({
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    currentMetadataOffset: int64('0+'),
    wantFence: bool('0+'),
    wantShutDown: bool('0+'),
    offlineLogDirs: list('1+', 'uuid', { tagged: '1+', tag: 0 }),
    cordonedLogDirs: list('2+', 'uuid', { nullable: '2+', tagged: '2+', tag: 1, default: null }),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    isCaughtUp: bool('0+', { default: false }),
    isFenced: bool('0+', { default: true }),
    shouldShutDown: bool('0+'),
  }),
});
