/**
 * Reading of the protobuf wire format straight from a request body, and the salted hashes by which known streams
 * and texts are recognized without decoding a string. Everything here runs once a field or a byte.
 * https://protobuf.dev/programming-guides/encoding/
 */

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_LENGTH = 2;
export const WIRE_FIXED32 = 5;

/** A place in a request body. `h1` and `h2` carry the result of the hash functions (two int32 lanes). */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  h1: number;
  h2: number;
}

export const createCursor = (bytes: Uint8Array): Cursor => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  at: 0,
  h1: 0,
  h2: 0,
});

/** Thrown inside the decoder only and turned into an Outcome at its door: the body breaks off at any depth. */
export class MalformedProtobuf extends Error {
  readonly code: 'malformed_protobuf' | 'nesting_limit';
  readonly byte: number;

  constructor(byte: number, what: string, code: 'malformed_protobuf' | 'nesting_limit' = 'malformed_protobuf') {
    super(`${code} at byte ${byte}: ${what}`);
    this.code = code;
    this.byte = byte;
  }
}

/** A varint as a float64: exact to 2^53, rounded above, which no field we use as a number reaches honestly. */
export const readVarint = (c: Cursor, end: number): number => {
  const bytes = c.bytes;
  let at = c.at;
  if (at >= end) throw new MalformedProtobuf(at, 'a varint is cut off');
  let byte = bytes[at]!;
  at += 1;
  if (byte < 0x80) {
    c.at = at;
    return byte;
  }
  let value = byte & 0x7f;
  let scale = 128;
  for (let count = 1; count < 10; count += 1) {
    if (at >= end) throw new MalformedProtobuf(c.at, 'a varint is cut off');
    byte = bytes[at]!;
    at += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      c.at = at;
      return value;
    }
    scale *= 128;
  }
  throw new MalformedProtobuf(c.at, 'a varint is longer than 10 bytes');
};

/** Field number and wire type as one number: field * 8 + wire. */
export const readTag = (c: Cursor, end: number): number => {
  const at = c.at;
  const tag = readVarint(c, end);
  if (tag < 8) throw new MalformedProtobuf(at, 'field number 0');
  if (tag > 0xffffffff) throw new MalformedProtobuf(at, 'a field number beyond 2^29');
  return tag;
};

/** The length of a length-delimited field, checked against what is left before anybody allocates. */
export const readLength = (c: Cursor, end: number): number => {
  const at = c.at;
  const length = readVarint(c, end);
  if (length > end - c.at) throw new MalformedProtobuf(at, `a length of ${length} where ${end - c.at} bytes are left`);
  return length;
};

export const skipField = (c: Cursor, tag: number, end: number): void => {
  const at = c.at;
  switch (tag & 7) {
    case WIRE_VARINT:
      readVarint(c, end);
      return;
    case WIRE_LENGTH: {
      const length = readLength(c, end);
      c.at += length;
      return;
    }
    case WIRE_FIXED64:
      if (end - at < 8) throw new MalformedProtobuf(at, 'a 64-bit field is cut off');
      c.at = at + 8;
      return;
    case WIRE_FIXED32:
      if (end - at < 4) throw new MalformedProtobuf(at, 'a 32-bit field is cut off');
      c.at = at + 4;
      return;
    default:
      throw new MalformedProtobuf(at, `wire type ${tag & 7} of field ${tag >>> 3}`);
  }
};

/** Refuses a field we know that comes with a wire type it cannot have. */
export const expectWire = (c: Cursor, tag: number, wire: number): void => {
  if ((tag & 7) !== wire) throw new MalformedProtobuf(c.at, `field ${tag >>> 3} with wire type ${tag & 7}, ${wire} expected`);
};

/** End of the length-delimited field whose tag was just read; the cursor then stands at its first byte. */
export const enterField = (c: Cursor, tag: number, end: number): number => {
  expectWire(c, tag, WIRE_LENGTH);
  const length = readLength(c, end);
  return c.at + length;
};

/** Position of a fixed64 field's 8 bytes; the cursor then stands behind them. */
export const enterFixed64 = (c: Cursor, tag: number, end: number): number => {
  expectWire(c, tag, WIRE_FIXED64);
  const at = c.at;
  if (end - at < 8) throw new MalformedProtobuf(at, 'a 64-bit field is cut off');
  c.at = at + 8;
  return at;
};

const TWO_32 = 4_294_967_296;

/** Unsigned 64 bits, little-endian, rounded to the nearest float64 beyond 2^53. */
export const uint64At = (view: DataView, at: number): number => view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);

/** Signed 64 bits, little-endian, rounded to the nearest float64 beyond 2^53. */
export const int64At = (view: DataView, at: number): number => view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);

/**
 * Whole milliseconds of a nanosecond stamp, exact: 2^32 ns are 4,294 ms and 967,296 ns, so that no intermediate
 * passes 2^53 (a float64 of nanoseconds since 1970 would be off by up to 128 ns).
 */
export const millisAt = (view: DataView, at: number): number => {
  const high = view.getUint32(at + 4, true);
  return high * 4_294 + Math.floor((high * 967_296 + view.getUint32(at, true)) / 1_000_000);
};

/** The nanoseconds 0..999,999 that millisAt leaves. */
export const nanosWithinMillisAt = (view: DataView, at: number): number =>
  (view.getUint32(at + 4, true) * 967_296 + view.getUint32(at, true)) % 1_000_000;

/** Final mixing of MurmurHash3 (A. Appleby, public domain): every input bit reaches every output bit. */
export const mix = (word: number): number => {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/**
 * 64 bits over bytes [start, end), into c.h1 and c.h2: eight bytes a round into two 32-bit lanes that feed each other.
 * Each round is a permutation of the 64-bit state, so that nothing once read is lost. The seeds are drawn once a
 * process, so that a sender cannot prepare streams that collide.
 */
export const hashRange = (c: Cursor, start: number, end: number, seed1: number, seed2: number): void => {
  const view = c.view;
  let a = seed1 ^ (end - start);
  let b = seed2;
  let i = start;
  for (const last = end - 8; i <= last; i += 8) {
    a = Math.imul(a ^ view.getInt32(i, true), 0x9e3779b1);
    b = Math.imul(b ^ view.getInt32(i + 4, true), 0xcc9e2d51);
    a ^= b >>> 15;
    b ^= (a << 13) | (a >>> 19);
  }
  if (i + 4 <= end) {
    a = Math.imul(a ^ view.getInt32(i, true), 0x9e3779b1);
    a ^= a >>> 15;
    i += 4;
  }
  let rest = 0;
  for (const bytes = c.bytes; i < end; i += 1) rest = (rest << 8) | bytes[i]!;
  b = Math.imul(b ^ rest, 0xcc9e2d51);
  c.h1 = mix(a ^ (b >>> 15));
  c.h2 = mix(b ^ ((a << 13) | (a >>> 19)));
};

/** Refuses what is not UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
export const checkUtf8 = (c: Cursor, start: number, end: number): void => {
  const { bytes, view } = c;
  let i = start;
  while (i < end) {
    // Four ASCII bytes at once; most strings are nothing else.
    if (i + 4 <= end && (view.getInt32(i, true) & 0x80808080) === 0) {
      i += 4;
      continue;
    }
    const lead = bytes[i]!;
    if (lead < 0x80) {
      i += 1;
      continue;
    }
    const extra = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    if (extra === 0 || i + extra >= end) throw new MalformedProtobuf(i, 'invalid UTF-8 in a string');
    const second = bytes[i + 1]!;
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) throw new MalformedProtobuf(i, 'invalid UTF-8 in a string');
    for (let k = 2; k <= extra; k += 1) {
      if ((bytes[i + k]! & 0xc0) !== 0x80) throw new MalformedProtobuf(i, 'invalid UTF-8 in a string');
    }
    i += extra + 1;
  }
};
