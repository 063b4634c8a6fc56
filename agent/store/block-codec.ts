import { crc32 } from 'node:zlib';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import {
  countPresent,
  gatherPresent,
  isConstant,
  readScaled,
  readXor,
  scaleOf,
  scatterPresent,
  writePresence,
  writeScaled,
  writeXor,
} from './kernel.ts';

/**
 * Up to BLOCK_STEPS consecutive steps of one signal: u32 CRC-32 of the rest, u8 version, u8 steps, then the columns
 * value and weight. A column is one byte of presence and coding, the presence bitmap where some are absent, and the
 * values present. Every value returns to the bit, -0 and the infinities included; NaN means absent and returns as NaN.
 */
export const BLOCK_STEPS = 120;
const BLOCK_CODEC_VERSION = 1;
const HEADER_BYTES = 6;

const PRESENT_NONE = 0;
const PRESENT_ALL = 1;
const PRESENT_SOME = 2;

const CODING_RAW = 0;
const CODING_CONSTANT = 1;
const CODING_XOR = 2;
/** Scaled integers at SCALES[coding - CODING_SCALED]. */
const CODING_SCALED = 3;

export interface SeriesBlock {
  readonly value: Float64Array;
  readonly weight: Float64Array;
}

export type BlockDecodeFailure = Failure<'BLOCK_DAMAGED'>;

/** Worst case: every value raw, both columns with a bitmap. */
const blockBytes = (steps: number): number => HEADER_BYTES + 2 * (1 + Math.ceil(steps / 8) + 8 * steps);

const copyRaw = (target: Uint8Array, at: number, values: Float64Array, count: number): number => {
  target.set(new Uint8Array(values.buffer, values.byteOffset, count * 8), at);
  return count * 8;
};

/** Scaled integers this short a value are taken without trying XOR, which rarely beats them on decimals. */
const SHORT_SCALED_BYTES = 3;

/** Writes the values present by the shortest coding and returns [coding, bytes]. */
const writeValues = (target: Uint8Array, at: number, values: Float64Array, count: number): readonly [number, number] => {
  if (isConstant(values, count)) return [CODING_CONSTANT, copyRaw(target, at, values, 1)];
  const scale = scaleOf(values, count);
  const scaled = scale < 0 ? -1 : writeScaled(target, at, at + count * 8, values, count, scale);
  if (scaled >= 0 && scaled <= count * SHORT_SCALED_BYTES) return [CODING_SCALED + scale, scaled];
  const beside = new Uint8Array(scaled < 0 ? count * 8 : scaled);
  const xor = writeXor(beside, 0, beside.length, values, count);
  if (xor >= 0) {
    target.set(beside.subarray(0, xor), at);
    return [CODING_XOR, xor];
  }
  return scaled >= 0 ? [CODING_SCALED + scale, scaled] : [CODING_RAW, copyRaw(target, at, values, count)];
};

const writeColumn = (target: Uint8Array, start: number, column: Float64Array, scratch: Float64Array): number => {
  const count = gatherPresent(column, scratch);
  if (count === 0) {
    target[start] = PRESENT_NONE;
    return start + 1;
  }
  let at = start + 1;
  if (count < column.length) {
    writePresence(target, at, column);
    at += Math.ceil(column.length / 8);
  }
  const [coding, bytes] = writeValues(target, at, scratch, count);
  target[start] = (count === column.length ? PRESENT_ALL : PRESENT_SOME) | (coding << 2);
  return at + bytes;
};

/** Serializes 1 to 255 steps; value and weight must have equal lengths (else a RangeError: a bug of the caller). */
export const encodeBlock = (block: SeriesBlock): Uint8Array => {
  const steps = block.value.length;
  if (steps < 1 || steps > 255 || block.weight.length !== steps) {
    throw new RangeError(`a block of ${steps} values and ${block.weight.length} weights`);
  }
  const bytes = new Uint8Array(blockBytes(steps));
  const scratch = new Float64Array(steps);
  bytes[4] = BLOCK_CODEC_VERSION;
  bytes[5] = steps;
  const valueEnd = writeColumn(bytes, HEADER_BYTES, block.value, scratch);
  const end = writeColumn(bytes, valueEnd, block.weight, scratch);
  const exact = bytes.slice(0, end);
  new DataView(exact.buffer).setUint32(0, crc32(exact.subarray(4)) >>> 0, true);
  return exact;
};

const readRaw = (source: Uint8Array, at: number, values: Float64Array, count: number): number => {
  if (at + count * 8 > source.length) return -1;
  new Uint8Array(values.buffer, values.byteOffset, count * 8).set(source.subarray(at, at + count * 8));
  return count * 8;
};

const readValues = (source: Uint8Array, at: number, coding: number, values: Float64Array, count: number): number => {
  if (coding === CODING_RAW) return readRaw(source, at, values, count);
  if (coding === CODING_XOR) return readXor(source, at, source.length, values, count);
  if (coding >= CODING_SCALED) return readScaled(source, at, source.length, values, count, coding - CODING_SCALED);
  const bytes = readRaw(source, at, values, 1);
  if (bytes > 0) values.fill(values[0] as number, 0, count);
  return bytes;
};

/** Fills `column` from the bytes at `start`; returns the next offset, or -1 when the bytes make no column. */
const readColumn = (source: Uint8Array, start: number, column: Float64Array, scratch: Float64Array): number => {
  const head = source[start];
  if (head === undefined) return -1;
  column.fill(Number.NaN);
  const presence = head & 3;
  if (presence === PRESENT_NONE) return start + 1;
  const bitmapAt = start + 1;
  const bitmapBytes = presence === PRESENT_SOME ? Math.ceil(column.length / 8) : 0;
  const valuesAt = bitmapAt + bitmapBytes;
  if (valuesAt > source.length) return -1;
  const count = presence === PRESENT_ALL ? column.length : countPresent(source, bitmapAt, column.length);
  const bytes = readValues(source, valuesAt, head >> 2, scratch, count);
  if (bytes < 0) return -1;
  if (presence === PRESENT_ALL) column.set(scratch);
  else scatterPresent(source, bitmapAt, scratch, column);
  return valuesAt + bytes;
};

const damaged = (message: string): Outcome<never, BlockDecodeFailure> => fail('BLOCK_DAMAGED', message);

/** Reads a block. Any truncation or flipped bit is BLOCK_DAMAGED; it never throws. */
export const decodeBlock = (bytes: Uint8Array): Outcome<SeriesBlock, BlockDecodeFailure> => {
  if (bytes.length < HEADER_BYTES) return damaged(`${bytes.length} bytes are less than a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== crc32(bytes.subarray(4)) >>> 0) return damaged('checksum differs');
  if (bytes[4] !== BLOCK_CODEC_VERSION) return damaged(`block format ${bytes[4]}, this version reads ${BLOCK_CODEC_VERSION}`);
  const steps = bytes[5] as number;
  const block = { value: new Float64Array(steps), weight: new Float64Array(steps) };
  const scratch = new Float64Array(steps);
  const valueEnd = readColumn(bytes, HEADER_BYTES, block.value, scratch);
  const end = valueEnd < 0 ? -1 : readColumn(bytes, valueEnd, block.weight, scratch);
  return end === bytes.length ? succeed(block) : damaged('columns do not fill the block');
};
