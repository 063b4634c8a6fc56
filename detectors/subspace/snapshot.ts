import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { type SubspaceConstants, subspaceSchema } from './constants.ts';
import { createMemory, NAMES } from './kernel.ts';
import type { Branch, SubspaceModel } from './model.ts';
import type { Subspace } from './subspace.ts';

const SUBSPACE_FORMAT = 2;
/** Format, columns, slots, entries averaged, names kept, bytes of JSON: uint32 each, little endian as every platform of Node is. */
const HEADER_BYTES = 24;

/** Numbers of the model and of the state, in one order for writing and reading. */
const arraysOf = ({ model, memory }: Subspace): readonly Float64Array[] => [
  model.profile,
  model.detrendedCenter,
  model.jumpLimit,
  model.steadyGain,
  ...branchArrays(model.fast),
  ...branchArrays(model.slow),
  memory.reference,
  memory.blame,
  memory.steady,
  memory.anchor,
  memory.scalars,
];

const branchArrays = (branch: Branch): readonly Float64Array[] => [branch.gain, branch.mean, branch.direction];

interface Described {
  readonly constants: SubspaceConstants;
  readonly numbers: readonly number[];
}

const numbersOf = ({ model }: Subspace): readonly number[] => [
  model.stepSeconds,
  model.trainingRows,
  model.openAt,
  model.openEvidence,
  model.memoryFactor,
  model.steadyAt,
  model.fast.coordinateCenter,
  model.fast.coordinateScale,
  model.slow.coordinateCenter,
  model.slow.coordinateScale,
];

/** The whole of one service: what was learned and where it stands. Continuing from it gives the same bits as never having stopped. */
export const snapshotSubspace = (state: Subspace): Uint8Array => {
  const { model, memory } = state;
  const text = new TextEncoder().encode(JSON.stringify({ constants: model.constants, numbers: numbersOf(state) } satisfies Described));
  const padded = Math.ceil(text.length / 8) * 8;
  const arrays = arraysOf(state);
  const bytes = new Uint8Array(HEADER_BYTES + padded + 8 * arrays.reduce((sum, array) => sum + array.length, 0));
  const named = memory.scalars.length - NAMES;
  new Uint32Array(bytes.buffer, 0, 6).set([SUBSPACE_FORMAT, model.columns, model.slots, model.largest, named, text.length]);
  bytes.set(text, HEADER_BYTES);
  let at = HEADER_BYTES + padded;
  for (const array of arrays) {
    new Float64Array(bytes.buffer, at, array.length).set(array);
    at += 8 * array.length;
  }
  return bytes;
};

export type SubspaceSnapshotFailure = Failure<'SNAPSHOT_UNREADABLE'>;

const emptyBranch = (columns: number, clip: number, coordinateCenter: number, coordinateScale: number): Branch => ({
  clip,
  gain: new Float64Array(2 * columns),
  mean: new Float64Array(2 * columns),
  direction: new Float64Array(2 * columns),
  coordinateCenter,
  coordinateScale,
});

const describedOf = (text: string): Described | undefined => {
  try {
    const { constants, numbers } = JSON.parse(text) as { readonly constants: unknown; readonly numbers: unknown };
    const parsed = subspaceSchema.safeParse(constants);
    if (!parsed.success || !Array.isArray(numbers) || !numbers.every((value) => typeof value === 'number')) return undefined;
    return { constants: parsed.data, numbers };
  } catch {
    return undefined;
  }
};

/** Fails when the bytes are cut, of another format, or not ours: then the service is learned anew. */
export const restoreSubspace = (bytes: Uint8Array): Outcome<Subspace, SubspaceSnapshotFailure> => {
  const unreadable = (why: string): Outcome<Subspace, SubspaceSnapshotFailure> => fail('SNAPSHOT_UNREADABLE', `subspace snapshot: ${why}`);
  if (bytes.length < HEADER_BYTES) return unreadable(`${bytes.length} bytes are fewer than a header`);
  const copy = bytes.slice();
  const [format = 0, columns = 0, slots = 0, largest = 0, named = 0, length = 0] = new Uint32Array(copy.buffer, 0, 6);
  if (format !== SUBSPACE_FORMAT) return unreadable(`format ${format} is not ${SUBSPACE_FORMAT}`);
  const described = describedOf(new TextDecoder().decode(copy.subarray(HEADER_BYTES, HEADER_BYTES + length)));
  if (described === undefined) return unreadable('its constants are not readable');
  const padded = Math.ceil(length / 8) * 8;
  const needed = HEADER_BYTES + padded + 8 * (columns * slots + 3 * columns + 12 * columns + 4 * columns + NAMES + named);
  if (copy.length !== needed) return unreadable(`${copy.length} bytes where ${needed} were written`);
  const { constants, numbers } = described;
  const [
    stepSeconds = 0,
    trainingRows = 0,
    openAt = 0,
    openEvidence = 0,
    memoryFactor = 0,
    steadyAt = 0,
    fastCenter = 0,
    fastScale = 0,
    slowCenter = 0,
    slowScale = 0,
  ] = numbers;
  const model: SubspaceModel = {
    constants,
    columns,
    stepSeconds,
    slots,
    profile: new Float64Array(columns * slots),
    detrendedCenter: new Float64Array(columns),
    jumpLimit: new Float64Array(columns),
    detrendHalfLife: constants.detrendHalfLife,
    trainingRows,
    fast: emptyBranch(columns, constants.fastClip, fastCenter, fastScale),
    slow: emptyBranch(columns, constants.slowClip, slowCenter, slowScale),
    largest,
    openAt,
    openEvidence,
    memoryFactor,
    steadyAt,
    steadyGain: new Float64Array(columns),
  };
  const state: Subspace = { model, memory: createMemory(columns, named) };
  let at = HEADER_BYTES + padded;
  for (const array of arraysOf(state)) {
    array.set(new Float64Array(copy.buffer, at, array.length));
    at += 8 * array.length;
  }
  return succeed(state);
};
