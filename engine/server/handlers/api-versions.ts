// ApiVersions (versions 0 to 4): what this broker serves, computed from the handlers it has; Produce
// advertises from 0, because old librdkafka looks for compression there (its handler says so). A version
// above 4 never gets here: the dispatcher answers it in version 0 with the one range a client needs
// (KIP-511).
//
// From version 3 on clients give their name, which must look like one. Before version 4 a supported feature
// whose lowest level is 0 is left out, since older Java clients cannot read it.

import { features } from '../../core/features.ts';
import { ErrorCode } from '../../errors.ts';
import { apiVersions } from '../../protocol/apis/api-versions.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { controllerHandler, handler, respond } from '../handler.ts';
import type { CommonServices } from '../services.ts';

const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersionsHandler = handler({
  api: apiVersions,
  *handle(request, { version, services }) {
    return respond(answer(request, version, services));
  },
});

/** The same on a controller's listener, where other things are served. */
export const controllerApiVersionsHandler = controllerHandler({
  api: apiVersions,
  *handle(request, { version, services }) {
    return respond(answer(request, version, services));
  },
});

function answer(request: RequestOf<typeof apiVersions>, version: number, services: CommonServices) {
  const named = softwareName.test(request.clientSoftwareName);
  if (version >= 3 && !(named && softwareName.test(request.clientSoftwareVersion))) {
    return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [], throttleTimeMs: 0 };
  }
  const { image } = services.metadata;
  const apiKeys = services.handlers
    .map(({ api, advertised }) => ({
      apiKey: api.key,
      minVersion: advertised.first,
      maxVersion: advertised.last,
    }))
    .sort((a, b) => a.apiKey - b.apiKey);
  return {
    errorCode: ErrorCode.NONE,
    apiKeys,
    throttleTimeMs: 0,
    supportedFeatures: features
      .filter((feature) => version >= 4 || feature.minimumLevel > 0)
      .map(({ name, minimumLevel, maximumLevel }) => ({
        name,
        minVersion: minimumLevel,
        maxVersion: maximumLevel,
      })),
    finalizedFeaturesEpoch: image.highestOffset,
    finalizedFeatures: [...image.features].map(([name, level]) => ({
      name,
      maxVersionLevel: level,
      minVersionLevel: level,
    })),
  };
}
