import type { Failure, Outcome } from '../../../core/outcome.ts';
import { succeed } from '../../../core/outcome.ts';
import type { ContenderSpec } from '../contenders/registry.ts';
import { type CaseSource, loadCase } from '../data/case.ts';
import { type CaseFigures, judgeCase, prepareCase } from './judge.ts';

/** One series, read once, and everybody who is to run on it. */
export interface EvaluateTask {
  readonly source: CaseSource;
  readonly judgedBy: 'windows' | 'events';
  readonly specs: readonly ContenderSpec[];
  /** Whether every threshold on `score` is to be tried later: large, and not for a hundred drawn configurations. */
  readonly keepsSteps: boolean;
}

export const evaluateTask = async ({
  source,
  judgedBy,
  specs,
  keepsSteps,
}: EvaluateTask): Promise<Outcome<readonly CaseFigures[], Failure>> => {
  const loaded = await loadCase(source);
  if (!loaded.ok) return loaded;
  const prepared = prepareCase(loaded.value, judgedBy);
  return succeed(specs.map((spec) => judgeCase(prepared, spec, keepsSteps)));
};
