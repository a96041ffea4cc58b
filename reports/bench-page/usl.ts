// The Universal Scalability Law, X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), fitted to a sweep: sigma
// is what waits for one another, kappa what has to agree with one another. N / X is linear in three unknowns, so
// that plain least squares find them; each point weighs by its own X, so that residuals are relative ones.
//
// Only + - * / and the square root: the same points give the same bits everywhere.

export interface Point {
  readonly n: number;
  readonly rate: number;
}

export interface Fit {
  readonly lambda: number;
  /** Contention. Below zero: more than linear scaling. */
  readonly sigma: number;
  /** Coherency. */
  readonly kappa: number;
  /** Where the curve has its peak; null when it has none. */
  readonly peak: number | null;
  /** Measured over fitted, minus 1; in the order of the points. */
  readonly residuals: readonly number[];
  at(n: number): number;
}

/** Three unknowns need more points than that to be contradicted by one. */
export const pointsMin = 4;

/** null: too few different N, or the points lie where no such curve does. */
export function uslFit(points: readonly Point[]): Fit | null {
  const usable = points.filter(({ n, rate }) => n > 0 && rate > 0);
  if (new Set(usable.map(({ n }) => n)).size < pointsMin) return null;
  // Rows of the weighted system: N/X = a + b (N - 1) + c N (N - 1), times X/N.
  const rows = usable.map(({ n, rate }) => {
    const weight = rate / n;
    return [weight, weight * (n - 1), weight * n * (n - 1)];
  });
  const solved = leastSquares(rows);
  if (solved === null) return null;
  const [a, b, c] = solved;
  if (a <= 0) return null;
  const lambda = 1 / a;
  const sigma = b / a;
  const kappa = c / a;
  const at = (n: number) => (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
  if (usable.some(({ n }) => !(at(n) > 0))) return null;
  const peak = kappa > 0 && sigma < 1 ? Math.sqrt((1 - sigma) / kappa) : null;
  return { lambda, sigma, kappa, peak, residuals: usable.map(({ n, rate }) => rate / at(n) - 1), at };
}

/** The unknowns for which each row comes nearest to 1, by the normal equations; null where they are not told apart. */
function leastSquares(rows: readonly number[][]): [number, number, number] | null {
  const scales = [0, 1, 2].map((column) => Math.max(...rows.map((row) => Math.abs(row[column] as number))));
  if (scales.some((scale) => scale === 0)) return null;
  const scaled = rows.map((row) => row.map((value, column) => value / (scales[column] as number)));
  const sum = (of: (row: number[]) => number) => scaled.reduce((total, row) => total + of(row), 0);
  const matrix = [0, 1, 2].map((i) => [
    ...[0, 1, 2].map((j) => sum((row) => (row[i] as number) * (row[j] as number))),
    sum((row) => row[i] as number),
  ]);
  const solution = eliminated(matrix);
  if (solution === null) return null;
  return solution.map((value, column) => value / (scales[column] as number)) as [number, number, number];
}

/** Gauss with the largest pivot. */
function eliminated(matrix: number[][]): number[] | null {
  const size = matrix.length;
  const m = matrix.map((row) => [...row]);
  const entry = (row: number, column: number) => (m[row] as number[])[column] as number;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(entry(row, column)) > Math.abs(entry(pivot, column))) pivot = row;
    }
    if (Math.abs(entry(pivot, column)) < 1e-12) return null;
    [m[column], m[pivot]] = [m[pivot] as number[], m[column] as number[]];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = entry(row, column) / entry(column, column);
      for (let at = column; at <= size; at++)
        (m[row] as number[])[at] = entry(row, at) - factor * entry(column, at);
    }
  }
  return m.map((row, index) => (row[size] as number) / (row[index] as number));
}
