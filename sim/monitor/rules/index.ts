// Every rule on the cluster's state: what is not in this list is not watched.

import type { StateRule } from '../rule.ts';
import { ackBelowMinIsr } from './ack-below-min-isr.ts';
import { candidateIncomplete } from './candidate-incomplete.ts';
import { commitBetweenGenerations } from './commit-between-generations.ts';
import { coordinatorStateDivergence } from './coordinator-state-divergence.ts';
import { deleteAckedEarly } from './delete-acked-early.ts';
import { deletedRecordServed } from './deleted-record-served.ts';
import { electionUnsafe } from './election-unsafe.ts';
import { hwRegressionOfReplica } from './hw-regression.ts';
import { hwUnsafe } from './hw-unsafe.ts';
import { isrIneligible } from './isr-ineligible.ts';
import { leaderIncomplete } from './leader-incomplete.ts';
import { logDivergence } from './log-divergence.ts';
import { logStartNotFollowed } from './log-start-not-followed.ts';
import { logStartPastHw } from './log-start-past-hw.ts';
import { metadataDivergence } from './metadata-divergence.ts';
import { staleIncarnation } from './stale-incarnation.ts';
import { truncateBelowHw } from './truncate-below-hw.ts';

/** Of partitions and their replicas. */
export const replicationRules: readonly StateRule[] = [
  electionUnsafe,
  logDivergence,
  leaderIncomplete,
  candidateIncomplete,
  hwUnsafe,
  hwRegressionOfReplica,
  truncateBelowHw,
  isrIneligible,
  ackBelowMinIsr,
  staleIncarnation,
];

/** Of the metadata quorum and what nodes make of it. */
export const metadataRules: readonly StateRule[] = [metadataDivergence];

/** Of group coordinators. */
export const coordinatorRules: readonly StateRule[] = [coordinatorStateDivergence, commitBetweenGenerations];

/** Of where logs start; what went back is judged behind the run (checkers/log-starts.ts). */
export const logStartRules: readonly StateRule[] = [
  deleteAckedEarly,
  logStartNotFollowed,
  logStartPastHw,
  deletedRecordServed,
];

export const stateRules: readonly StateRule[] = [
  ...replicationRules,
  ...metadataRules,
  ...coordinatorRules,
  ...logStartRules,
];
