// UnregisterBroker (key 64): an administrator removes a broker that is gone for good. A broker forwards it to
// the active controller.
//
// There is one version.
//
// Traps: nothing is moved: partitions keep the broker among their replicas. A broker that is still running
// registers again at its next start. An unknown id is BROKER_ID_NOT_REGISTERED.

import { api, int16, int32, string, struct } from '../schema.ts';

export const unregisterBroker = api({
  key: 64,
  name: 'UnregisterBroker',
  versions: '0',
  flexible: '0+',
  request: struct({
    brokerId: int32('0+'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
  }),
});
