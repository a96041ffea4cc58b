// ListConfigResources (key 74): the names of the resources that have configuration.
//
// v0 is the former ListClientMetricsResources and knows only those; v1 asks by type (2 topic, 4 broker, 8
// broker logger, 16 client metrics, 32 group) and says the type of each. Compact from v0.
//
// Traps: no type asked for means all types, not none; a type that the broker cannot list is
// UNSUPPORTED_VERSION. The type in the answer is ignorable: before v1 only client metrics may be put in, as
// nobody could tell the difference.

import { api, array, int8, int16, int32, list, string, struct } from '../schema.ts';

export const listConfigResources = api({
  key: 74,
  name: 'ListConfigResources',
  versions: '0-1',
  flexible: '0+',
  request: struct({
    resourceTypes: list('1+', 'int8'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    configResources: array(
      '0+',
      struct({
        resourceName: string('0+'),
        resourceType: int8('1+', { ignorable: true, default: 16 }),
      }),
    ),
  }),
});
