import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addNabTallies, NAB_PROFILES, nabRaw, nabRows, nabScore, nabTally, normalizeNab } from './nab.ts';
import { nabBestThreshold, nabSteps } from './nab-sweep.ts';
import type { RowRange } from './ranges.ts';

const [standard, lowFalsePositive, lowFalseNegative] = NAB_PROFILES as [
  (typeof NAB_PROFILES)[number],
  (typeof NAB_PROFILES)[number],
  (typeof NAB_PROFILES)[number],
];

const scaled = (position: number): number => (position >= 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1);

/** The benchmark told row by row, as its own program does it: window entered, left, and what follows it. */
const told = (rows: number, windows: readonly RowRange[], marked: ReadonlySet<number>, profile: (typeof NAB_PROFILES)[number]): number => {
  const probation = Math.min(Math.floor(0.15 * rows), 750);
  const parts = new Map<number, number>();
  let wrong = 0;
  for (let row = probation; row < rows; row += 1) {
    const inside = windows.findIndex(({ first, last }) => row >= first && row <= last);
    const window = windows[inside];
    if (window !== undefined) {
      const position = -(window.last - row + 1) / (window.last - window.first + 1);
      const worth = marked.has(row) ? (scaled(position) * profile.truePositive) / scaled(-1) : -profile.falseNegative;
      parts.set(inside, Math.max(parts.get(inside) ?? -profile.falseNegative, worth));
    } else if (marked.has(row)) {
      const past = windows.filter(({ last }) => last < row).at(-1);
      wrong += profile.falsePositive * (past === undefined ? -1 : scaled((row - past.last) / (past.last - past.first)));
    }
  }
  return [...parts.values()].reduce((sum, part) => sum + part, wrong);
};

const windowsOf = fc
  .uniqueArray(fc.integer({ min: 0, max: 399 }), { minLength: 2, maxLength: 8 })
  .map((edges) => [...edges].sort((a, b) => a - b))
  .map((edges) =>
    edges.flatMap((edge, i) =>
      i % 2 === 1 && edge - (edges[i - 1] as number) > 1 ? [{ first: edges[i - 1] as number, last: edge - 1 }] : [],
    ),
  )
  .filter((windows) => windows.every(({ first, last }) => last > first));

describe('a detector on the Numenta benchmark', () => {
  it('that marks the first row of every window and nothing else has 100, one that is silent 0, in every profile', () => {
    const nab = nabRows(1_000, [
      { first: 300, last: 399 },
      { first: 700, last: 720 },
    ]);
    for (const profile of NAB_PROFILES) {
      expect(nabScore(nabTally(nab, [300, 700]), profile)).toBeCloseTo(100, 10);
      expect(nabScore(nabTally(nab, []), profile)).toBe(0);
    }
  });

  it('earns 0.848 of 0.987 half-way through a window, and loses 0.11 far from any', () => {
    const nab = nabRows(1_000, [{ first: 200, last: 299 }]);
    expect(nabRaw(nabTally(nab, [250]), standard)).toBeCloseTo(0.84828 / 0.98661, 4);
    expect(nabRaw(nabTally(nab, [200, 900]), standard)).toBeCloseTo(1 - 0.11, 10);
    expect(nabRaw(nabTally(nab, [200, 900]), lowFalsePositive)).toBeCloseTo(1 - 0.22, 10);
    expect(nabRaw(nabTally(nab, []), lowFalseNegative)).toBe(-2);
  });

  it('is not asked about the first 15 % of a file, at most 750 rows', () => {
    expect(nabRows(1_000, []).probation).toBe(150);
    expect(nabRows(22_695, []).probation).toBe(750);
    const nab = nabRows(1_000, [{ first: 20, last: 100 }]);
    expect(nabTally(nab, [50, 149])).toMatchObject({ windows: 0, hits: 0, falseAlarms: 0, scoredRows: 850 });
  });

  it('is paid once for a window, by its earliest mark, however often it cries there', () => {
    const nab = nabRows(1_000, [{ first: 500, last: 599 }]);
    expect(nabTally(nab, [520, 540, 560]).earned).toBe(nabTally(nab, [520]).earned);
  });

  it('has the score that the benchmark told row by row gives, whatever the windows and marks', () => {
    fc.assert(
      fc.property(windowsOf, fc.uniqueArray(fc.integer({ min: 0, max: 399 }), { maxLength: 30 }), (windows, marks) => {
        for (const profile of NAB_PROFILES)
          expect(nabRaw(nabTally(nabRows(400, windows), marks), profile)).toBeCloseTo(told(400, windows, new Set(marks), profile), 9);
      }),
    );
  });

  it('swept over every threshold has the best that any one threshold reaches over all files together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(windowsOf, fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 400, maxLength: 400 })), {
          minLength: 1,
          maxLength: 3,
        }),
        (files) => {
          const rows = files.map(([windows, score]) => ({ nab: nabRows(400, windows), score: Float64Array.from(score) }));
          if (rows.reduce((sum, { nab }) => sum + nab.windows, 0) === 0) return;
          const best = nabBestThreshold(rows.map(({ nab, score }) => nabSteps(nab, score)));
          for (const [which, profile] of NAB_PROFILES.entries()) {
            const each = Array.from({ length: 13 }, (_, threshold) =>
              nabScore(
                addNabTallies(
                  rows.map(({ nab, score }) =>
                    nabTally(
                      nab,
                      [...score.keys()].filter((row) => (score[row] as number) >= threshold),
                    ),
                  ),
                ),
                profile,
              ),
            );
            expect(best[which]?.score).toBeCloseTo(Math.max(0, ...each), 9);
          }
        },
      ),
      { numRuns: 10 },
    );
  });

  it('is normalized so that the sum over files counts, not the mean of their scores', () => {
    expect(normalizeNab(-78, 78, standard)).toBe(0);
    expect(normalizeNab(78, 78, standard)).toBe(100);
    expect(normalizeNab(0, 10, lowFalseNegative)).toBeCloseTo(66.67, 2);
  });
});
