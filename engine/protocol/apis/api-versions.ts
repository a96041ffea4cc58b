// ApiVersions (key 18): which APIs and versions, and which feature levels, the broker speaks. The first
// request on almost every connection, allowed before authentication.
//
// Requests: v3 adds name and version of the client's software, which must match a pattern or be answered
// INVALID_REQUEST. Responses: v1 adds throttling, v3 the features as tagged fields; v4 exists because older
// Java clients cannot read a supported feature whose minimum is 0, so below v4 such features are left out.
//
// Traps: the response header is the oldest one at every version. A version above ours is answered, not
// refused: in v0, with UNSUPPORTED_VERSION and a single row, that of ApiVersions itself, and the body is not
// even parsed. Produce must be advertised from 0, though 0-2 are refused (librdkafka looks there for
// compression).

import { api, array, bool, int16, int32, int64, string, struct } from '../schema.ts';

export const apiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: '0-4',
  flexible: '3+',
  request: struct({
    clientSoftwareName: string('3+', { ignorable: true }),
    clientSoftwareVersion: string('3+', { ignorable: true }),
  }),
  response: struct({
    errorCode: int16('0+'),
    apiKeys: array(
      '0+',
      struct({
        apiKey: int16('0+'),
        minVersion: int16('0+'),
        maxVersion: int16('0+'),
      }),
    ),
    throttleTimeMs: int32('1+', { ignorable: true }),
    supportedFeatures: array(
      '3+',
      struct({
        name: string('3+'),
        minVersion: int16('3+'),
        maxVersion: int16('3+'),
      }),
      { tagged: '3+', tag: 0, ignorable: true },
    ),
    finalizedFeaturesEpoch: int64('3+', { tagged: '3+', tag: 1, ignorable: true, default: -1 }),
    finalizedFeatures: array(
      '3+',
      struct({
        name: string('3+'),
        maxVersionLevel: int16('3+'),
        minVersionLevel: int16('3+'),
      }),
      { tagged: '3+', tag: 2, ignorable: true },
    ),
    zkMigrationReady: bool('3+', { tagged: '3+', tag: 3, ignorable: true, default: false }),
  }),
});
