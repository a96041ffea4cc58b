// SaslHandshake (key 17): opens SASL authentication.

import { api, int16, list, string, struct } from '../schema.ts';

export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: '0-1',
  flexible: 'none',
  request: struct({
    mechanism: string('0+'),
  }),
  response: struct({
    errorCode: int16('0+'),
    mechanisms: list('0+', 'string'),
  }),
});
