import { quantileSorted } from '../../../core/math.ts';
import { type Random, seededRandom } from '../../../core/random.ts';

export interface Estimate {
  readonly value: number;
  /** Ends of the 95 % percentile interval; NaN where one series says nothing of others. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;
const SEED = 20_260_101;
const LOW = 0.025;
const HIGH = 0.975;

const resample = <Item>(items: readonly Item[], random: Random): readonly Item[] =>
  items.map(() => items[Math.floor(random() * items.length)] as Item);

/**
 * `figure` of all items, and its percentile interval when whole items (series) are drawn anew with replacement: rows of one
 * series say the same thing many times and would make the interval far too narrow.
 */
export const bootstrap = <Item>(items: readonly Item[], figure: (items: readonly Item[]) => number, resamples = RESAMPLES): Estimate => {
  const value = figure(items);
  if (items.length < 2 || Number.isNaN(value)) return { value, low: Number.NaN, high: Number.NaN };
  const random = seededRandom(SEED);
  const drawn = Float64Array.from({ length: resamples }, () => figure(resample(items, random)))
    .filter((one) => !Number.isNaN(one))
    .sort();
  return { value, low: quantileSorted(drawn, LOW), high: quantileSorted(drawn, HIGH) };
};
