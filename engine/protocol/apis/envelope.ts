// Envelope (key 58): a broker forwards a client's request to the active controller, header and all, with the
// name of who asked. Only for the controller's listener.
//
// There is one version.
//
// Traps: `requestData` is header and body without the length in front; the answer's `responseData` likewise,
// with a header whose correlation id is that of the embedded request, not of the envelope. `responseData` is
// null, not empty, when the envelope itself failed, and only then is `errorCode` set: an error of the
// embedded request is inside. `requestPrincipal` may be null, `clientHostAddress` may not: it is 4 or 16
// bytes. An envelope must not hold an envelope, nor anything that is not forwardable: INVALID_REQUEST. A
// controller that is not active answers NOT_CONTROLLER on the outside, so that the broker looks for the
// active one. All bytes are views into the frame.

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
