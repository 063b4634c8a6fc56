import { pack, unpack } from '../packing.ts';
import type { EnsembleConstants } from './constants.ts';
import { createEnsemble, type EnsembleOptions, type EnsembleState } from './state.ts';

const FORMAT = 1;
const parts = (state: EnsembleState): readonly (Float64Array | Float32Array)[] => [
  state.scalars,
  state.profile,
  state.hourly,
  state.memory,
  state.fits,
  state.variances,
  state.histograms,
  state.corrections,
  state.losses,
  state.memberLosses,
  state.memberErrors,
  state.history,
];

interface Head extends EnsembleOptions {
  readonly format: number;
  readonly constants: EnsembleConstants;
}

/** Options, constants and state in one; a forecast made from it has the same bits. */
export const snapshotEnsemble = (state: EnsembleState): Uint8Array =>
  pack({ format: FORMAT, ...state.options, constants: state.constants } satisfies Head, parts(state));

/** Throws a TypeError on bytes that snapshotEnsemble of this format did not write. */
export const restoreEnsemble = (bytes: Uint8Array): EnsembleState =>
  unpack(bytes, FORMAT, ({ scale, levels, anchors, constants }: Head) => createEnsemble({ scale, levels, anchors }, constants), parts);
