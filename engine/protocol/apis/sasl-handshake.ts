// SaslHandshake (key 17): the client names the mechanism it will authenticate with.
//
// After v0 the mechanism's bytes follow raw, each with an int32 size in front; after v1 they travel in
// SaslAuthenticate. Never compact: clients up to 2.4 negotiate this one wrongly, so Kafka cannot raise it.
//
// Traps: an unknown mechanism is UNSUPPORTED_SASL_MECHANISM with the list of those that are enabled, and then
// the connection closes. Before authentication nothing but ApiVersions, this and SaslAuthenticate may be
// served.

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
