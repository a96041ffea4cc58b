// DescribeConfigs (key 32): configuration of resources, each value with where it comes from and, on demand,
// every layer below it.
//
// v1 is the oldest since Kafka 4.0: it has sources and synonyms. v3 adds the type of each property and its
// documentation, v4 compact lengths.
//
// Traps: a null list of keys means all, an empty list means none. Sources: 1 topic, 2 dynamic broker, 3
// dynamic default of all brokers, 4 static broker, 5 default, 6 logger, 7 client metrics, 8 group. Values of
// sensitive properties are null. A broker resource with a name is answered by that broker alone (else
// INVALID_REQUEST); with an empty name it means the defaults of all brokers.

import { api, array, bool, int8, int16, int32, list, string, struct } from '../schema.ts';

export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: '1-4',
  flexible: '4+',
  request: struct({
    resources: array(
      '0+',
      struct({
        resourceType: int8('0+'),
        resourceName: string('0+'),
        configurationKeys: list('0+', 'string', { nullable: '0+' }),
      }),
    ),
    includeSynonyms: bool('1+', { default: false }),
    includeDocumentation: bool('3+', { default: false }),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    results: array(
      '0+',
      struct({
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
        resourceType: int8('0+'),
        resourceName: string('0+'),
        configs: array(
          '0+',
          struct({
            name: string('0+'),
            value: string('0+', { nullable: '0+' }),
            readOnly: bool('0+'),
            configSource: int8('1+', { ignorable: true, default: -1 }),
            isSensitive: bool('0+'),
            synonyms: array(
              '1+',
              struct({
                name: string('1+'),
                value: string('1+', { nullable: '0+' }),
                source: int8('1+'),
              }),
              { ignorable: true },
            ),
            configType: int8('3+', { ignorable: true, default: 0 }),
            documentation: string('3+', { nullable: '0+', ignorable: true }),
          }),
        ),
      }),
    ),
  }),
});
