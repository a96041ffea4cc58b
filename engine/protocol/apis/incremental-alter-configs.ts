// IncrementalAlterConfigs (key 44): changes single properties of a resource and leaves the others alone. The
// one way that Java's admin client has to change configuration.
//
// v1 brings compact lengths, nothing else. Operations: 0 set, 1 delete (back to the layer below), 2 append, 3
// subtract; the last two for lists only.
//
// Traps: the same property twice for one resource is INVALID_REQUEST. `validateOnly` must check all that a
// real change would check, and change nothing.

import { api, array, bool, int8, int16, int32, string, struct } from '../schema.ts';

export const incrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: '0-1',
  flexible: '1+',
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
            configOperation: int8('0+'),
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
