import {
  createLearningSubspace,
  createSubspace,
  fitSubspace,
  observe,
  observeLearning,
  type SubspaceConstants,
  type SubspaceRow,
} from '../../../detectors/subspace/index.ts';
import { type MultivariateContender, type MultivariateSeries, stepSecondsOf } from '../contender.ts';

export const SUBSPACE_NAME = 'subspace';

/** Constants that count something: they stay whole when drawn anew. */
export const SUBSPACE_COUNTS: readonly string[] = [
  'seasonSlots',
  'seasonFolds',
  'breadthLeast',
  'closeRows',
  'named',
  'directionRows',
  'firstRows',
  'pastRows',
];

/** Fitted to the earlier part where there is one, else to what has passed. */
const observerOf = (
  train: MultivariateSeries | undefined,
  test: MultivariateSeries,
  constants: SubspaceConstants,
): ((atSeconds: number, row: Float64Array) => SubspaceRow) => {
  const step = stepSecondsOf(test.timestamps);
  if (train === undefined) {
    const learning = createLearningSubspace(test.columns.length, step, constants);
    return (at, row) => observeLearning(learning, at, row);
  }
  const subspace = createSubspace(fitSubspace(train.values, train.timestamps, step, constants));
  return (at, row) => observe(subspace, at, row);
};

export const createSubspaceContender = (constants: SubspaceConstants): MultivariateContender => ({
  name: SUBSPACE_NAME,
  run: (train, test) => {
    const rows = test.timestamps.length;
    const look = observerOf(train, test, constants);
    const score = new Float64Array(rows);
    const evidence = new Float64Array(rows);
    const alert = new Uint8Array(rows);
    const row = new Float64Array(test.columns.length);
    const top = Array.from(test.timestamps, (at, place): readonly string[] => {
      for (const [column, values] of test.values.entries()) row[column] = values[place] as number;
      const said = look(at, row);
      score[place] = said.score;
      evidence[place] = said.evidence;
      alert[place] = said.alert ? 1 : 0;
      return said.alert ? said.blamed.map((column) => test.columns[column] as string) : [];
    });
    return { score, evidence, alert, top };
  },
});
