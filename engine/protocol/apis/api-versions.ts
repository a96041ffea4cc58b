// ApiVersions (key 18): what this broker speaks; the first request of every client.

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
