import { pack, unpack } from './packing.ts';
import { createForecaster, type ForecasterOptions, type ForecasterState } from './state.ts';

const FORMAT = 1;
const parts = (state: ForecasterState): readonly (Float64Array | Float32Array)[] => [
  state.scalars,
  state.memory,
  state.fits,
  state.spreads,
  state.tails,
  state.history,
];

/** Options and state in one; a forecast made from it has the same bits. */
export const snapshotForecaster = (state: ForecasterState): Uint8Array => pack({ format: FORMAT, ...state.options }, parts(state));

/** Throws a TypeError on bytes that snapshotForecaster of this format did not write. */
export const restoreForecaster = (bytes: Uint8Array): ForecasterState =>
  unpack(bytes, FORMAT, ({ scale, levels }: { readonly format: number } & ForecasterOptions) => createForecaster({ scale, levels }), parts);
