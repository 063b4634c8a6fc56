import type { Random } from '../../core/random.ts';
import { averagePath, type Forest, growTree, nodesOf, pathOf } from './kernel.ts';

export interface ForestOptions {
  readonly trees?: number;
  /** Rows a tree sees. 256 is the paper's; correlated dimensions gain from more. */
  readonly subsample?: number;
}

export const DEFAULT_TREES = 100;
export const DEFAULT_SUBSAMPLE = 256;
/** So that a node's number fits into 16 bits. */
const SUBSAMPLE_AT_MOST = 32_767;

/**
 * Fits rows (row by row, `dimensions` values each, all finite). Pure: the same rows and random numbers give the same forest.
 * Splits are kept in single precision: hand in values around zero, as residuals are; a spread of 1 at 1,000,000 is too coarse.
 */
export const fitForest = (rows: Float64Array, dimensions: number, random: Random, options: ForestOptions = {}): Forest => {
  const count = Math.floor(rows.length / dimensions);
  if (!(dimensions >= 1) || count < 2) throw new RangeError(`isolation forest: ${count} rows of ${dimensions} dimensions cannot be split`);
  const trees = options.trees ?? DEFAULT_TREES;
  const subsample = Math.min(options.subsample ?? DEFAULT_SUBSAMPLE, count, SUBSAMPLE_AT_MOST);
  const grown = nodesOf(trees * 2 * subsample);
  const root = new Int32Array(trees);
  let nodes = 0;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const seen = new Uint8Array(trees * count);
  for (let tree = 0; tree < trees; tree += 1) {
    // A fresh sample without replacement: the first steps of a Fisher-Yates shuffle.
    for (let i = 0; i < subsample; i += 1) {
      const j = i + Math.floor(random() * (count - i));
      const swapped = order[i] as number;
      order[i] = order[j] as number;
      order[j] = swapped;
      seen[tree * count + (order[i] as number)] = 1;
    }
    root[tree] = nodes;
    nodes += growTree(grown, nodes, rows, dimensions, order.slice(0, subsample), random);
  }
  const forest = {
    dimensions,
    trees,
    subsample,
    root,
    average: Float64Array.from({ length: subsample + 1 }, (_, size) => averagePath(size)),
    dimension: grown.dimension.slice(0, nodes),
    threshold: grown.threshold.slice(0, nodes),
    lower: grown.lower.slice(0, nodes),
    size: grown.size.slice(0, nodes),
  };
  return { ...forest, calibration: calibrate(forest, rows, count, seen) };
};

/**
 * What the score would be for rows the forest has not seen: each row is scored by the trees that left it out. A row
 * every tree saw (a history as short as the subsample) is scored by all of them.
 */
const calibrate = (forest: Omit<Forest, 'calibration'>, rows: Float64Array, count: number, seen: Uint8Array): Float64Array => {
  const scores = new Float64Array(count);
  const normal = forest.average[forest.subsample] as number;
  for (let row = 0; row < count; row += 1) {
    let outside = 0;
    let outsideCount = 0;
    let all = 0;
    for (let tree = 0; tree < forest.trees; tree += 1) {
      const path = pathOf(forest, tree, rows, row * forest.dimensions);
      all += path;
      if (seen[tree * count + row] === 0) {
        outside += path;
        outsideCount += 1;
      }
    }
    const path = outsideCount > 0 ? outside / outsideCount : all / forest.trees;
    scores[row] = Math.exp((-Math.LN2 * path) / normal);
  }
  return scores.sort();
};

/** Beyond this quantile of the calibration scores an exponential tail goes on. */
const TAIL_FROM = 0.95;

/** Chance of a score at least this high if nothing were wrong: the conformal rank, continued by an exponential tail. */
export const pValueOf = (forest: Forest, score: number): number => {
  const { calibration } = forest;
  const n = calibration.length;
  const start = Math.min(n - 1, Math.floor(TAIL_FROM * n));
  const edge = calibration[start] as number;
  if (score > edge && n - start > 1) {
    let excess = 0;
    for (let i = start; i < n; i += 1) excess += (calibration[i] as number) - edge;
    const mean = Math.max(1e-6, excess / (n - start - 1));
    return Math.max(1e-12, ((n - start) / (n + 1)) * Math.exp(-(score - edge) / mean));
  }
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((calibration[middle] as number) < score) low = middle + 1;
    else high = middle;
  }
  return (n - low + 1) / (n + 1);
};
