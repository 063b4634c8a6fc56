import type { SubspaceConstants } from './constants.ts';
import { fitSubspace } from './fit/fit.ts';
import { createSubspace, observe, type Subspace, type SubspaceRow } from './subspace.ts';

/** A service without a training part: it is fitted on what it has shown so far, and again as that grows. */
export interface LearningSubspace {
  /** Undefined until `firstRows` have been seen. */
  subspace: Subspace | undefined;
  readonly constants: SubspaceConstants;
  readonly stepSeconds: number;
  timestamps: Float64Array;
  columns: readonly Float64Array[];
  kept: number;
  seen: number;
  fitDue: number;
}

const SILENT: SubspaceRow = { score: 0, evidence: 0, alert: false, blamed: [] };

export const createLearningSubspace = (columns: number, stepSeconds: number, constants: SubspaceConstants): LearningSubspace => {
  const room = 2 * Math.max(2, Math.round(constants.pastRows));
  return {
    subspace: undefined,
    constants,
    stepSeconds,
    timestamps: new Float64Array(room),
    columns: Array.from({ length: columns }, () => new Float64Array(room)),
    kept: 0,
    seen: 0,
    fitDue: Math.max(16, Math.round(constants.firstRows)),
  };
};

/** Scores a row by what was learned from earlier ones, then keeps it. Rows that are not later than the last are not kept. */
export const observeLearning = (state: LearningSubspace, atSeconds: number, row: ArrayLike<number>): SubspaceRow => {
  if (!Number.isFinite(atSeconds) || (state.kept > 0 && atSeconds <= (state.timestamps[state.kept - 1] as number)))
    return state.subspace === undefined ? SILENT : observe(state.subspace, Number.NEGATIVE_INFINITY, row);
  if (state.seen >= state.fitDue) refit(state);
  const answer = state.subspace === undefined ? SILENT : observe(state.subspace, atSeconds, row);
  keep(state, atSeconds, row);
  return answer;
};

const keep = (state: LearningSubspace, atSeconds: number, row: ArrayLike<number>): void => {
  const room = state.timestamps.length;
  if (state.kept === room) {
    for (const column of [state.timestamps, ...state.columns]) column.copyWithin(0, room / 2);
    state.kept = room / 2;
  }
  state.timestamps[state.kept] = atSeconds;
  state.columns.forEach((column, at) => {
    column[state.kept] = row[at] ?? Number.NaN;
  });
  state.kept += 1;
  state.seen += 1;
};

/** What is running goes on: references, smoothed values and open alerts pass to the new model. */
const refit = (state: LearningSubspace): void => {
  const { constants, stepSeconds, kept, columns, timestamps } = state;
  const from = Math.max(0, kept - Math.round(constants.pastRows));
  const model = fitSubspace(
    columns.map((column) => column.subarray(from, kept)),
    timestamps.subarray(from, kept),
    stepSeconds,
    constants,
  );
  state.subspace = state.subspace === undefined ? createSubspace(model) : { model, memory: state.subspace.memory };
  state.fitDue = state.seen + Math.max(1, Math.round(constants.refitGrowth * (kept - from)));
};
