// Which seeds a suite runs, and how one of them is run again. A seed is any text: a number counts on (7, 8, 9, ...),
// any other word (a git hash, a date) is numbered behind a slash (9fceb02/0, 9fceb02/1, ...).

import { failure, type Outcome, success } from '../engine/index.ts';

/** Seeds of one scenario in one suite: above this, one runs shards. */
export const seedsMax = 1_000_000;

/** The seed that a suite begins with when nobody asks for another. */
export const firstSeedDefault = '1';

export function seedsFrom(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => seedAt(first, index));
}

const isNumber = (text: string) => /^(0|[1-9]\d*)$/.test(text);

/** The seed at a place of the sequence that begins with `first`, which has no end. */
export function seedAt(first: string, index: number): string {
  return isNumber(first) ? String(BigInt(first) + BigInt(index)) : `${first}/${index}`;
}

/** Seeds in the order of their sequences; those of different sequences by the alphabet. */
export function compareSeeds(a: string, b: string): number {
  const [wordA, numberA] = parted(a);
  const [wordB, numberB] = parted(b);
  if (wordA !== wordB) return wordA < wordB ? -1 : 1;
  if (numberA !== numberB) return numberA < numberB ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

function parted(seed: string): [word: string, number: bigint] {
  if (isNumber(seed)) return ['', BigInt(seed)];
  const [, word, number] = /^(.*)\/(\d+)$/s.exec(seed) ?? [];
  return word === undefined ? [seed, -1n] : [word, BigInt(number as string)];
}

/** The i-th of n equal parts of the seeds. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Reads `2/5`. */
export function readShard(text: string): Outcome<Shard, string> {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (index === undefined || shard.of < 1 || shard.index < 1 || shard.index > shard.of) {
    return failure(`a shard is written i/n with i from 1 to n, not "${text}"`);
  }
  return success(shard);
}

/** Every n-th seed, so that all shards are of one size and each has early and late ones. */
export function shardOf(seeds: readonly string[], { index, of }: Shard): string[] {
  return seeds.filter((_, at) => at % of === index - 1);
}

/** How a run is asked for on a command line. */
export interface Replayable {
  readonly file: string;
  readonly seed: string;
  /** The control of the scenario instead of the scenario. */
  readonly control: boolean;
  /** The slip that the engine shall have. */
  readonly mutant?: string | undefined;
  /** The cell of the contract whose settings are laid over it. */
  readonly cell?: string | undefined;
}

/** The one command that runs it again: from a checkout through npm, from the published package by its name. */
export function replayText({ file, seed, control, mutant, cell }: Replayable, packed: boolean): string {
  const program = packed ? 'odradek replay' : 'npm run -s odradek -- replay';
  const laidOver = cell === undefined ? '' : ` --cell ${quoted(cell)}`;
  const which = `${control ? ' --control' : ''}${mutant === undefined ? '' : ` --mutant ${mutant}`}`;
  return `${program} ${quoted(file)}${laidOver} --seed ${quoted(seed)}${which}`;
}

function quoted(word: string): string {
  return /^[\w./@:+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
