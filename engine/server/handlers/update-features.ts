// UpdateFeatures (versions 0 to 2), from operators. Version 0 says with a flag that a level may go down, later ones
// say what kind of change each is; until version 1 the answer, where all went well, is repeated for every feature. The
// rules are in `core/update-features.ts`.

import { upgradeType } from '../../core/update-features.ts';
import { ErrorCode, errorText } from '../../errors.ts';
import { updateFeatures } from '../../protocol/apis/update-features.ts';
import { controllerHandler, respond } from '../handler.ts';

export const updateFeaturesHandler = controllerHandler({
  api: updateFeatures,
  *handle({ featureUpdates, validateOnly }, { services, version }) {
    const updates = featureUpdates.map(({ feature, maxVersionLevel, allowDowngrade, upgradeType: type }) => {
      const flagged = allowDowngrade ? upgradeType.safeDowngrade : upgradeType.upgrade;
      return { feature, maxVersionLevel, upgradeType: version === 0 ? flagged : type };
    });
    const updated = yield* services.controller.updateFeatures({ updates, validateOnly });
    const answer = updated.ok
      ? updated.value
      : { errorCode: updated.error, errorMessage: errorText(updated.error) };
    const repeated = version < 2 && answer.errorCode === ErrorCode.NONE;
    const results = repeated ? updates.map(({ feature }) => ({ feature, ...answer })) : [];
    return respond({ throttleTimeMs: 0, ...answer, results });
  },
});
