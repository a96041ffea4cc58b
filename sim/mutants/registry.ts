// Every mutant there is. `odradek mutants` runs them all; `--mutant NAME` of other commands runs one.

import type { Mutant } from './mutant.ts';
import { replicationMutants } from './replication.ts';

export const mutants: readonly Mutant[] = [...replicationMutants];

export function mutantNamed(name: string): Mutant {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`there is no mutant ${name}: odradek mutants --list`);
  return found;
}
