type Packed = Float64Array | Float32Array;

/** A head and typed arrays as bytes. Little endian, as every platform of Node is. */
export const pack = (head: object, arrays: readonly Packed[]): Uint8Array => {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(4 + text.length + arrays.reduce((sum, array) => sum + array.byteLength, 0));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = 4 + text.length;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return bytes;
};

/**
 * The state that `create` makes of the head, with its arrays filled. Throws a TypeError on bytes that `pack` did not write
 * with this format.
 */
export const unpack = <Head extends { readonly format: number }, State>(
  bytes: Uint8Array,
  format: number,
  create: (head: Head) => State,
  arraysOf: (state: State) => readonly Packed[],
): State => {
  if (bytes.length < 4) throw new TypeError(`forecaster snapshot: ${bytes.length} bytes are fewer than a header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (4 + length > bytes.length) throw new TypeError('forecaster snapshot: cut within its header');
  let head: Head;
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  } catch (cause) {
    throw new TypeError('forecaster snapshot: header is not JSON', { cause });
  }
  if (head.format !== format) throw new TypeError(`forecaster snapshot: format ${head.format} is not ${format}`);
  const state = create(head);
  const arrays = arraysOf(state);
  const needed = 4 + length + arrays.reduce((sum, array) => sum + array.byteLength, 0);
  if (bytes.length !== needed) throw new TypeError(`forecaster snapshot: ${bytes.length} bytes where ${needed} were written`);
  let at = 4 + length;
  for (const array of arrays) {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes.subarray(at, at + array.byteLength));
    at += array.byteLength;
  }
  return state;
};
