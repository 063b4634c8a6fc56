import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaUnderPrecisionRecall, bufferLengthOf, volumeUnderPrecisionRecall } from './precision-recall.ts';
import { flagsOf, type RowRange, runsOf } from './ranges.ts';

/** TSB-AD's computation with whole arrays a buffer and a threshold: far too slow for real series, and nothing in common with the kernel. */
const slowVolume = (labels: Uint8Array, score: Float64Array, longest: number): number => {
  const rows = labels.length;
  const events = runsOf(labels);
  const falling = [...score].sort((a, b) => b - a);
  const ranks = Array.from({ length: 250 }, (_, k) => (k === 249 ? rows - 1 : Math.floor(k * ((rows - 1) / 249))));
  let volume = 0;
  for (let buffer = 0; buffer <= longest; buffer += 1) {
    const half = Math.floor(buffer / 2);
    const weight = [...labels].map(Number);
    const segments: RowRange[] = [];
    for (const { first, last } of events) {
      for (let row = 0; row < rows; row += 1) {
        if (row > last && row <= last + half) weight[row] = (weight[row] as number) + Math.sqrt(1 - (row - last) / buffer);
        if (row < first && row >= first - half) weight[row] = (weight[row] as number) + Math.sqrt(1 - (first - row) / buffer);
      }
      const before = segments.at(-1);
      if (before !== undefined && before.last >= first - half) segments[segments.length - 1] = { first: before.first, last: last + half };
      else segments.push({ first: first - half, last: last + half });
    }
    const extended = weight.map((one) => Math.min(1, one));
    let area = 0;
    let recallBefore = 0;
    for (const rank of ranks) {
      const marked = [...score].map((value) => value >= (falling[rank] as number));
      const kept = extended.map((one, row) => (labels[row] === 1 ? 1 : marked[row] ? one : 0));
      const hit = kept.reduce((sum, one, row) => sum + (marked[row] ? one : 0), 0);
      const positives = (labels.reduce((sum, one) => sum + one, 0) + kept.reduce((sum, one) => sum + one, 0)) / 2;
      const found = segments.filter(({ first, last }) => marked.some((on, row) => on && row >= first && row <= last)).length;
      const recall = Math.min(1, hit / positives) * (found / segments.length);
      area += (recall - recallBefore) * (hit / marked.filter(Boolean).length);
      recallBefore = recall;
    }
    volume += area;
  }
  return volume / (longest + 1);
};

const cases = fc.record({
  rows: fc.integer({ min: 20, max: 60 }),
  edges: fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 0, max: 12 })), { minLength: 1, maxLength: 4 }),
  score: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 60, maxLength: 60 }),
  longest: fc.integer({ min: 0, max: 12 }),
});

describe('VUS-PR', () => {
  it('is what TSB-AD computes with whole arrays: events at the edges, touching buffers, ties and all', () => {
    fc.assert(
      fc.property(cases, ({ rows, edges, score, longest }) => {
        const labels = flagsOf(
          edges.map(([first, length]) => ({ first: first % rows, last: Math.min(rows - 1, (first % rows) + length) })),
          rows,
        );
        const values = Float64Array.from(score.slice(0, rows));
        expect(volumeUnderPrecisionRecall(labels, values, longest)).toBeCloseTo(slowVolume(labels, values, longest), 9);
      }),
      { numRuns: 12 },
    );
  });

  it('is unknown without an event, and puts rows without a score last', () => {
    expect(volumeUnderPrecisionRecall(new Uint8Array(50), new Float64Array(50), 10)).toBeNaN();
    const labels = flagsOf([{ first: 30, last: 39 }], 400);
    const known = Float64Array.from({ length: 400 }, (_, row) => (row >= 30 && row < 40 ? 5 : row < 200 ? 1 : -100));
    const unknown = known.map((value) => (value === -100 ? Number.NaN : value));
    expect(volumeUnderPrecisionRecall(labels, unknown, 20)).toBe(volumeUnderPrecisionRecall(labels, known, 20));
  });

  it('without a buffer is near the plain area when every row has its threshold', () => {
    const labels = flagsOf([{ first: 100, last: 120 }], 250);
    const score = Float64Array.from({ length: 250 }, (_, row) => Math.sin(row * 12.9898) + (labels[row] as number));
    const plain = areaUnderPrecisionRecall(labels, score);
    expect(volumeUnderPrecisionRecall(labels, score, 0)).toBeGreaterThan(0.5 * plain);
  });
});

describe('the area under precision and recall', () => {
  it('is one for a perfect ranking, the share of labeled rows for one that knows nothing, and agrees with a count by hand', () => {
    const labels = Uint8Array.from([0, 0, 1, 1]);
    expect(areaUnderPrecisionRecall(labels, Float64Array.from([0.1, 0.2, 0.8, 0.9]))).toBe(1);
    expect(areaUnderPrecisionRecall(labels, Float64Array.from([1, 1, 1, 1]))).toBe(0.5);
    // Ranks 1 and 3 of 4 are labeled: 1/2 * 1 + 1/2 * 2/3.
    expect(areaUnderPrecisionRecall(labels, Float64Array.from([0.1, 0.4, 0.35, 0.8]))).toBeCloseTo(0.8333, 4);
  });
});

describe('the longest buffer', () => {
  it('is the period where there is one, and 125 rows where there is none', () => {
    expect(bufferLengthOf(Float64Array.from({ length: 3_000 }, (_, row) => Math.sin((2 * Math.PI * row) / 96)))).toBe(96);
    expect(bufferLengthOf(new Float64Array(500).fill(3))).toBe(125);
    expect(bufferLengthOf(Float64Array.from({ length: 3_000 }, (_, row) => Math.sin((2 * Math.PI * row) / 380)))).toBe(125);
    expect(bufferLengthOf(Float64Array.from([1]))).toBe(125);
  });
});
