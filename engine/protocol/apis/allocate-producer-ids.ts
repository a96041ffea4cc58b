// AllocateProducerIds (key 67): a block of producer ids for a broker.
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
