import type { Field, Scalar } from './messages.ts';
import type { WireWriter } from './wire-writer.ts';

/** Thrown inside the transcoder only and turned into an Outcome at its door: a value stands where its type cannot. */
export class MalformedJson extends Error {
  readonly code: 'malformed_json' | 'nesting_limit';

  constructor(what: string, code: 'malformed_json' | 'nesting_limit' = 'malformed_json') {
    super(what);
    this.code = code;
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

const WIRE: Readonly<Record<Scalar, number>> = {
  text: LENGTH,
  base64: LENGTH,
  hex: LENGTH,
  bool: VARINT,
  enum: VARINT,
  uint32: VARINT,
  sint32: VARINT,
  int64: VARINT,
  uint64: VARINT,
  fixed64: FIXED64,
  sfixed64: FIXED64,
  double: FIXED64,
};

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 60);

const INTEGER = /^-?\d{1,20}$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const HEX = /^([0-9a-fA-F]{2})*$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** 64-bit integers are decimal strings, and numbers are taken as well. */
const integerOf = (value: unknown, smallest: bigint, largest: bigint): bigint => {
  const isWritten = typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && INTEGER.test(value);
  if (!isWritten) throw new MalformedJson(`${shown(value)} is not an integer`);
  const integer = BigInt(value as number | string);
  if (integer < smallest || integer > largest) throw new MalformedJson(`${shown(value)} does not fit its type`);
  return integer;
};

const LARGEST_UNSIGNED = 0xffff_ffff_ffff_ffffn;
const LARGEST_SIGNED = 0x7fff_ffff_ffff_ffffn;

const unsigned64 = (value: unknown): bigint => integerOf(value, 0n, LARGEST_UNSIGNED);
const signed64 = (value: unknown): bigint => integerOf(value, -LARGEST_SIGNED - 1n, LARGEST_SIGNED);
const signed32 = (value: unknown): number => Number(integerOf(value, -2_147_483_648n, 2_147_483_647n));

/** Names of enum values are what the mapping of protobuf allows and OTLP forbids. */
const enumOf = (value: unknown): number => {
  if (typeof value === 'string') throw new MalformedJson(`${shown(value)}; OTLP writes enums as integers`);
  return signed32(value);
};

const doubleOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value === 'string' && NUMBER.test(value)) return Number(value);
  throw new MalformedJson(`${shown(value)} is not a number`);
};

const bytesOf = (value: unknown, type: 'hex' | 'base64'): Buffer => {
  const isWritten = typeof value === 'string' && (type === 'hex' ? HEX : BASE64).test(value);
  if (!isWritten) throw new MalformedJson(`${shown(value)} is not ${type === 'hex' ? 'hexadecimal' : 'base64'}`);
  return Buffer.from(value, type);
};

const writeText = (writer: WireWriter, value: unknown): void => {
  if (typeof value !== 'string') throw new MalformedJson(`${shown(value)} is not a string`);
  if (!writer.text(value)) throw new MalformedJson('half of a surrogate pair in a string');
};

const writeValue = (writer: WireWriter, type: Scalar, value: unknown): void => {
  switch (type) {
    case 'text':
      writeText(writer, value);
      return;
    case 'hex':
    case 'base64':
      writer.bytes(bytesOf(value, type));
      return;
    case 'bool':
      if (typeof value !== 'boolean') throw new MalformedJson(`${shown(value)} is neither true nor false`);
      writer.varint(value ? 1 : 0);
      return;
    case 'enum':
      writer.varint64(BigInt(enumOf(value)));
      return;
    case 'uint32':
      writer.varint(Number(integerOf(value, 0n, 4_294_967_295n)));
      return;
    case 'sint32': {
      const number = signed32(value);
      // ZigZag: small magnitudes of both signs are small.
      writer.varint(number < 0 ? -2 * number - 1 : 2 * number);
      return;
    }
    case 'int64':
      writer.varint64(signed64(value));
      return;
    case 'uint64':
      writer.varint64(unsigned64(value));
      return;
    case 'fixed64':
      writer.fixed64(unsigned64(value));
      return;
    case 'sfixed64':
      writer.fixed64(signed64(value));
      return;
    case 'double':
      writer.double(doubleOf(value));
  }
};

/** A field of its own, or one item of a packed list, whose tag has been written. */
export const writeScalar = (writer: WireWriter, field: Extract<Field, { kind: 'scalar' }>, value: unknown): void => {
  if (!field.repeated) writer.tag(field.number, WIRE[field.type]);
  writeValue(writer, field.type, value);
};
