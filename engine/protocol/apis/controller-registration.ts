// ControllerRegistration (key 70): a controller tells the active one its endpoints and the features it can
// do, so that they stand in the metadata log. Only for the controller's listener.
//
// There is one version. `zkMigrationReady` is of the past and always false.
//
// Traps: a controller registers whenever the log does not hold its present incarnation, the active one
// included. This has nothing to do with being a voter.

import { api, array, bool, int16, int32, string, struct, uint16, uuid } from '../schema.ts';

export const controllerRegistration = api({
  key: 70,
  name: 'ControllerRegistration',
  versions: '0',
  flexible: '0+',
  request: struct({
    controllerId: int32('0+'),
    incarnationId: uuid('0+'),
    zkMigrationReady: bool('0+'),
    listeners: array(
      '0+',
      struct({
        name: string('0+'),
        host: string('0+'),
        port: uint16('0+'),
        securityProtocol: int16('0+'),
      }),
    ),
    features: array(
      '0+',
      struct({
        name: string('0+'),
        minSupportedVersion: int16('0+'),
        maxSupportedVersion: int16('0+'),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
  }),
});
