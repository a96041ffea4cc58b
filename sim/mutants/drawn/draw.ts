// Which slips are drawn: every slip of every source has the same chance, none is drawn twice, and a seed says which.
// Pure.

import { Randomness } from '../../random.ts';

/** `count` of them, or all, in the order of the draw; those that `fits` refuses are drawn over. */
export function drawn<T>(all: readonly T[], count: number, seed: string, fits: (one: T) => boolean): T[] {
  const chooser = new Randomness(seed).chooser('mutants/drawn');
  const rest = [...all];
  const chosen: T[] = [];
  while (chosen.length < count && rest.length > 0) {
    const at = chooser.below(rest.length);
    const one = rest[at] as T;
    rest[at] = rest[rest.length - 1] as T;
    rest.pop();
    if (fits(one)) chosen.push(one);
  }
  return chosen;
}
