import type { UnivariateVerdicts } from '../contender.ts';

/** Nothing expected, nothing odd. */
export const blankVerdicts = (rows: number): UnivariateVerdicts => ({
  expected: new Float64Array(rows).fill(Number.NaN),
  lower: new Float64Array(rows).fill(Number.NaN),
  upper: new Float64Array(rows).fill(Number.NaN),
  score: new Float64Array(rows),
  evidence: new Float64Array(rows),
  alert: new Uint8Array(rows),
});

/** An absent value says nothing: what was said of the row before it stands. */
export const repeatRow = (verdicts: UnivariateVerdicts, row: number): void => {
  if (row === 0) return;
  for (const column of [verdicts.expected, verdicts.lower, verdicts.upper, verdicts.score, verdicts.evidence, verdicts.alert])
    column[row] = column[row - 1] as number;
};
