// The standard normal distribution: its cumulative probability and the inverse of it. Pure.

/** Probability of a value up to `z`. The continued fraction and the series below are exact to about 1e-15. */
export function normalProbability(z: number): number {
  if (z < 0) return 1 - normalProbability(-z);
  return z > 6 ? 1 - tailBeyond(z) : 0.5 + seriesUpTo(z);
}

/** Between 0 and `z`, by the series of the integral: all terms are positive, nothing cancels. */
function seriesUpTo(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum * density(z);
}

/** Beyond `z`, by the continued fraction, which converges fast for a large `z`. */
function tailBeyond(z: number): number {
  let fraction = z;
  for (let step = 60; step >= 1; step--) fraction = z + step / fraction;
  return density(z) / fraction;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** The value below which a share `probability` of all lies; infinite at 0 and 1. */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return Number.NEGATIVE_INFINITY;
  if (probability >= 1) return Number.POSITIVE_INFINITY;
  // Halving an interval is slow and cannot go wrong; this is asked for a few times in a comparison.
  let [low, high] = [-40, 40];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
