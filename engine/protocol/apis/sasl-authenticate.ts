// SaslAuthenticate (key 36): one round of authentication: opaque bytes of the mechanism chosen by
// SaslHandshake v1 there, opaque bytes back.
//
// v1 adds how long the session may live (0: without end), v2 compact lengths.
//
// Traps: a refusal is SASL_AUTHENTICATION_FAILED with a message that does not tell whether the user exists,
// sent after a delay, and then the connection closes. Outside of authentication it is ILLEGAL_SASL_STATE.

import { api, bytes, int16, int64, string, struct } from '../schema.ts';

export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: '0-2',
  flexible: '2+',
  request: struct({
    authBytes: bytes('0+'),
  }),
  response: struct({
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    authBytes: bytes('0+'),
    sessionLifetimeMs: int64('1+', { ignorable: true, default: 0 }),
  }),
});
