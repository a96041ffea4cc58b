// Every mutant there is. `odradek mutants` runs them all; `--mutant NAME` of other commands runs one.

import { clientMutants } from './clients.ts';
import { controllerMutants } from './controller.ts';
import { groupMutants } from './groups.ts';
import { logMutants } from './log.ts';
import { logStartMutants } from './log-start.ts';
import type { Mutant } from './mutant.ts';
import { produceMutants } from './produce.ts';
import { raftMutants } from './raft.ts';
import { replicationMutants } from './replication.ts';

export const mutants: readonly Mutant[] = [
  ...logMutants,
  ...logStartMutants,
  ...produceMutants,
  ...clientMutants,
  ...groupMutants,
  ...replicationMutants,
  ...controllerMutants,
  ...raftMutants,
];

export function mutantNamed(name: string): Mutant {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`there is no mutant ${name}: odradek mutants --list`);
  return found;
}
