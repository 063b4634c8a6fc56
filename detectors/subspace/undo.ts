import { expectedLevel, type SubspaceMemory } from './kernel.ts';
import type { SubspaceModel } from './model.ts';
import { observe, type Subspace } from './subspace.ts';

/** How far the service is along its shared direction, as the columns that are not `left out` have it (least squares). */
const coordinateWithout = (model: SubspaceModel, row: ArrayLike<number>, atSeconds: number, leftOut: ReadonlySet<number>): number => {
  const { profile, slots, columns } = model;
  const { gain, mean, direction, clip } = model.fast;
  let along = 0;
  let length = 0;
  for (let column = 0; column < columns; column += 1) {
    const level = (row[column] as number) - expectedLevel(profile, slots, column, atSeconds);
    if (leftOut.has(column) || Number.isNaN(level)) continue;
    const deviation = Math.min(clip, Math.max(-clip, level * (gain[column] as number))) - (mean[column] as number);
    along += (direction[column] as number) * deviation;
    length += (direction[column] as number) * (direction[column] as number);
  }
  return length > 0 ? along / length : 0;
};

/** The row with those columns put where the time of day and the other columns let expect them. */
export const putRight = (model: SubspaceModel, atSeconds: number, row: ArrayLike<number>, columns: readonly number[]): Float64Array => {
  const { gain, mean, direction } = model.fast;
  const coordinate = coordinateWithout(model, row, atSeconds, new Set(columns));
  const right = Float64Array.from(row);
  for (const column of columns) {
    const expected = expectedLevel(model.profile, model.slots, column, atSeconds);
    const carried = (mean[column] as number) + (direction[column] as number) * coordinate;
    right[column] = (gain[column] as number) > 0 ? expected + carried / (gain[column] as number) : expected;
  }
  return right;
};

const copyOf = (memory: SubspaceMemory): SubspaceMemory => ({
  reference: memory.reference.slice(),
  blame: memory.blame.slice(),
  steady: memory.steady.slice(),
  anchor: memory.anchor.slice(),
  scalars: memory.scalars.slice(),
  entries: memory.entries.slice(),
  residual: memory.residual.slice(),
  ranked: memory.ranked.slice(),
});

/** The same service, to go on from here without a trace in the first. */
export const branchOff = (state: Subspace): Subspace => ({ model: state.model, memory: copyOf(state.memory) });

/** Whether a row that opened an alert would have, had these columns stood where they were expected. `before` is the service before that row. */
export const opensWithout = (before: Subspace, atSeconds: number, row: ArrayLike<number>, columns: readonly number[]): boolean =>
  observe(branchOff(before), atSeconds, putRight(before.model, atSeconds, row, columns)).alert;
