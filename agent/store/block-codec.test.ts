import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_STEPS, decodeBlock, encodeBlock, type SeriesBlock } from './block-codec.ts';

const bits = (values: Float64Array): readonly bigint[] =>
  Array.from(values, (value) => (Number.isNaN(value) ? -1n : new BigUint64Array(Float64Array.of(value).buffer)[0]!));

const expectSame = (block: SeriesBlock): void => {
  const decoded = decodeBlock(encodeBlock(block));
  if (!decoded.ok) throw new Error(decoded.error.message);
  expect(bits(decoded.value.value)).toEqual(bits(block.value));
  expect(bits(decoded.value.weight)).toEqual(bits(block.weight));
};

const same = (values: readonly number[]): SeriesBlock => ({ value: Float64Array.from(values), weight: Float64Array.from(values) });

const decimal = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((k) => k / 100);
const anyValue = fc.oneof(
  fc.double(),
  decimal,
  fc.integer(),
  fc.constantFrom(Number.NaN, -0, 0, Number.POSITIVE_INFINITY, 5e-324, 2 ** 53),
);
const columns = (value: fc.Arbitrary<number>): fc.Arbitrary<SeriesBlock> =>
  fc
    .array(fc.tuple(value, value), { minLength: 1, maxLength: 255 })
    .map((pairs) => ({ value: Float64Array.from(pairs, ([one]) => one), weight: Float64Array.from(pairs, ([, other]) => other) }));

const walk = (step: (index: number) => number): Float64Array => Float64Array.from({ length: BLOCK_STEPS }, (_, index) => step(index));

describe('the block codec', () => {
  it('returns any doubles to the bit, NaN as NaN', () => {
    fc.assert(fc.property(columns(fc.double()), expectSame));
  });

  it('returns mixtures of decimals, integers, absences and special values to the bit', () => {
    fc.assert(fc.property(columns(anyValue), expectSame), { numRuns: 300 });
  });

  it('returns decimals with absences to the bit', () => {
    fc.assert(fc.property(columns(fc.oneof(decimal, fc.constant(Number.NaN))), expectSame));
  });

  it.each([
    ['nothing but absences', [Number.NaN, Number.NaN]],
    ['a lone value', [0.1]],
    ['zeros of both signs', [0, -0, 0, -0]],
    ['one negative zero among integers', [1, 2, -0, 3]],
    ['a constant with gaps', [7.25, Number.NaN, 7.25]],
    ['infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]],
    ['the smallest and the largest', [5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE]],
    ['integers whose difference passes 2^53', [9_007_199_254_740_991, -9_007_199_254_740_991, 9_007_199_254_740_991]],
    ['integers whose difference is about 2^52', [-2_251_799_813_685_248, 2_251_799_813_685_247, -2_251_799_813_685_248]],
    ['decimals that need a later scale', [1, 0.5, 0.000001, 3]],
    ['values that share all but one bit', [1, 1 + Number.EPSILON, 1, 1 + 2 * Number.EPSILON]],
  ])('returns %s', (_, values) => {
    expectSame(same(values));
  });

  it('stores a decimal walk in under 2.5 bytes a sample and a constant weight in next to none', () => {
    let level = 5_000;
    const value = walk((index) => {
      level += ((index * 7_919) % 41) - 20;
      return level / 100;
    });
    const encoded = encodeBlock({ value, weight: new Float64Array(BLOCK_STEPS).fill(15) });
    expect(encoded.length / BLOCK_STEPS).toBeLessThan(2.5);
  });

  it('stores a rate, whole events over the seconds of a step, in under 3.5 bytes a sample', () => {
    const value = walk((index) => (10_000 + ((index * 7_919) % 997)) / 15);
    const encoded = encodeBlock({ value, weight: new Float64Array(BLOCK_STEPS).fill(15) });
    expect(encoded.length / BLOCK_STEPS).toBeLessThan(3.5);
    expectSame({ value, weight: walk((index) => (index * 3) / 60) });
  });

  it('never grows past the raw values and their bitmaps', () => {
    fc.assert(
      fc.property(columns(fc.double()), (block) => {
        expect(encodeBlock(block).length).toBeLessThanOrEqual(6 + 2 * (1 + Math.ceil(block.value.length / 8) + 8 * block.value.length));
      }),
    );
  });

  it('detects truncation at every length and every single flipped bit', () => {
    const encoded = encodeBlock({ value: walk((index) => (index % 9 === 0 ? Number.NaN : index / 3)), weight: walk((index) => index) });
    for (let length = 0; length < encoded.length; length += 1) {
      expect(decodeBlock(encoded.subarray(0, length))).toMatchObject({ ok: false, error: { code: 'BLOCK_DAMAGED' } });
    }
    for (let bit = 0; bit < encoded.length * 8; bit += 1) {
      const flipped = new Uint8Array(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeBlock(flipped)).toMatchObject({ ok: false, error: { code: 'BLOCK_DAMAGED' } });
    }
  });

  it('refuses to make a block of no steps or of unequal columns', () => {
    expect(() => encodeBlock(same([]))).toThrow(RangeError);
    expect(() => encodeBlock({ value: new Float64Array(2), weight: new Float64Array(3) })).toThrow(RangeError);
  });
});
