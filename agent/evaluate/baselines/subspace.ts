import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Directions that hold `VARIANCE` of the variance of training rows; what a row has outside of them is its score. */
export interface PrincipalSubspace {
  readonly dimensions: number;
  /** Unit vectors, one after another. */
  readonly directions: Float64Array;
}

const VARIANCE = 0.9;

/** Rows are standardized by the caller. */
export const fitPrincipal = (rows: Float64Array, dimensions: number): PrincipalSubspace => {
  const count = rows.length / dimensions;
  const covariance = Matrix.zeros(dimensions, dimensions);
  for (let i = 0; i < dimensions; i += 1)
    for (let j = i; j < dimensions; j += 1) {
      let sum = 0;
      for (let row = 0; row < count; row += 1) sum += (rows[row * dimensions + i] as number) * (rows[row * dimensions + j] as number);
      covariance.set(i, j, sum / count);
      covariance.set(j, i, sum / count);
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((value, place) => ({ value: Math.max(0, value), place })).sort((a, b) => b.value - a.value);
  const total = order.reduce((sum, { value }) => sum + value, 0);
  const directions: number[] = [];
  let held = 0;
  // Never all of them: they would explain everything.
  for (const { value, place } of order.slice(0, -1)) {
    if (held >= VARIANCE * total) break;
    held += value;
    directions.push(...eigenvectorMatrix.getColumn(place));
  }
  return { dimensions, directions: Float64Array.from(directions) };
};

/** To `residual`: what of the row at `rows[at...]` the subspace does not explain. Returns its length. */
export const residualOf = (subspace: PrincipalSubspace, rows: Float64Array, at: number, residual: Float64Array): number => {
  const { dimensions, directions } = subspace;
  for (let i = 0; i < dimensions; i += 1) residual[i] = rows[at + i] as number;
  for (let first = 0; first < directions.length; first += dimensions) {
    let along = 0;
    for (let i = 0; i < dimensions; i += 1) along += (rows[at + i] as number) * (directions[first + i] as number);
    for (let i = 0; i < dimensions; i += 1) residual[i] = (residual[i] as number) - along * (directions[first + i] as number);
  }
  let square = 0;
  for (const part of residual) square += part * part;
  return Math.sqrt(square);
};
