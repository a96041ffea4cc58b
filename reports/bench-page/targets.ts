// Whom a page speaks of, and in which colour: a target has the same one in every picture. The target of the runs
// comes first, then those of the comparisons in the order in which they are named.

import type { BenchResult } from '../../bench/result.ts';
import { targetColours } from './chart.ts';

export interface Targets {
  /** The name of the target that the runs, knees and sweeps are of. */
  readonly ofRuns: string;
  colourOf(name: string): string;
  /** In the order of their colours. */
  readonly names: readonly string[];
}

export function targetsOf({ target, comparisons }: BenchResult): Targets {
  const ofRuns = target.kind === 'ours' ? 'ours' : target.address;
  const names = [...new Set([ofRuns, ...comparisons.flatMap(({ a, b }) => [a, b])])];
  return {
    ...{ ofRuns, names },
    // More targets than colours share them; their names stand beside every mark.
    colourOf: (name) => targetColours[Math.max(0, names.indexOf(name)) % targetColours.length] as string,
  };
}
