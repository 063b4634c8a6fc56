/**
 * Bytes of a tree of plain values and typed arrays: a header, the tree as JSON with references in place of the arrays,
 * then the arrays one after the other, each on a multiple of 8. Equal trees have equal bytes.
 */
const MAGIC = 0x464e524d;
const HEADER_BYTES = 16;

type TypedArray = Float64Array | Uint32Array | Int32Array | Uint8Array;
export type Tree = null | undefined | boolean | number | string | TypedArray | readonly Tree[] | { readonly [key: string]: Tree };

const KINDS = { f64: Float64Array, u32: Uint32Array, i32: Int32Array, u8: Uint8Array } as const;
type Kind = keyof typeof KINDS;

const kindOf = (value: unknown): Kind | undefined => (Object.keys(KINDS) as Kind[]).find((kind) => value instanceof KINDS[kind]);

const REFERENCE = '$array';

export const packTree = (tree: Tree, formatVersion: number): Uint8Array => {
  const arrays: { readonly bytes: Uint8Array; readonly offset: number }[] = [];
  let offset = 0;
  const plain = (value: Tree): unknown => {
    const kind = kindOf(value);
    if (kind !== undefined) {
      const array = value as TypedArray;
      const at = offset;
      arrays.push({ bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset: at });
      offset += Math.ceil(array.byteLength / 8) * 8;
      return { [REFERENCE]: kind, at, length: array.length };
    }
    if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('a snapshot carries non-finite numbers in arrays only');
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member as Tree)]));
    }
    return value;
  };
  const json = new TextEncoder().encode(JSON.stringify(plain(tree)));
  const arraysFrom = Math.ceil((HEADER_BYTES + json.byteLength) / 8) * 8;
  const bytes = new Uint8Array(arraysFrom + offset);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC);
  header.setUint32(4, formatVersion);
  header.setUint32(8, json.byteLength);
  bytes.set(json, HEADER_BYTES);
  for (const array of arrays) bytes.set(array.bytes, arraysFrom + array.offset);
  return bytes;
};

/** The format version of packed bytes; undefined when they are none. */
export const treeVersion = (bytes: Uint8Array): number | undefined => {
  if (bytes.byteLength < HEADER_BYTES) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return header.getUint32(0) === MAGIC ? header.getUint32(4) : undefined;
};

/** Inverse of packTree. Throws on bytes that are cut short or were never packed. */
export const unpackTree = (bytes: Uint8Array): unknown => {
  if (treeVersion(bytes) === undefined) throw new TypeError('not a packed snapshot');
  const jsonBytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8);
  const arraysFrom = Math.ceil((HEADER_BYTES + jsonBytes) / 8) * 8;
  // A copy starts on a boundary that every array type accepts, and nothing of the caller's is shared.
  const blob = bytes.slice(arraysFrom).buffer;
  return JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + jsonBytes)), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !(REFERENCE in value)) return value;
    const {
      [REFERENCE]: kind,
      at,
      length,
    } = value as unknown as { readonly [REFERENCE]: Kind; readonly at: number; readonly length: number };
    return new KINDS[kind](blob, at, length);
  });
};
