// Every single step that makes a draft smaller, the large ones first. A draft of which none of these still shows what
// it is about is 1-minimal.

import type { Draft, Edit } from './draft.ts';
import { byRole, fewerFaults, simplerFaults } from './edits-faults.ts';
import { calmer } from './edits-luck.ts';
import {
  fewerPhases,
  fewerSettings,
  shorterGaps,
  shorterPhases,
  smallerCluster,
} from './edits-surroundings.ts';
import { fewerSends, fewerWorkloads, simplerWorkloads } from './edits-workloads.ts';

/** In this order: what goes makes all that follows cheaper. */
const kinds: readonly ((draft: Draft) => Edit[])[] = [
  fewerPhases,
  fewerFaults,
  fewerWorkloads,
  fewerSends,
  smallerCluster,
  fewerSettings,
  byRole,
  calmer,
  shorterPhases,
  shorterGaps,
  simplerWorkloads,
  simplerFaults,
];

export function editsOf(draft: Draft): Edit[] {
  return kinds.flatMap((kind) => kind(draft));
}
