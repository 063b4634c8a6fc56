import { quantileSorted } from '../../../core/math.ts';

/** Values of one series as rows of its last `width` values, standardized by a part of its history. */
export interface Embedding {
  readonly width: number;
  readonly mean: number;
  readonly deviation: number;
}

const TINY = 1e-9;

/** Absent values repeat the last present one: vectors have no holes. */
export const filled = (values: Float64Array): Float64Array => {
  const whole = values.slice();
  let last = values.find((value) => !Number.isNaN(value)) ?? 0;
  for (let row = 0; row < whole.length; row += 1) {
    if (Number.isNaN(whole[row] as number)) whole[row] = last;
    last = whole[row] as number;
  }
  return whole;
};

export const embeddingOf = (values: Float64Array, until: number, width: number): Embedding => {
  let mean = 0;
  for (let row = 0; row < until; row += 1) mean += (values[row] as number) / until;
  let square = 0;
  for (let row = 0; row < until; row += 1) square += ((values[row] as number) - mean) * ((values[row] as number) - mean);
  return { width, mean, deviation: Math.sqrt(square / Math.max(1, until)) + TINY };
};

/** The vector that ends at `row`, to `to` from `at`; before the beginning stands the first value. */
export const embed = (values: Float64Array, row: number, { width, mean, deviation }: Embedding, to: Float64Array, at: number): void => {
  for (let back = 0; back < width; back += 1) to[at + back] = ((values[Math.max(0, row - width + 1 + back)] as number) - mean) / deviation;
};

/** Median and MAD (as a standard deviation) of training scores: what makes the scores of different series comparable. */
export const habitOf = (scores: Float64Array): { readonly center: number; readonly scale: number } => {
  const center = quantileSorted(scores.slice().sort(), 0.5);
  const scale = 1.4826 * quantileSorted(scores.map((score) => Math.abs(score - center)).sort(), 0.5);
  return { center, scale: scale + TINY };
};
