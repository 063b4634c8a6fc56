/**
 * Bit-level coding of one series column: the hot loops of the block codec. Two codings, the caller keeps the smaller:
 * - scaled integers: values that are k / scale exactly, as zigzag varints of the differences of k;
 * - XOR of consecutive values with windows of meaningful bits (Pelkonen et al., "Gorilla", VLDB 2015, section 4.1.2).
 * Both are lossless to the bit. NaN never reaches them.
 */

/**
 * What values are counted in, in the order they are tried: powers of ten for decimals, then the seconds of usual
 * steps, because a rate is a whole number of events over the seconds observed. The order is part of the format.
 */
export const SCALES = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 15, 60, 300] as const;
const MAX_SCALED = 9_007_199_254_740_991;

const scratch = new Float64Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

const isScaled = (value: number, scale: number): boolean => {
  const k = Math.round(value * scale);
  // An integer has no -0: it would come back as 0.
  return k <= MAX_SCALED && k >= -MAX_SCALED && k / scale === value && !Object.is(value, -0);
};

/** Index of the first scale at which every value is an exact k / scale; -1 when none was found. */
export const scaleOf = (values: Float64Array, count: number): number => {
  let index = 0;
  for (let i = 0; i < count; i += 1) {
    while (!isScaled(values[i]!, SCALES[index]!)) {
      index += 1;
      // The values before this one were exact at an earlier scale; the last loop sees whether they are at this one too.
      if (index === SCALES.length) return -1;
    }
  }
  for (let i = 0; i < count; i += 1) if (!isScaled(values[i]!, SCALES[index]!)) return -1;
  return index;
};

/** Writes the varint of a difference below 2^55 in size; returns the next offset, or -1 when it would pass `limit`. */
const writeVarint = (target: Uint8Array, start: number, limit: number, difference: number): number => {
  // Zigzag in float64: 2d for d >= 0, -2d - 1 below. Exact while |d| < 2^52; the caller checks.
  let rest = difference >= 0 ? difference * 2 : -difference * 2 - 1;
  let at = start;
  while (rest >= 128) {
    if (at >= limit) return -1;
    target[at] = (rest % 128) + 128;
    at += 1;
    rest = Math.floor(rest / 128);
  }
  if (at >= limit) return -1;
  target[at] = rest;
  return at + 1;
};

/** Returns the bytes written from `start`, or -1 when they do not fit in [start, limit) or a difference is too large. */
export const writeScaled = (
  target: Uint8Array,
  start: number,
  limit: number,
  values: Float64Array,
  count: number,
  scaleIndex: number,
): number => {
  const scale = SCALES[scaleIndex]!;
  let at = start;
  let previous = 0;
  for (let i = 0; i < count; i += 1) {
    const k = Math.round(values[i]! * scale);
    const difference = k - previous;
    if (difference >= 4_503_599_627_370_496 || difference <= -4_503_599_627_370_496) return -1;
    at = writeVarint(target, at, limit, difference);
    if (at < 0) return -1;
    previous = k;
  }
  return at - start;
};

/** Reads `count` values into `values`; returns the bytes read, or -1 when the bytes run out. */
export const readScaled = (
  source: Uint8Array,
  start: number,
  limit: number,
  values: Float64Array,
  count: number,
  scaleIndex: number,
): number => {
  const scale = SCALES[scaleIndex];
  if (scale === undefined) return -1;
  let at = start;
  let previous = 0;
  for (let i = 0; i < count; i += 1) {
    let rest = 0;
    let unit = 1;
    for (;;) {
      if (at >= limit) return -1;
      const byte = source[at]!;
      at += 1;
      rest += (byte & 127) * unit;
      if (byte < 128) break;
      unit *= 128;
    }
    previous += rest % 2 === 0 ? rest / 2 : -(rest + 1) / 2;
    values[i] = previous / scale;
  }
  return at - start;
};

/** Whether all of the first `count` values have the same bits; a 0 and a -0 do not. */
export const isConstant = (values: Float64Array, count: number): boolean => {
  const first = values[0]!;
  for (let i = 1; i < count; i += 1) if (values[i]! !== first || (first === 0 && !Object.is(values[i], first))) return false;
  return true;
};

/** Copies the values of a column that are not NaN to the front of `target`; their number. */
export const gatherPresent = (column: Float64Array, target: Float64Array): number => {
  let count = 0;
  for (let i = 0; i < column.length; i += 1) {
    const value = column[i]!;
    if (!Number.isNaN(value)) {
      target[count] = value;
      count += 1;
    }
  }
  return count;
};

/** Sets a bit, least significant first, for each value that is not NaN. The target must be zero there. */
export const writePresence = (target: Uint8Array, start: number, column: Float64Array): void => {
  for (let i = 0; i < column.length; i += 1) {
    const value = column[i]!;
    if (!Number.isNaN(value)) target[start + (i >> 3)]! |= 1 << (i & 7);
  }
};

export const countPresent = (source: Uint8Array, start: number, steps: number): number => {
  let count = 0;
  for (let i = 0; i < steps; i += 1) count += (source[start + (i >> 3)]! >> (i & 7)) & 1;
  return count;
};

/** Puts values into the places of a column whose presence bit is set. */
export const scatterPresent = (source: Uint8Array, start: number, values: Float64Array, column: Float64Array): void => {
  let next = 0;
  for (let i = 0; i < column.length; i += 1) {
    if (((source[start + (i >> 3)]! >> (i & 7)) & 1) === 0) continue;
    column[i] = values[next]!;
    next += 1;
  }
};

interface BitWriter {
  readonly target: Uint8Array;
  readonly limit: number;
  at: number;
  free: number;
  byte: number;
}

/** Appends the low `bits` (0 to 32) of `value`, most significant first; false when the space is used up. */
const writeBits = (writer: BitWriter, value: number, bits: number): boolean => {
  let left = bits;
  while (left > 0) {
    if (writer.at >= writer.limit) return false;
    const take = Math.min(left, writer.free);
    writer.byte = (writer.byte << take) | ((value >>> (left - take)) & ((1 << take) - 1));
    writer.free -= take;
    left -= take;
    if (writer.free === 0) {
      writer.target[writer.at] = writer.byte;
      writer.at += 1;
      writer.free = 8;
      writer.byte = 0;
    }
  }
  return true;
};

/** The `length` bits of the 64-bit word (high, low) that start `leading` (0 to 31) bits from the top. */
const writeWindow = (writer: BitWriter, high: number, low: number, leading: number, length: number): boolean => {
  const highBits = Math.min(32 - leading, length);
  if (!writeBits(writer, high >>> (32 - leading - highBits), highBits)) return false;
  const lowBits = length - highBits;
  return lowBits === 0 || writeBits(writer, low >>> (32 - lowBits), lowBits);
};

/** Trailing zero bits of a nonzero 32-bit word. */
const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word);

/** Returns the bytes written from `start`, or -1 when they do not fit in [start, limit). */
export const writeXor = (target: Uint8Array, start: number, limit: number, values: Float64Array, count: number): number => {
  const writer: BitWriter = { target, limit, at: start, free: 8, byte: 0 };
  let previousHigh = 0;
  let previousLow = 0;
  let windowLeading = -1;
  let windowLength = 0;
  for (let i = 0; i < count; i += 1) {
    scratch[0] = values[i]!;
    const low = scratchBits[0]!;
    const high = scratchBits[1]!;
    const xorHigh = (high ^ previousHigh) >>> 0;
    const xorLow = (low ^ previousLow) >>> 0;
    previousHigh = high;
    previousLow = low;
    if (xorHigh === 0 && xorLow === 0) {
      if (!writeBits(writer, 0, 1)) return -1;
      continue;
    }
    // Five bits hold the leading zeros, as in the paper: more than 31 count as 31.
    const leading = Math.min(31, xorHigh === 0 ? 32 + Math.clz32(xorLow) : Math.clz32(xorHigh));
    const trailing = xorLow === 0 ? 32 + trailingZeros(xorHigh) : trailingZeros(xorLow);
    const inWindow = windowLeading >= 0 && leading >= windowLeading && 64 - trailing <= windowLeading + windowLength;
    if (inWindow) {
      if (!writeBits(writer, 2, 2)) return -1;
    } else {
      windowLeading = leading;
      windowLength = 64 - leading - trailing;
      if (!writeBits(writer, 3, 2) || !writeBits(writer, leading, 5) || !writeBits(writer, windowLength - 1, 6)) return -1;
    }
    if (!writeWindow(writer, xorHigh, xorLow, windowLeading, windowLength)) return -1;
  }
  if (writer.free < 8) {
    if (writer.at >= limit) return -1;
    target[writer.at] = writer.byte << writer.free;
    writer.at += 1;
  }
  return writer.at - start;
};

interface BitReader {
  readonly source: Uint8Array;
  readonly limit: number;
  at: number;
  left: number;
}

/** The next `bits` (0 to 32) as an unsigned number, or -1 when the bytes run out. */
const readBits = (reader: BitReader, bits: number): number => {
  let value = 0;
  let missing = bits;
  while (missing > 0) {
    if (reader.at >= reader.limit) return -1;
    const take = Math.min(missing, reader.left);
    const part = (reader.source[reader.at]! >>> (reader.left - take)) & ((1 << take) - 1);
    value = ((value << take) | part) >>> 0;
    reader.left -= take;
    missing -= take;
    if (reader.left === 0) {
      reader.at += 1;
      reader.left = 8;
    }
  }
  return value;
};

/** Reads `count` values into `values`; returns the bytes read, or -1 when the bytes run out or make no window. */
export const readXor = (source: Uint8Array, start: number, limit: number, values: Float64Array, count: number): number => {
  const reader: BitReader = { source, limit, at: start, left: 8 };
  let high = 0;
  let low = 0;
  let leading = -1;
  let length = 0;
  for (let i = 0; i < count; i += 1) {
    const changed = readBits(reader, 1);
    if (changed < 0) return -1;
    if (changed === 1) {
      const fresh = readBits(reader, 1);
      if (fresh < 0) return -1;
      if (fresh === 1) {
        leading = readBits(reader, 5);
        length = readBits(reader, 6) + 1;
      }
      if (leading < 0 || length <= 0 || leading + length > 64) return -1;
      const highBits = Math.min(32 - leading, length);
      const lowBits = length - highBits;
      const highPart = readBits(reader, highBits);
      const lowPart = readBits(reader, lowBits);
      if (highPart < 0 || lowPart < 0) return -1;
      high = (high ^ (highPart << (32 - leading - highBits))) >>> 0;
      if (lowBits > 0) low = (low ^ (lowPart << (32 - lowBits))) >>> 0;
    }
    scratchBits[0] = low;
    scratchBits[1] = high;
    values[i] = scratch[0]!;
  }
  return (reader.left === 8 ? reader.at : reader.at + 1) - start;
};
