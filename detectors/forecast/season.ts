import { DAY_MS, HOUR_MS, type TimeScale } from '../../core/time.ts';

/** Periods people live by, as parts of a day, shortest first. */
const CALENDAR_HOURS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 24, 168];
/** A season must explain at least this much of the variation, and stand this far above the valley before it. */
const LEAST_CORRELATION = 0.3;
const LEAST_PROMINENCE = 0.15;
/** Of two seasons nearly as good the shorter one is taken: it is visited more often. */
const INDIFFERENCE = 0.05;
/** A season in use is left only for one that is clearly better: every change starts the learning anew. */
const LOYALTY = 0.2;

/** Correlation of the values with themselves `lag` steps earlier, over the pairs that are both present; NaN below 8 pairs. */
const autocorrelation = (values: ArrayLike<number>, lag: number): number => {
  let n = 0;
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let i = lag; i < values.length; i += 1) {
    const a = values[i] as number;
    const b = values[i - lag] as number;
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    n += 1;
    sumA += a;
    sumB += b;
    sumAA += a * a;
    sumBB += b * b;
    sumAB += a * b;
  }
  if (n < 8) return Number.NaN;
  const varianceA = sumAA - (sumA * sumA) / n;
  const varianceB = sumBB - (sumB * sumB) / n;
  const scale = Math.sqrt(varianceA * varianceB);
  return scale > 1e-9 * (sumAA + sumBB) ? (sumAB - (sumA * sumB) / n) / scale : 0;
};

/** Whole periods that must be seen. Parts of a day are cheap to wait for; a week is confirmed by one repetition and a day. */
const leastPeriods = (hours: number): number => {
  if (hours < 24) return 4;
  return hours === 24 ? 2 : 8 / 7;
};

/**
 * How far a correlation over so many pairs strays by chance, two standard errors (Bartlett 1946): a ramp that is seen
 * for twenty steps resembles anything.
 */
const chance = (pairs: number): number => 2 / Math.sqrt(Math.max(1, pairs));

/**
 * Correlation of a load with itself one season earlier, when that is more than a smooth load resembling itself a
 * moment ago: clearly better than at shorter lags, and again at twice the lag where the history reaches so far.
 * Undefined when the season is not confirmed.
 */
const confirmedCorrelation = (roots: ArrayLike<number>, lag: number): number | undefined => {
  const correlation = autocorrelation(roots, lag);
  if (!(correlation >= LEAST_CORRELATION)) return undefined;
  let valley = correlation;
  for (let part = 1; part < 12; part += 1) {
    const between = autocorrelation(roots, Math.max(1, Math.round((lag * part) / 12)));
    if (between < valley) valley = between;
  }
  if (correlation - valley < Math.max(LEAST_PROMINENCE, chance(roots.length - lag))) return undefined;
  if (3 * lag <= roots.length && !(autocorrelation(roots, 2 * lag) >= 0.5 * correlation)) return undefined;
  return correlation;
};

/**
 * Length of the season of a load in steps, 0 when it has none. Candidates are fractions and multiples of the scale's
 * day. Values are one a step, NaN where absent; `current` is the season in use, if any: it is left only for one that is
 * clearly better, as long as the history still confirms it. The square root keeps single bursts from deciding.
 */
export const discoverSeason = (values: ArrayLike<number>, scale: TimeScale, current = 0): number => {
  const roots = Float64Array.from(values, (value) => (value >= 0 ? Math.sqrt(value) : Number.NaN));
  const inUse = current > 0 ? confirmedCorrelation(roots, current) : undefined;
  const needed = inUse === undefined ? 0 : inUse + LOYALTY;
  let best = 0;
  let bestCorrelation = 0;
  for (const hours of CALENDAR_HOURS) {
    const lag = Math.round((((hours * HOUR_MS) / DAY_MS) * scale.dayLengthMs) / scale.stepMs);
    if (lag < 8 || roots.length < leastPeriods(hours) * lag) continue;
    const correlation = confirmedCorrelation(roots, lag);
    if (correlation === undefined || correlation < needed) continue;
    if (best === 0 || correlation > bestCorrelation + INDIFFERENCE) {
      best = lag;
      bestCorrelation = correlation;
    }
  }
  return best;
};
