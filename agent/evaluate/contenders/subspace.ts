import {
  branchOff,
  createLearningSubspace,
  createSubspace,
  fitSubspace,
  observe,
  observeLearning,
  opensWithout,
  type Subspace,
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

/** Metrics put right to see whether an alert would have opened without them. */
const PUT_RIGHT = 3;

interface Observer {
  look(atSeconds: number, row: Float64Array): SubspaceRow;
  /** Undefined while too little is known. */
  watched(): Subspace | undefined;
}

/** Fitted to the earlier part where there is one, else to what has passed. */
const observerOf = (train: MultivariateSeries | undefined, test: MultivariateSeries, constants: SubspaceConstants): Observer => {
  const step = stepSecondsOf(test.timestamps);
  if (train === undefined) {
    const learning = createLearningSubspace(test.columns.length, step, constants);
    return { look: (at, row) => observeLearning(learning, at, row), watched: () => learning.subspace };
  }
  const subspace = createSubspace(fitSubspace(train.values, train.timestamps, step, constants));
  return { look: (at, row) => observe(subspace, at, row), watched: () => subspace };
};

export const createSubspaceContender = (constants: SubspaceConstants): MultivariateContender => ({
  name: SUBSPACE_NAME,
  run: (train, test) => {
    const rows = test.timestamps.length;
    const { look, watched } = observerOf(train, test, constants);
    const score = new Float64Array(rows);
    const evidence = new Float64Array(rows);
    const alert = new Uint8Array(rows);
    const undone: boolean[] = [];
    const row = new Float64Array(test.columns.length);
    const top = Array.from(test.timestamps, (at, place): readonly string[] => {
      for (const [column, values] of test.values.entries()) row[column] = values[place] as number;
      const wasOpen = place > 0 && alert[place - 1] === 1;
      const before = watched();
      const spare = wasOpen || before === undefined ? undefined : branchOff(before);
      const said = look(at, row);
      score[place] = said.score;
      evidence[place] = said.evidence;
      alert[place] = said.alert ? 1 : 0;
      if (!said.alert) return [];
      const after = watched();
      if (spare !== undefined && after !== undefined)
        undone.push(!opensWithout({ model: after.model, memory: spare.memory }, at, row, said.blamed.slice(0, PUT_RIGHT)));
      return said.blamed.map((column) => test.columns[column] as string);
    });
    return { score, evidence, alert, top, undone };
  },
});
