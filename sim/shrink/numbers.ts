// Numbers that are shorter to write, or smaller: what a shrinker tries in the place of one. All of them are below it,
// so that shrinking ends: what is rounded up by one step would be cut again by another.

const decimalsMax = 6;

/** Decimals that a number of seconds needs. */
export function decimalsOf(value: number): number {
  for (let decimals = 0; decimals < decimalsMax; decimals++) {
    if (rounded(value, decimals) === value) return decimals;
  }
  return decimalsMax;
}

/** The same number cut to fewer decimals, the fewest first. */
export function rounder(value: number): number[] {
  const all = Array.from({ length: decimalsOf(value) }, (_, decimals) => {
    const near = rounded(value, decimals);
    return near < value ? near : rounded(near - 1 / (tens[decimals] as number), decimals);
  });
  return [...new Set(all)];
}

/** Whole numbers below `value`, at least `least`: the least, the half, one less. */
export function lower(value: number, least: number): number[] {
  const half = Math.floor(value / 2);
  return [...new Set([least, half, value - 1])].filter((one) => one >= least && one < value);
}

/** Seconds below `seconds`: nothing, a moment, a second, then less and less of a step; round ones. */
export function shorter(seconds: number): number[] {
  const decimals = seconds > 4 ? 0 : 1;
  const parts = [
    rounded(seconds / 2, decimals),
    rounded((seconds * 3) / 4, decimals),
    rounded(seconds - 1, 1),
  ];
  // A second less, again and again, is no way to shorten a minute.
  const least = seconds > 10 ? parts.slice(0, 2) : parts;
  return [...new Set([0, 0.1, 1, ...least])].filter((one) => one >= 0 && one < seconds);
}

/** Tens to the power of the decimals: nothing that depends on how a machine multiplies. */
const tens = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] as const;

export function rounded(value: number, decimals: number): number {
  const scale = tens[decimals] as number;
  return Math.round(value * scale) / scale;
}

export function secondsOf(timeUs: number): number {
  return rounded(timeUs / 1e6, decimalsMax);
}
