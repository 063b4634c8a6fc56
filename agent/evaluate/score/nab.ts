import type { RowRange } from './ranges.ts';

/**
 * The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015; nab/sweeper.py and config/profiles.json of
 * numenta/NAB). Parts that do not depend on the profile are kept apart, so that one pass serves all three.
 */
export interface NabProfile {
  readonly name: 'standard' | 'low-FP' | 'low-FN';
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

export const NAB_PROFILES: readonly NabProfile[] = [
  { name: 'standard', truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  { name: 'low-FP', truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  { name: 'low-FN', truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
];

const PROBATION_SHARE = 0.15;
const PROBATION_ROWS_AT_MOST = 750;
const FAR_BEHIND = 3;

/** The first rows of a file, in which nothing counts. */
export const nabProbation = (rows: number): number => Math.min(Math.floor(PROBATION_SHARE * rows), PROBATION_ROWS_AT_MOST);

const sigmoidScore = (position: number): number => (position >= FAR_BEHIND ? -1 : 2 / (1 + Math.exp(5 * position)) - 1);

const AT_LEFT_EDGE = sigmoidScore(-1);

/** What each row would earn as a detection: 0 to 1 inside a window, 0 to -1 outside, by the distance past the last window. */
export interface NabRows {
  readonly worth: Float64Array;
  /** Place of the row's window in the list given, -1 outside. */
  readonly window: Int32Array;
  readonly probation: number;
  /** Windows of which at least one row counts. */
  readonly windows: number;
}

export const nabRows = (rows: number, windows: readonly RowRange[]): NabRows => {
  const worth = new Float64Array(rows).fill(-1);
  const window = new Int32Array(rows).fill(-1);
  for (const [place, { first, last }] of windows.entries()) {
    const width = last - first + 1;
    for (let row = first; row <= last; row += 1) {
      worth[row] = sigmoidScore(-(last - row + 1) / width) / AT_LEFT_EDGE;
      window[row] = place;
    }
    const next = windows[place + 1]?.first ?? rows;
    for (let row = last + 1; row < next; row += 1) worth[row] = width === 1 ? -1 : sigmoidScore((row - last) / (width - 1));
  }
  const probation = nabProbation(rows);
  return { worth, window, probation, windows: windows.filter(({ last }) => last >= probation).length };
};

export interface NabTally {
  readonly windows: number;
  readonly hits: number;
  /** Sum over windows of what the earliest counted detection in each is worth. */
  readonly earned: number;
  readonly falseAlarms: number;
  /** Sum of what false detections are worth, at most 0. */
  readonly lost: number;
  readonly scoredRows: number;
}

/** `detections` are rows, each a detection of its own: give rising edges, not every row of an open alert. */
export const nabTally = (nab: NabRows, detections: readonly number[]): NabTally => {
  const best = new Map<number, number>();
  let falseAlarms = 0;
  let lost = 0;
  for (const row of detections) {
    if (row < nab.probation) continue;
    const window = nab.window[row] as number;
    const worth = nab.worth[row] as number;
    if (window >= 0) best.set(window, Math.max(best.get(window) ?? Number.NEGATIVE_INFINITY, worth));
    else {
      falseAlarms += 1;
      lost += worth;
    }
  }
  let earned = 0;
  for (const worth of best.values()) earned += worth;
  return { windows: nab.windows, hits: best.size, earned, falseAlarms, lost, scoredRows: nab.worth.length - nab.probation };
};

export const addNabTallies = (tallies: readonly NabTally[]): NabTally =>
  tallies.reduce(
    (sum, one) => ({
      windows: sum.windows + one.windows,
      hits: sum.hits + one.hits,
      earned: sum.earned + one.earned,
      falseAlarms: sum.falseAlarms + one.falseAlarms,
      lost: sum.lost + one.lost,
      scoredRows: sum.scoredRows + one.scoredRows,
    }),
    { windows: 0, hits: 0, earned: 0, falseAlarms: 0, lost: 0, scoredRows: 0 },
  );

export const nabRaw = (tally: NabTally, profile: NabProfile): number =>
  profile.truePositive * tally.earned + profile.falsePositive * tally.lost - profile.falseNegative * (tally.windows - tally.hits);

/** 0 for a detector that says nothing, 100 for one that marks the first row of every window and nothing else. */
export const normalizeNab = (raw: number, windows: number, profile: NabProfile): number => {
  const silent = -profile.falseNegative * windows;
  return (100 * (raw - silent)) / (profile.truePositive * windows - silent);
};

export const nabScore = (tally: NabTally, profile: NabProfile): number => normalizeNab(nabRaw(tally, profile), tally.windows, profile);
