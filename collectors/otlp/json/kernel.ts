/**
 * A look over the bytes of a JSON text before it is parsed: how deep it nests, and which integers are too long for a
 * float64. JSON.parse bounds neither, and both are decided by the sender.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const DOT = 0x2e;
const PLUS = 0x2b;

/** Integers of fewer digits are exact in a float64. */
const EXACT_DIGITS = 15;

export interface JsonShape {
  readonly deepest: number;
  /** Objects and lists. */
  readonly containers: number;
  /** [start, end, ...] of the integers that a float64 may round. */
  readonly longIntegers: readonly number[];
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

export const shapeOf = (bytes: Uint8Array): JsonShape => {
  const longIntegers: number[] = [];
  const end = bytes.length;
  let containers = 0;
  let depth = 0;
  let deepest = 0;
  let at = 0;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at += 1;
      while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
      at += 1;
    } else if (byte === MINUS || isDigit(byte)) {
      const start = at;
      let digits = isDigit(byte) ? 1 : 0;
      let whole = true;
      for (at += 1; at < end; at += 1) {
        const next = bytes[at]!;
        if (isDigit(next)) digits += 1;
        else if (next === DOT || next === PLUS || next === MINUS || next === 0x65 || next === 0x45) whole = false;
        else break;
      }
      if (whole && digits > EXACT_DIGITS) longIntegers.push(start, at);
    } else {
      // { [ } ]
      if (byte === 0x7b || byte === 0x5b) {
        containers += 1;
        depth += 1;
        if (depth > deepest) deepest = depth;
      } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
      at += 1;
    }
  }
  return { deepest, containers, longIntegers };
};
