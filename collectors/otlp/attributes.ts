import { LIMITS } from '../../core/limits.ts';
import {
  type Cursor,
  checkUtf8,
  createCursor,
  enterField,
  expectWire,
  MalformedProtobuf,
  readTag,
  readVarint,
  skipField,
} from './kernel.ts';

/**
 * Attributes as text. Only reached for resources and for streams and names not seen before; everything else is
 * recognized by the hash of its bytes.
 */
export interface AttributeValue {
  /** Keeps 5 and "5" apart in identities: string, boolean, integer, double, bytes, array, list of pairs, none. */
  readonly type: 's' | 'b' | 'i' | 'd' | 'y' | 'a' | 'k' | 'n';
  readonly text: string;
}

export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
  /** UTF-8 bytes of the value's field. */
  readonly bytes: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes [start, end); invalid UTF-8 makes the request malformed. */
export const textAt = (c: Cursor, start: number, end: number): string => {
  checkUtf8(c, start, end);
  return utf8.decode(c.bytes.subarray(start, end));
};

const NONE: AttributeValue = { type: 'n', text: '' };

const quoted = (value: AttributeValue): string =>
  value.type === 's' || value.type === 'y' ? JSON.stringify(value.text) : value.type === 'n' ? 'null' : value.text;

/** int64 in a varint is two's complement in 64 bits: digits beyond 2^53 stay exact. */
const readInt64Text = (c: Cursor, end: number): string => {
  const start = c.at;
  const rounded = readVarint(c, end);
  if (rounded <= Number.MAX_SAFE_INTEGER) return String(rounded);
  let value = 0n;
  for (let at = c.at - 1; at >= start; at -= 1) value = (value << 7n) | BigInt((c.bytes[at] as number) & 0x7f);
  return BigInt.asIntN(64, value).toString();
};

const readArray = (c: Cursor, end: number, depth: number): string => {
  const items: string[] = [];
  while (c.at < end) {
    const tag = readTag(c, end);
    if (tag >>> 3 === 1) items.push(quoted(readAnyValue(c, enterField(c, tag, end), depth + 1)));
    else skipField(c, tag, end);
  }
  return `[${items.join(',')}]`;
};

const readPairs = (c: Cursor, end: number, depth: number): string => {
  const members: string[] = [];
  while (c.at < end) {
    const tag = readTag(c, end);
    if (tag >>> 3 === 1) {
      const { key, value } = readKeyValue(c, enterField(c, tag, end), depth + 1);
      members.push(`${JSON.stringify(key)}:${quoted(value)}`);
    } else skipField(c, tag, end);
  }
  return `{${members.sort().join(',')}}`;
};

/** Reads the AnyValue that ends at `end`. The last member of the oneof counts, as protobuf says. */
export const readAnyValue = (c: Cursor, end: number, depth: number): AttributeValue => {
  if (depth > LIMITS.nestingDepth) {
    throw new MalformedProtobuf(c.at, `an attribute value is nested more than ${LIMITS.nestingDepth} deep`, 'nesting_limit');
  }
  let value = NONE;
  while (c.at < end) {
    const tag = readTag(c, end);
    switch (tag >>> 3) {
      case 1: {
        const stop = enterField(c, tag, end);
        value = { type: 's', text: textAt(c, c.at, stop) };
        c.at = stop;
        break;
      }
      case 2:
        expectWire(c, tag, 0);
        value = { type: 'b', text: readVarint(c, end) === 0 ? 'false' : 'true' };
        break;
      case 3:
        expectWire(c, tag, 0);
        value = { type: 'i', text: readInt64Text(c, end) };
        break;
      case 4: {
        expectWire(c, tag, 1);
        const at = c.at;
        skipField(c, tag, end);
        value = { type: 'd', text: String(c.view.getFloat64(at, true)) };
        break;
      }
      case 5:
        value = { type: 'a', text: readArray(c, enterField(c, tag, end), depth + 1) };
        break;
      case 6:
        value = { type: 'k', text: readPairs(c, enterField(c, tag, end), depth + 1) };
        break;
      case 7: {
        const stop = enterField(c, tag, end);
        value = { type: 'y', text: Buffer.from(c.bytes.subarray(c.at, stop)).toString('base64') };
        c.at = stop;
        break;
      }
      default:
        skipField(c, tag, end);
    }
  }
  return value;
};

/** Reads the KeyValue that ends at `end`. */
export const readKeyValue = (c: Cursor, end: number, depth = 0): Attribute => {
  const start = c.at;
  let key = '';
  let value = NONE;
  while (c.at < end) {
    const tag = readTag(c, end);
    switch (tag >>> 3) {
      case 1: {
        const stop = enterField(c, tag, end);
        key = textAt(c, c.at, stop);
        c.at = stop;
        break;
      }
      case 2:
        value = readAnyValue(c, enterField(c, tag, end), depth);
        break;
      default:
        skipField(c, tag, end);
    }
  }
  return { key, value, bytes: end - start };
};

/** The attributes under `field` of the message in [start, end). */
export const readAttributes = (c: Cursor, start: number, end: number, field: number): readonly Attribute[] => {
  const attributes: Attribute[] = [];
  c.at = start;
  while (c.at < end) {
    const tag = readTag(c, end);
    if (tag >>> 3 === field) attributes.push(readKeyValue(c, enterField(c, tag, end)));
    else skipField(c, tag, end);
  }
  return attributes;
};

/** The text of a single AnyValue message, for names that are kept as bytes until they are needed. */
export const anyValueText = (bytes: Uint8Array, start: number, end: number): string => {
  const c = createCursor(bytes);
  c.at = start;
  return readAnyValue(c, end, 0).text;
};

/** Sorted and with types: equal attribute sets have equal canonical forms, in whatever order they were sent. */
export const canonicalAttributes = (attributes: readonly Attribute[], scan: (text: string) => string): readonly string[] =>
  attributes.map(({ key, value }) => `${key}=${value.type}:${scan(value.text)}`).sort();
