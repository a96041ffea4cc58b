// The answer of both ways to alter configuration: what the controller said of each resource, or its refusal of
// the whole request, told for each of them.

import type { Outcome } from '../base/outcome.ts';
import type { AlteredResource } from '../core/alter-configs.ts';
import { errorText } from '../errors.ts';

export function alteredResources(
  altered: Outcome<AlteredResource[], number>,
  resources: readonly { readonly resourceType: number; readonly resourceName: string }[],
): AlteredResource[] {
  if (altered.ok) return altered.value;
  return resources.map(({ resourceType, resourceName }) => ({
    errorCode: altered.error,
    errorMessage: errorText(altered.error),
    resourceType,
    resourceName,
  }));
}
