// Envelope (key 58): a client's request, handed on by a broker to the active controller.
import { api, bytes, int16, struct } from '../schema.ts';

export const envelope = api({
  key: 58,
  name: 'Envelope',
  versions: '0',
  flexible: '0+',
  request: struct({
    requestData: bytes('0+'),
    requestPrincipal: bytes('0+', { nullable: '0+' }),
    clientHostAddress: bytes('0+'),
  }),
  response: struct({
    responseData: bytes('0+', { nullable: '0+', default: null }),
    errorCode: int16('0+'),
  }),
});
