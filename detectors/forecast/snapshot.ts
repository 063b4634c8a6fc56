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

/** Options and state in one; a forecast made from it has the same bits. Little endian, as every platform of Node is. */
export const snapshotForecaster = (state: ForecasterState): Uint8Array => {
  const head = new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...state.options }));
  const arrays = parts(state);
  const bytes = new Uint8Array(4 + head.length + arrays.reduce((sum, array) => sum + array.byteLength, 0));
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  let at = 4 + head.length;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return bytes;
};

/** Throws a TypeError on bytes that snapshotForecaster of this format did not write. */
export const restoreForecaster = (bytes: Uint8Array): ForecasterState => {
  if (bytes.length < 4) throw new TypeError(`forecaster snapshot: ${bytes.length} bytes are fewer than a header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (4 + length > bytes.length) throw new TypeError('forecaster snapshot: cut within its header');
  let head: { readonly format: number } & ForecasterOptions;
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  } catch (cause) {
    throw new TypeError('forecaster snapshot: header is not JSON', { cause });
  }
  if (head.format !== FORMAT) throw new TypeError(`forecaster snapshot: format ${head.format} is not ${FORMAT}`);
  const state = createForecaster({ scale: head.scale, levels: head.levels });
  const arrays = parts(state);
  const needed = 4 + length + arrays.reduce((sum, array) => sum + array.byteLength, 0);
  if (bytes.length !== needed) throw new TypeError(`forecaster snapshot: ${bytes.length} bytes where ${needed} were written`);
  let at = 4 + length;
  for (const array of arrays) {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes.subarray(at, at + array.byteLength));
    at += array.byteLength;
  }
  return state;
};
