// SaslAuthenticate (key 36): one round of SASL authentication.

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
