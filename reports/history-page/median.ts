// The middle of some numbers.

/** Of an even count the mean of the two in the middle; of none 0. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((one, other) => one - other);
  const upper = ordered[Math.floor(ordered.length / 2)] ?? 0;
  const lower = ordered[Math.floor((ordered.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}
