// UpdateFeatures (key 57): raises or lowers the finalized level of features such as metadata.version. A
// broker forwards it to the active controller.
//
// v1 replaces the permission to downgrade by the type of change (1 upgrade, 2 safe downgrade, 3 unsafe
// downgrade) and adds a dry run; v2 drops the results by feature. Compact from v0.
//
// Traps: level 0 removes the feature. All updates of a request happen or none; from v2 on the error of any of
// them is the error of the whole. Neither `allowDowngrade` nor `upgradeType` is ignorable: fill in the one of
// the version.

import { api, array, bool, int8, int16, int32, string, struct } from '../schema.ts';

export const updateFeatures = api({
  key: 57,
  name: 'UpdateFeatures',
  versions: '0-2',
  flexible: '0+',
  request: struct({
    timeoutMs: int32('0+', { default: 60000 }),
    featureUpdates: array(
      '0+',
      struct({
        feature: string('0+'),
        maxVersionLevel: int16('0+'),
        allowDowngrade: bool('0'),
        upgradeType: int8('1+', { default: 1 }),
      }),
    ),
    validateOnly: bool('1+', { default: false }),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    results: array(
      '0-1',
      struct({
        feature: string('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      }),
      { ignorable: true },
    ),
  }),
});
