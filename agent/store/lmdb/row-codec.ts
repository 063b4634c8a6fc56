import { seal, unseal } from './environment.ts';

/** Series share a row in chunks of this many, so that reading one series does not read all. */
export const CHUNK_SERIES = 256;

/** What one step holds of one chunk of series. A series of the chunk that is not listed was absent. */
export interface Row {
  /** Place of the series within its chunk. */
  readonly slot: Uint8Array;
  readonly value: Float64Array;
  readonly weight: Float64Array;
}

const ENTRY_BYTES = 17;

export const encodeRow = (row: Row): Uint8Array => {
  const count = row.slot.length;
  const content = new Uint8Array(count * ENTRY_BYTES);
  content.set(new Uint8Array(row.value.buffer, row.value.byteOffset, count * 8), 0);
  content.set(new Uint8Array(row.weight.buffer, row.weight.byteOffset, count * 8), count * 8);
  content.set(row.slot, count * 16);
  return seal(content);
};

/** The row, or undefined when it is damaged. */
export const decodeRow = (sealed: Uint8Array): Row | undefined => {
  const content = unseal(sealed);
  if (content === undefined || content.length % ENTRY_BYTES !== 0) return undefined;
  const count = content.length / ENTRY_BYTES;
  const columns = new Float64Array(count * 2);
  new Uint8Array(columns.buffer).set(content.subarray(0, count * 16));
  return { slot: new Uint8Array(content.subarray(count * 16)), value: columns.subarray(0, count), weight: columns.subarray(count) };
};
