import {
  AT,
  CALM_ROWS,
  CALM_SECONDS,
  COORDINATE,
  createMemory,
  EVIDENCE,
  FAST,
  gainOf,
  LARGEST_MEAN,
  measure,
  NAMES,
  OPEN,
  project,
  REMEMBERED,
  ROWS,
  SCORE,
  SLOW,
  STEADY,
  type SubspaceMemory,
  statisticOf,
  steady,
  toward,
} from './kernel.ts';
import type { SubspaceModel } from './model.ts';

/** One service under watch: what was learned of it and where it stands. */
export interface Subspace {
  readonly model: SubspaceModel;
  readonly memory: SubspaceMemory;
}

export interface SubspaceRow {
  /** In [0, 1]: ranks rows of one service. */
  readonly score: number;
  /** -log10 of how rare such a row is, by the habit of the service: comparable between services, and what alerts open on. */
  readonly evidence: number;
  readonly alert: boolean;
  /** Columns blamed, most first, fixed at the row that opened the alert; empty outside of alerts. */
  readonly blamed: readonly number[];
}

export const createSubspace = (model: SubspaceModel): Subspace => ({
  model,
  memory: createMemory(model.columns, Math.max(1, Math.round(model.constants.named))),
});

const rowOf = ({ memory }: Subspace): SubspaceRow => ({
  score: memory.scalars[SCORE] as number,
  evidence: memory.scalars[EVIDENCE] as number,
  alert: memory.scalars[OPEN] === 1,
  blamed: Array.from(memory.scalars.subarray(NAMES)).filter((column) => column >= 0),
});

/**
 * Scores one row, from what was known before it. A row that is not later than the last, or in which nothing is
 * present, changes nothing: the last answer stands.
 */
export const observe = (state: Subspace, atSeconds: number, row: ArrayLike<number>): SubspaceRow => {
  const { model, memory } = state;
  const { scalars } = memory;
  const { constants } = model;
  const first = scalars[ROWS] === 0;
  const elapsed = first ? model.stepSeconds : atSeconds - (scalars[AT] as number);
  if (!(elapsed > 0) || measure(model, memory, atSeconds, elapsed, row) === 0) return rowOf(state);
  scalars[AT] = atSeconds;
  scalars[ROWS] = (scalars[ROWS] as number) + 1;
  project(model.slow, memory, model.largest);
  const slow = statisticOf(model.slow, scalars[LARGEST_MEAN] as number, scalars[COORDINATE] as number, constants.removedWeight);
  project(model.fast, memory, model.largest);
  const fast = statisticOf(model.fast, scalars[LARGEST_MEAN] as number, scalars[COORDINATE] as number, constants.removedWeight);
  const fastGain = gainOf(elapsed, constants.fastHalfLife);
  toward(scalars, SLOW, slow, gainOf(elapsed, constants.slowHalfLife));
  toward(scalars, FAST, fast, fastGain);
  steady(model.steadyGain, memory, gainOf(elapsed, constants.steadyHalfLife), gainOf(elapsed, constants.anchorHalfLife));
  blameColumns(state);
  const steadyReached = (scalars[STEADY] as number) / model.steadyAt;
  const reached = Math.max((scalars[FAST] as number) / model.openAt, steadyReached);
  const size = Math.max(
    (scalars[SLOW] as number) / constants.slowWeight,
    (scalars[FAST] as number) / constants.fastWeight,
    constants.steadyWeight * steadyReached,
  );
  scalars[SCORE] = size / (1 + size);
  scalars[EVIDENCE] = reached * model.openEvidence;
  decide(state, reached, elapsed);
  return rowOf(state);
};

/** What a column did: its level and its jump, more than their sum where it did both; a fault does, a drift or an echo does not. */
const blameColumns = ({ model, memory }: Subspace): void => {
  const { blame, residual } = memory;
  for (let column = 0; column < model.columns; column += 1) {
    const level = Math.abs(residual[column] as number);
    const jump = Math.abs(residual[model.columns + column] as number);
    blame[column] = level + jump + 2 * Math.sqrt(level * jump);
  }
};

/** Opens where more is `reached` (1 is the opening level) than was usual lately, closes when it has been well below for a while. */
const decide = ({ model, memory }: Subspace, reached: number, elapsed: number): void => {
  const { scalars, blame } = memory;
  const { memoryHalfLife, closeShare, closeAfter, closeRows } = model.constants;
  const opening = Math.max(1, model.memoryFactor * (scalars[REMEMBERED] as number));
  toward(scalars, REMEMBERED, reached, gainOf(elapsed, memoryHalfLife));
  if (scalars[OPEN] !== 1) {
    if (reached < opening) return;
    scalars[OPEN] = 1;
    const order = [...blame.keys()].sort((a, b) => (blame[b] as number) - (blame[a] as number));
    for (let place = NAMES; place < scalars.length; place += 1) scalars[place] = order[place - NAMES] ?? -1;
  }
  if (reached >= closeShare * opening) {
    scalars[CALM_SECONDS] = 0;
    scalars[CALM_ROWS] = 0;
    return;
  }
  scalars[CALM_SECONDS] = (scalars[CALM_SECONDS] as number) + elapsed;
  scalars[CALM_ROWS] = (scalars[CALM_ROWS] as number) + 1;
  if ((scalars[CALM_SECONDS] as number) < 60 * closeAfter || (scalars[CALM_ROWS] as number) < closeRows) return;
  scalars[OPEN] = 0;
  scalars[CALM_SECONDS] = 0;
  scalars[CALM_ROWS] = 0;
  scalars.fill(-1, NAMES);
};
