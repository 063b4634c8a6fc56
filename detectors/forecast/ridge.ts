/**
 * Solves (A + weight I) x = b + weight prior in place by Cholesky. `cells` holds A (n x n, row by row), b and x from
 * `start` on; A is a sum of outer products, so the ridge makes it positive definite.
 */
export const solveRidge = (cells: Float64Array, start: number, n: number, weight: number, prior: readonly number[] | undefined): void => {
  const lower = new Float64Array(n * n);
  const right = start + n * n;
  const solution = right + n;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = (cells[start + i * n + j] as number) + (i === j ? weight : 0);
      for (let k = 0; k < j; k += 1) sum -= (lower[i * n + k] as number) * (lower[j * n + k] as number);
      lower[i * n + j] = i === j ? Math.sqrt(Math.max(1e-12, sum)) : sum / (lower[j * n + j] as number);
    }
  }
  const half = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    let sum = (cells[right + i] as number) + weight * (prior?.[i] ?? 0);
    for (let k = 0; k < i; k += 1) sum -= (lower[i * n + k] as number) * (half[k] as number);
    half[i] = sum / (lower[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = half[i] as number;
    for (let k = i + 1; k < n; k += 1) sum -= (lower[k * n + i] as number) * (cells[solution + k] as number);
    cells[solution + i] = sum / (lower[i * n + i] as number);
  }
};
