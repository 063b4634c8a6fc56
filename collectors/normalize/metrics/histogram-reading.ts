/** Increase of a histogram between two points; a histogram of durations is in seconds. */
export interface HistogramIncrease {
  readonly count: number;
  /** NaN when the sender gives no sum. */
  readonly sum: number;
  readonly bounds: Float64Array;
  /** One more than bounds; empty when the sender gives none. */
  readonly buckets: Float64Array;
}

const sameBounds = (a: Float64Array, b: Float64Array): boolean => a.length === b.length && a.every((bound, i) => bound === b[i]);

/**
 * The buckets laid over other bounds, or undefined where a bucket that counts something does not lie within one of
 * theirs. Buckets of an exponential histogram do as it grows by new extremes, or halves its resolution.
 */
const layOver = ({ bounds, buckets }: MergedBuckets, onto: Float64Array): Float64Array | undefined => {
  const laid = new Float64Array(onto.length + 1);
  let at = 0;
  for (let i = 0; i < buckets.length; i++) {
    const upper = i < bounds.length ? (bounds[i] as number) : Number.POSITIVE_INFINITY;
    const lower = i === 0 ? Number.NEGATIVE_INFINITY : (bounds[i - 1] as number);
    while (at < onto.length && (onto[at] as number) < upper) at += 1;
    if (buckets[i] === 0) continue;
    if (at > 0 && (onto[at - 1] as number) > lower) return undefined;
    laid[at] = (laid[at] as number) + (buckets[i] as number);
  }
  return laid;
};

/** New bounds under a running counter that split a bucket cannot be compared bucket by bucket: then only count and sum are. */
export const histogramDifference = (now: HistogramIncrease, before: HistogramIncrease): HistogramIncrease => {
  const known = sameBounds(now.bounds, before.bounds) ? before.buckets : layOver(before, now.bounds);
  const comparable = known !== undefined && known.length === now.buckets.length;
  return {
    count: now.count - before.count,
    sum: now.sum - before.sum,
    bounds: comparable ? now.bounds : new Float64Array(0),
    buckets: comparable ? now.buckets.map((bucket, i) => Math.max(0, bucket - (known[i] as number))) : new Float64Array(0),
  };
};

/** Geometric middle of a bucket; the outer ones end half an octave beyond their only bound. */
const middle = (bounds: Float64Array, bucket: number): number => {
  const last = bounds.length - 1;
  if (bucket > last) return (bounds[last] as number) * Math.SQRT2;
  const upper = bounds[bucket] as number;
  const lower = bucket === 0 ? 0 : (bounds[bucket - 1] as number);
  return lower > 0 ? Math.sqrt(lower * upper) : upper * Math.SQRT1_2;
};

const FLOOR_SECONDS = 1e-6;

/**
 * Sum of ln(seconds) over the events of an increase. The events of a bucket are taken to lie at its geometric middle;
 * then all middles are scaled by one factor so that their mean agrees with sum / count. So a shift inside a bucket,
 * which the buckets alone hide, shows.
 */
export const sumOfLogs = (increase: HistogramIncrease): number => {
  const { count, sum, bounds, buckets } = increase;
  const mean = sum > 0 ? sum / count : Number.NaN;
  if (bounds.length === 0 || buckets.length === 0) return count * Math.log(Math.max(mean, FLOOR_SECONDS));
  let logs = 0;
  let linear = 0;
  let events = 0;
  for (let i = 0; i < buckets.length; i++) {
    const bucket = buckets[i] as number;
    if (bucket === 0) continue;
    const at = Math.max(middle(bounds, i), FLOOR_SECONDS);
    logs += bucket * Math.log(at);
    linear += bucket * at;
    events += bucket;
  }
  if (events === 0) return Number.NaN;
  const correction = mean > 0 ? Math.log(Math.max(mean, FLOOR_SECONDS) / (linear / events)) : 0;
  return count * (logs / events + correction);
};

/** Events above a threshold, linear inside the bucket that contains it. */
export const countAbove = (increase: HistogramIncrease, threshold: number): number => {
  const { bounds, buckets } = increase;
  let above = 0;
  for (let i = 0; i < buckets.length; i++) {
    const lower = i === 0 ? 0 : (bounds[i - 1] as number);
    const upper = i < bounds.length ? (bounds[i] as number) : Number.POSITIVE_INFINITY;
    if (threshold <= lower) above += buckets[i] as number;
    else if (threshold < upper && Number.isFinite(upper)) above += ((buckets[i] as number) * (upper - threshold)) / (upper - lower);
  }
  return above;
};

/** Buckets of several streams under one set of bounds. */
export interface MergedBuckets {
  readonly bounds: Float64Array;
  readonly buckets: Float64Array;
}

const bucketOf = (bounds: Float64Array, value: number): number => {
  const at = bounds.findIndex((bound) => value <= bound);
  return at < 0 ? bounds.length : at;
};

/** More bounds than any two histograms of one service have together. */
const MOST_BOUNDS = 1_024;

/** Both under all bounds of both, where that splits no bucket that counts something. */
const mergeExactly = (merged: MergedBuckets, increase: MergedBuckets): MergedBuckets | undefined => {
  const bounds = Float64Array.from(new Set([...merged.bounds, ...increase.bounds])).sort();
  if (bounds.length > MOST_BOUNDS) return undefined;
  const ours = layOver(merged, bounds);
  const theirs = layOver(increase, bounds);
  return ours === undefined || theirs === undefined
    ? undefined
    : { bounds, buckets: ours.map((bucket, i) => bucket + (theirs[i] as number)) };
};

/** Adds an increase; a stream whose bounds split buckets of the first is laid over them by bucket middles. */
export const mergeBuckets = (merged: MergedBuckets | undefined, increase: MergedBuckets): MergedBuckets | undefined => {
  if (increase.buckets.length === 0 || increase.bounds.length === 0) return merged;
  const { bounds } = increase;
  if (merged === undefined) return { bounds, buckets: increase.buckets.slice() };
  const direct = sameBounds(merged.bounds, bounds);
  const exact = direct ? undefined : mergeExactly(merged, increase);
  if (exact !== undefined) return exact;
  for (let i = 0; i < increase.buckets.length; i++) {
    const at = direct ? i : bucketOf(merged.bounds, middle(bounds, i));
    merged.buckets[at] = (merged.buckets[at] as number) + (increase.buckets[i] as number);
  }
  return merged;
};

/** Linear inside the bucket and the last bound above it, as Prometheus' histogram_quantile; NaN without events. */
export const bucketQuantile = (merged: MergedBuckets, q: number): number => {
  const total = merged.buckets.reduce((sum, bucket) => sum + bucket, 0);
  if (total === 0) return Number.NaN;
  const rank = q * total;
  let below = 0;
  for (let i = 0; i < merged.bounds.length; i++) {
    const bucket = merged.buckets[i] as number;
    if (bucket > 0 && below + bucket >= rank) {
      const lower = i === 0 ? 0 : (merged.bounds[i - 1] as number);
      return lower + ((merged.bounds[i] as number) - lower) * ((rank - below) / bucket);
    }
    below += bucket;
  }
  return merged.bounds[merged.bounds.length - 1] as number;
};
