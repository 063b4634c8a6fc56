import { logGamma } from '../special-functions.ts';

/**
 * Tail probabilities as -log10 p: exact where counts are small, heavy where little is known. Pure numbers, no
 * allocation; used by the kernel.
 */

/** Bins of the empirical tail: log2 of |z|, three an octave from 1/4 to 64, for each direction. */
export const TAIL_BINS = 24;
const BINS_PER_OCTAVE = 3;
const LOWEST = -2;
const STEP = Math.LN2 / BINS_PER_OCTAVE;

/** Beyond this the closed form of the t tail loses its digits, and nobody needs to know more. */
const T_LIMIT = 60;

/** -log10 P(T > t) for Student's t with 6 degrees of freedom: residuals of real services have heavier tails than the normal. */
export const studentEvidence = (t: number): number => {
  const bounded = t > T_LIMIT ? T_LIMIT : t < -T_LIMIT ? -T_LIMIT : t;
  const x = bounded / Math.sqrt(6 + bounded * bounded);
  const rest = 1 - x * x;
  const tail = 0.5 - 0.5 * x * (1 + 0.5 * rest + 0.375 * rest * rest);
  return -Math.log10(tail);
};

/** Value of t above which the tail of `studentEvidence` is 0.3 %: half width of a drawn band, in scales. */
export const BAND_WIDTH = 4.1;

/**
 * -log10 P(K >= k) for a beta-binomial count of n events with prior Beta(mean * precision, (1 - mean) * precision).
 * Terms fall geometrically above the mode, so the sum is short; below the mean the answer is near 0.3 and not needed.
 */
export const betaBinomialEvidence = (k: number, n: number, mean: number, precision: number): number => {
  if (k <= n * mean) return 0.3;
  const a = mean * precision;
  const b = (1 - mean) * precision;
  const top = Math.min(k, n);
  const logFirst =
    logGamma(n + 1) -
    logGamma(top + 1) -
    logGamma(n - top + 1) +
    logGamma(a + top) +
    logGamma(b + n - top) -
    logGamma(a + b + n) -
    (logGamma(a) + logGamma(b) - logGamma(a + b));
  let term = 1;
  let sum = 1;
  for (let j = top; j < n && j < top + 500; j += 1) {
    term *= ((n - j) / (j + 1)) * ((a + j) / (b + n - j - 1));
    sum += term;
    if (!(term > 1e-9 * sum)) break;
  }
  const evidence = -(logFirst + Math.log(sum)) / Math.LN10;
  return evidence > 0 ? evidence : 0;
};

/**
 * log10 of the likelihood of `bad` among `events` when at least half of them go wrong, over that when the expected share
 * does (Wald's sequential test; summed with a floor of zero it is Page's). Each single event counts: of one or two events a
 * step the tail probabilities are large, and their sum forgets nearly all of it.
 */
export const likelihoodEvidence = (bad: number, events: number, expected: number): number => {
  const broken = 0.5 + 0.5 * expected;
  return bad * Math.log10(broken / expected) + (events - bad) * Math.log10((1 - broken) / (1 - expected));
};

/** No deviation of a count is stronger evidence than a pure Poisson count would give (Chernoff's bound), in -log10. */
export const poissonCeiling = (count: number, expected: number): number => {
  if (!(expected > 0)) return count > 0 ? Number.POSITIVE_INFINITY : 0;
  const divergence = expected - count + (count > 0 ? count * Math.log(count / expected) : 0);
  return divergence / Math.LN10 + 0.3;
};

export const tailBin = (magnitude: number): number => {
  if (!(magnitude > 0)) return 0;
  const bin = Math.floor((Math.log2(magnitude) - LOWEST) * BINS_PER_OCTAVE);
  return bin < 0 ? 0 : bin >= TAIL_BINS ? TAIL_BINS - 1 : bin;
};

/** Share of the history that is its tail, and residuals it takes at least. */
const TAIL_SHARE = 0.005;
const LEAST_TAIL = 4;
/** What is believed of a tail before it is seen: as many residuals whose logarithms lie so far beyond its beginning on average. */
const PRIOR_RESIDUALS = 2;
const PRIOR_EXCESS = 0.25;
const PRIOR_BINS = 1 / (Math.exp(STEP / PRIOR_EXCESS) - 1);

/**
 * -log10 of the share of its own history that lay as far out or farther, on this side. Beyond the seen range the logarithm
 * of the share goes on as a power of the size (a Weibull tail: Beirlant, Broniatowski, Teugels and Vynckier 1995): normal
 * and exponential tails are of that kind, where a power law would go on too heavy. Its exponent follows from the mean
 * excess of the logarithms (Hill 1975). A residual is only known to its bin, and most of a tail lies in its first bin: the
 * mean excess is that of an exponential of which whole bins were counted.
 */
export const empiricalEvidence = (bins: Float32Array, offset: number, total: number, magnitude: number): number => {
  const bin = tailBin(magnitude);
  const limit = Math.max(TAIL_SHARE * total, LEAST_TAIL);
  let count = 0;
  let start = TAIL_BINS;
  while (start > 0 && count + bins[offset + start - 1]! <= limit) {
    start -= 1;
    count += bins[offset + start]!;
  }
  if (bin >= start) {
    let whole = 0;
    for (let i = start; i < TAIL_BINS; i += 1) whole += bins[offset + i]! * (i - start);
    const excess = STEP / Math.log(1 + (count + PRIOR_RESIDUALS) / (whole + PRIOR_RESIDUALS * PRIOR_BINS));
    const beyond = Math.max(0, Math.log(magnitude) - (LOWEST * Math.LN2 + start * STEP));
    const atStart = -Math.log(Math.max(count, 0.5) / (total + 1));
    return (atStart * Math.exp(beyond / (excess * Math.max(atStart, 1)))) / Math.LN10;
  }
  let above = 0;
  for (let i = bin + 1; i < TAIL_BINS; i += 1) above += bins[offset + i]!;
  const evidence = -Math.log10((above + 0.5 * bins[offset + bin]! + 0.5) / (total + 1));
  return evidence > 0 ? evidence : 0;
};
