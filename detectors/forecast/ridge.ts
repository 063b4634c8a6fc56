import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Keeps a direction that was never observed solvable; far below any weight in use. */
const LEAST_PIVOT = 1e-9;

/**
 * Solves (A + weight I) x = b + weight prior by Cholesky and writes x behind b. `cells` holds A (n x n, row by row),
 * b and x from `start` on; A is a sum of outer products, so the ridge makes it positive definite.
 */
export const solveRidge = (cells: Float64Array, start: number, n: number, weight: number, prior: readonly number[] | undefined): void => {
  const right = start + n * n;
  const normal = Matrix.zeros(n, n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const value = (cells[start + i * n + j] as number) + (i === j ? weight + LEAST_PIVOT : 0);
      normal.set(i, j, value);
      normal.set(j, i, value);
    }
  }
  const target = Matrix.zeros(n, 1);
  for (let i = 0; i < n; i += 1) target.set(i, 0, (cells[right + i] as number) + weight * (prior?.[i] ?? 0));
  const solution = new CholeskyDecomposition(normal).solve(target);
  for (let i = 0; i < n; i += 1) cells[right + n + i] = solution.get(i, 0);
};
