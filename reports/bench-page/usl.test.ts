// The fit gives back the law that made the points, and says nothing where there is none.

import { describe, expect, test } from 'vitest';
import { uslFit } from './usl.ts';

const law = (lambda: number, sigma: number, kappa: number) => (n: number) => ({
  n,
  rate: (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1)),
});

describe('the fit of the scalability law', () => {
  test.each([
    [1_000, 0.05, 0.001],
    [250_000, 0.3, 0.02],
    [10, 0, 0],
    [77, -0.02, 0.004],
  ])('finds lambda %d, sigma %d, kappa %d in exact points', (lambda, sigma, kappa) => {
    const fit = uslFit([1, 2, 4, 8, 16, 32].map(law(lambda, sigma, kappa)));
    expect(fit?.lambda).toBeCloseTo(lambda, 6);
    expect(fit?.sigma).toBeCloseTo(sigma, 8);
    expect(fit?.kappa).toBeCloseTo(kappa, 8);
    for (const residual of fit?.residuals ?? [1]) expect(Math.abs(residual)).toBeLessThan(1e-8);
    if (kappa > 1e-6) expect(fit?.peak).toBeCloseTo(Math.sqrt((1 - sigma) / kappa), 3);
  });

  test('leaves residuals where a point lies off the law', () => {
    const points = [1, 2, 4, 8, 16].map(law(1_000, 0.1, 0.01));
    points[2] = { n: 4, rate: (points[2]?.rate ?? 0) * 1.2 };
    const fit = uslFit(points);
    expect(fit?.residuals[2]).toBeGreaterThan(0.05);
  });

  test('is not made from too few points, from one N, or from nothing', () => {
    expect(uslFit([1, 2, 4].map(law(1_000, 0.1, 0.01)))).toBeNull();
    expect(uslFit([1, 1, 2, 4].map(law(1_000, 0.1, 0.01)))).toBeNull();
    expect(uslFit([1, 2, 4, 8].map((n) => ({ n, rate: 0 })))).toBeNull();
    expect(uslFit([])).toBeNull();
  });
});
