import { areaAtBuffer, levelsOf, type VolumeState } from './kernel.ts';
import { runsOf } from './ranges.ts';

/** A row without a score ranks last. */
const ranked = (score: Float64Array): Float64Array => score.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value));

/** Average precision: sum over thresholds of the gain in recall times precision. NaN without a labeled row. */
export const areaUnderPrecisionRecall = (labels: Uint8Array, score: Float64Array): number => {
  const value = ranked(score);
  const order = Uint32Array.from(value, (_, row) => row).sort((a, b) => (value[b] as number) - (value[a] as number));
  let positives = 0;
  for (const label of labels) positives += label;
  if (positives === 0) return Number.NaN;
  let hits = 0;
  let before = 0;
  let area = 0;
  for (let place = 0; place < order.length; place += 1) {
    const row = order[place] as number;
    hits += labels[row] as number;
    const next = order[place + 1];
    if (next !== undefined && value[next] === value[row]) continue;
    area += ((hits - before) / positives) * (hits / (place + 1));
    before = hits;
  }
  return area;
};

/** Thresholds at which the curve is drawn: evenly spaced ranks, as in TSB-AD. */
const THRESHOLDS = 250;

/** Rows at THRESHOLDS evenly spaced ranks of the falling scores. */
const thresholdsOf = (value: Float64Array): Float64Array => {
  const rising = value.slice().sort();
  const step = (value.length - 1) / (THRESHOLDS - 1);
  return Float64Array.from({ length: THRESHOLDS }, (_, k) => {
    const rank = k === THRESHOLDS - 1 ? value.length - 1 : Math.floor(k * step);
    return rising[value.length - 1 - rank] as number;
  });
};

/**
 * VUS-PR (Paparrizos et al., PVLDB 2022) as TSB-AD computes it (TSB_AD/evaluation/basic_metrics.py, RangeAUC_volume_opt):
 * the mean over buffers of 0 to `longest` rows around the events of the area under range-based precision and recall.
 * NaN without an event.
 */
export const volumeUnderPrecisionRecall = (labels: Uint8Array, score: Float64Array, longest: number): number => {
  const events = runsOf(labels);
  const rows = score.length;
  if (events.length === 0) return Number.NaN;
  const value = ranked(score);
  const levels = new Uint16Array(rows);
  const marked = new Float64Array(THRESHOLDS);
  levelsOf(value, thresholdsOf(value), levels, marked);
  const markedInside = new Float64Array(THRESHOLDS);
  const eventLevel = new Uint16Array(events.length).fill(THRESHOLDS - 1);
  let insideRows = 0;
  for (const [place, { first, last }] of events.entries()) {
    for (let row = first; row <= last; row += 1) {
      const level = levels[row] as number;
      markedInside[level] = (markedInside[level] as number) + 1;
      eventLevel[place] = Math.min(eventLevel[place] as number, level);
    }
    insideRows += last - first + 1;
  }
  for (let k = 1; k < THRESHOLDS; k += 1) markedInside[k] = (markedInside[k] as number) + (markedInside[k - 1] as number);
  const state: VolumeState = {
    events,
    inEvent: labels,
    levels,
    marked,
    markedInside,
    insideRows,
    weight: new Float64Array(rows),
    buffered: new Float64Array(THRESHOLDS),
    reached: new Float64Array(THRESHOLDS),
    eventLevel,
  };
  let volume = 0;
  for (let buffer = 0; buffer <= longest; buffer += 1) volume += areaAtBuffer(state, buffer);
  return volume / (longest + 1);
};

const LAGS = 400;
const ROWS_READ = 20_000;
const SHORTEST = 3;
const LONGEST = 300;
const WITHOUT_PERIOD = 125;

/**
 * Longest buffer of a series, by TSB-AD's rule (TSB_AD/utils/slidingWindows.py, find_length_rank): the lag of the highest
 * local maximum of the autocorrelation among lags 3 to 400 of the first 20,000 values; 125 where that finds nothing to use.
 */
export const bufferLengthOf = (values: Float64Array): number => {
  const present = values.filter((value) => !Number.isNaN(value)).subarray(0, ROWS_READ);
  let mean = 0;
  for (const value of present) mean += value / present.length;
  const lags = Math.min(LAGS, present.length - 1);
  const correlation = new Float64Array(Math.max(0, lags + 1));
  for (let lag = 0; lag <= lags; lag += 1) {
    let sum = 0;
    for (let row = lag; row < present.length; row += 1) sum += ((present[row] as number) - mean) * ((present[row - lag] as number) - mean);
    correlation[lag] = sum;
  }
  let best = -1;
  for (let lag = SHORTEST + 1; lag < lags; lag += 1) {
    const here = correlation[lag] as number;
    const isPeak = here > (correlation[lag - 1] as number) && here > (correlation[lag + 1] as number);
    if (isPeak && (best < 0 || here >= (correlation[best] as number))) best = lag;
  }
  const found = best - SHORTEST;
  return best < 0 || found < SHORTEST || found > LONGEST ? WITHOUT_PERIOD : best;
};
