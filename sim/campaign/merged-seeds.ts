// Which seeds a merged run is of, and which of its shards nobody handed in.

import { compareSeeds, readShard } from '../seeds.ts';
import type { StoredSuite } from '../store.ts';

export interface MergedSeeds {
  readonly seeds: StoredSuite['seeds'];
  /** `2/3`; in order. */
  readonly missing: readonly string[];
}

/** Shards that are named when they are missing. */
const missingMax = 100;

export function seedsOf(
  parts: readonly { readonly suite: Pick<StoredSuite, 'seeds'> }[],
  rows: readonly { readonly seed: string }[],
): MergedSeeds {
  const asked = parts.map(({ suite }) => suite.seeds);
  const firsts = new Set(asked.map(({ first }) => first));
  const widths = new Set(asked.map(({ shard }) => widthOf(shard)));
  const isOneSequence = firsts.size === 1;
  const [first = ''] = [...firsts].sort(compareSeeds);
  // Campaigns of one sequence end at different places: the whole reaches as far as the farthest.
  const distinct = () => new Set(rows.map(({ seed }) => seed)).size;
  const count = isOneSequence ? Math.max(...asked.map((one) => one.count)) : distinct();
  const [width = 1] = widths;
  if (!isOneSequence || widths.size > 1 || width === 1)
    return { seeds: { first, count, shard: null }, missing: [] };
  const present = new Set(asked.flatMap(({ shard }) => indexesOf(shard)));
  const missing: string[] = [];
  for (let index = 1; index <= width && missing.length < missingMax; index++) {
    if (!present.has(index)) missing.push(`${index}/${width}`);
  }
  const there = [...present].sort((a, b) => a - b).map((index) => `${index}/${width}`);
  return { seeds: { first, count, shard: missing.length === 0 ? null : there.join(', ') }, missing };
}

/** Of how many shards; 1 for all. What was merged before names several, with commas. */
function widthOf(shard: string | null): number {
  const read = shard === null ? undefined : readShard(shard.split(', ')[0] as string);
  return read?.ok ? read.value.of : 1;
}

function indexesOf(shard: string | null): number[] {
  return (shard ?? '').split(', ').flatMap((one) => {
    const read = readShard(one);
    return read.ok ? [read.value.index] : [];
  });
}
