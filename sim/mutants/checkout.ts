// Whether there are sources to edit. Worldly, because it looks.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Surroundings } from '../surroundings.ts';

/** What to complain of where there are none. */
export function noSources({ packed }: Pick<Surroundings, 'packed'>): string[] {
  const isThere = existsSync(fileURLToPath(new URL('../../engine/broker.ts', import.meta.url)));
  if (!packed && isThere) return [];
  return ['mutants: a mutant is an edit of the sources, which the published package has not; use a checkout'];
}
