// A mutant by its name: one of the registry, or one that a draw has told, whose name says where it stands. Worldly,
// because that one is looked up in the sources.

import type { Mutant } from './mutant.ts';
import { mutants } from './registry.ts';

/** Undefined when there is none of this name. */
export async function mutantNamed(name: string): Promise<Mutant | undefined> {
  if (!name.includes(':')) return mutants.find((mutant) => mutant.name === name);
  const { drawnMutant } = await import('./drawn/sources.ts');
  return drawnMutant(name);
}
