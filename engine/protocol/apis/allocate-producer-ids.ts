// AllocateProducerIds (key 67): a broker asks the active controller for a block of producer ids, from which
// it answers InitProducerId on its own. Only for the controller's listener.
//
// There is one version.
//
// Traps: a block is given once: the rest of a block that a broker did not use up is lost when it restarts,
// and that is how no id is ever given twice. The answer must wait until the record is committed.

import { api, int16, int32, int64, struct } from '../schema.ts';

export const allocateProducerIds = api({
  key: 67,
  name: 'AllocateProducerIds',
  versions: '0',
  flexible: '0+',
  request: struct({
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerIdStart: int64('0+'),
    producerIdLen: int32('0+'),
  }),
});
