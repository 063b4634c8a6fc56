import { exponential, gaussian, type Random, seededRandom } from '../../core/random.ts';

export interface SyntheticLoadOptions {
  readonly seed: number;
  readonly days: number;
  readonly stepsPerDay: number;
  /** Length of a step in seconds: what the counting noise of a step depends on. */
  readonly stepSeconds: number;
  /** An unforeseen rise on the last day. */
  readonly surge?: { readonly atPhase: number; readonly durationPhase: number; readonly factor: number };
}

/** Requests a second of a payment service over one day; between two points half a cosine. The morning is a seventh of the day. */
const DAY: readonly (readonly [phase: number, rate: number])[] = [
  [0, 8],
  [0.25, 8],
  [0.39, 52],
  [0.46, 46],
  [0.53, 60],
  [0.6, 46],
  [0.74, 48],
  [0.92, 10],
  [1, 8],
];

const DAY_SIGMA = 0.06;
const DRIFT_SIGMA = 0.04;
const DRIFTS_A_DAY = 24;

const rateAt = (phase: number): number => {
  for (let index = 1; index < DAY.length; index += 1) {
    const [from, low] = DAY[index - 1] as readonly [number, number];
    const [to, high] = DAY[index] as readonly [number, number];
    if (phase <= to) return low + ((high - low) * (1 - Math.cos((Math.PI * (phase - from)) / (to - from)))) / 2;
  }
  return (DAY[0] as readonly [number, number])[1];
};

const poisson = (random: Random, mean: number): number => {
  let count = 0;
  for (let at = exponential(random, 1); at <= mean; at += exponential(random, 1)) count += 1;
  return count;
};

/**
 * Load of a few days, requests a second for every step: the same shape every day, a level and a drift of each day's
 * own, Poisson arrivals, and one surge that nothing announces. The same seed gives the same load.
 */
export const syntheticLoad = (options: SyntheticLoadOptions): Float64Array => {
  const { days, stepsPerDay, stepSeconds, surge } = options;
  const random = seededRandom(options.seed);
  const load = new Float64Array(days * stepsPerDay);
  let drift = DRIFT_SIGMA * gaussian(random);
  for (let day = 0; day < days; day += 1) {
    const level = DAY_SIGMA * gaussian(random);
    let next = DRIFT_SIGMA * gaussian(random);
    for (let step = 0; step < stepsPerDay; step += 1) {
      const phase = step / stepsPerDay;
      const within = (phase * DRIFTS_A_DAY) % 1;
      if (step > 0 && within < DRIFTS_A_DAY / stepsPerDay) {
        drift = next;
        next = DRIFT_SIGMA * gaussian(random);
      }
      const surging =
        surge !== undefined && day === days - 1 && phase >= surge.atPhase && phase < surge.atPhase + surge.durationPhase ? surge.factor : 1;
      const rate = rateAt(phase) * Math.exp(level + drift + (next - drift) * within) * surging;
      load[day * stepsPerDay + step] = poisson(random, rate * stepSeconds) / stepSeconds;
    }
    drift = next;
  }
  return load;
};
