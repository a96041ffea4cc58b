// Every mutant that was written by hand. `odradek mutants` runs them all; `--mutant NAME` of other commands runs
// one of them, or one that was drawn (named.ts).

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
