// AlterConfigs (key 33): replaces the whole set of dynamic configuration of a resource. Old admin clients
// send it; Java's have used IncrementalAlterConfigs alone since 4.0.
//
// All versions say the same; compact lengths from v2. Resource types: 2 topic, 4 broker, 8 broker logger, 16
// client metrics, 32 group.
//
// Trap: a property that the request does not name falls back to its default. `validateOnly` must check all
// that a real change would check, and change nothing.

import { api, array, bool, int8, int16, int32, string, struct } from '../schema.ts';

export const alterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  versions: '0-2',
  flexible: '2+',
  request: struct({
    resources: array(
      '0+',
      struct({
        resourceType: int8('0+'),
        resourceName: string('0+'),
        configs: array(
          '0+',
          struct({
            name: string('0+'),
            value: string('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
    validateOnly: bool('0+'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    responses: array(
      '0+',
      struct({
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
        resourceType: int8('0+'),
        resourceName: string('0+'),
      }),
    ),
  }),
});
