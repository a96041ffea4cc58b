// The options of the command line that have to do with comparing, understood or refused.

import { readTarget, type Target } from '../programs/target.ts';
import { growthDefault, roundsDefault, roundsMax, roundsMin } from './looks.ts';

/** As the command line has them. */
export interface CompareOptions {
  /** The two targets, and workloads behind them; true without any. */
  readonly compare?: readonly string[] | true;
  readonly against?: string;
  readonly rounds?: number;
  readonly roundsMax?: number;
  readonly duet?: boolean;
  /** A number of comparisons of A with itself; false: no control in a comparison. */
  readonly aa?: number | boolean;
}

export interface CompareSettings {
  readonly a: Target;
  readonly b: Target;
  readonly rounds: number;
  readonly roundsMax: number;
  /** Whether A is also compared with itself, in the same rounds. */
  readonly control: boolean;
  /** Whether the halves of a round run at the same time. */
  readonly duet: boolean;
}

export type ReadSettings =
  | {
      readonly ok: true;
      readonly value: CompareSettings & { readonly count: number };
      readonly workloads: readonly string[];
    }
  | { readonly ok: false; readonly complaints: readonly string[] };

const comparisonsMax = 1000;

export function isComparing({ compare, aa }: CompareOptions): boolean {
  return compare !== undefined || typeof aa === 'number';
}

/** `count` is 0 unless A is to be compared with itself so many times. */
export function readSettings(options: CompareOptions): ReadSettings {
  const complaints: string[] = [];
  const count = typeof options.aa === 'number' ? options.aa : 0;
  const words = options.compare === undefined || options.compare === true ? [] : options.compare;
  const [targets, workloads] = targetsOf(words, options, complaints);
  const read = targets.map(readTarget);
  for (const one of read) if (!one.ok) complaints.push(one.complaint);
  const [a, b] = read.flatMap((one) => (one.ok ? [one.value] : []));
  // One look is enough where the answer should always be the same; growing is for answers that are in doubt.
  const growth = count > 0 ? 1 : growthDefault;
  const rounds = options.rounds ?? roundsDefault;
  const most = options.roundsMax ?? Math.min(roundsMax, rounds * growth);
  if (rounds < roundsMin || rounds > roundsMax)
    complaints.push(`--rounds ${rounds}: from ${roundsMin} to ${roundsMax}`);
  else if (most < rounds || most > roundsMax)
    complaints.push(`--rounds-max ${most}: from --rounds (${rounds}) to ${roundsMax}`);
  if (typeof options.aa === 'number' && (count < 1 || count > comparisonsMax))
    complaints.push(`--aa ${count}: from 1 to ${comparisonsMax} comparisons`);
  if (options.duet === true && [a, b].some((target) => target?.kind === 'address'))
    complaints.push('--duet compares processor time, which is not known of a broker that runs already');
  if (complaints.length > 0 || a === undefined || b === undefined) return { ok: false, complaints };
  const { aa, duet = false } = options;
  return {
    ok: true,
    value: { a, b, rounds, roundsMax: most, control: aa !== false, duet, count },
    workloads,
  };
}

/** With --against, A is this code and B that broker, and all words name workloads; so they do with --aa N. */
function targetsOf(
  words: readonly string[],
  { against, aa, compare }: CompareOptions,
  complaints: string[],
): [targets: readonly string[], workloads: readonly string[]] {
  if (typeof aa === 'number') {
    if (compare !== undefined) complaints.push('--aa N compares A with itself: it goes without --compare');
    const one = against ?? 'self';
    return [[one, one], []];
  }
  if (against !== undefined) return [['self', against], words];
  if (words.length < 2) complaints.push('--compare: two targets are wanted, A and B');
  return [words.slice(0, 2), words.slice(2)];
}
