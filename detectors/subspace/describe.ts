import { SCORE } from './kernel.ts';
import type { Subspace } from './subspace.ts';

/** What each column did for the score of the latest row: shares of its recent residuals, which sum to the score. */
export const contributionsOf = ({ model, memory }: Subspace): Float64Array => {
  const { blame, scalars } = memory;
  const total = blame.reduce((sum, value) => sum + value, 0);
  const score = scalars[SCORE] as number;
  return total > 0 ? blame.map((value) => (score * value) / total) : new Float64Array(model.columns).fill(score / model.columns);
};

/** One sentence for a person: who leaves the others, and by how much. `names` are those of the columns. */
export const describeSubspace = (
  { model, memory }: Subspace,
  service: string,
  names: readonly string[],
  blamed: readonly number[],
): string => {
  const away = (column: number): number =>
    Math.abs(memory.residual[column] as number) + Math.abs(memory.residual[model.columns + column] as number);
  const listed = blamed.map((column) => `${names[column] ?? `metric ${column}`} ${away(column).toFixed(1)}`).join(', ');
  return `metrics of ${service} leave the way in which they move together; level and jump away from it, in their own spreads: ${listed}`;
};
