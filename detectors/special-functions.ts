import { normalTail } from '../core/math.ts';

/** ln gamma(x) for x > 0: shifted recurrence and Stirling's series; absolute error below 1e-10. */
export const logGamma = (x: number): number => {
  let shifted = x;
  let product = 1;
  while (shifted < 8) {
    product *= shifted;
    shifted += 1;
  }
  const inverse = 1 / (shifted * shifted);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / shifted;
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.9189385332046727 + series - Math.log(product);
};

const TINY = 1e-300;

/** Continued fraction of the incomplete beta function by Lentz's method; converges fast for x below the mean. */
const betaFraction = (x: number, a: number, b: number): number => {
  const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 500; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < 1e-13) break;
  }
  return result;
};

/** Above this many pseudo-events a Beta is a normal for every purpose here. */
const NORMAL_FROM = 20_000;

/** P(X > x) for X ~ Beta(a, b), a and b above 0. */
export const betaTail = (x: number, a: number, b: number): number => {
  if (x <= 0) return 1;
  if (x >= 1) return 0;
  const total = a + b;
  const mean = a / total;
  if (total > NORMAL_FROM && Math.min(a, b) > 50) return normalTail((x - mean) / Math.sqrt((mean * (1 - mean)) / (total + 1)));
  const front = Math.exp(logGamma(total) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  return x < (a + 1) / (total + 2) ? 1 - (front * betaFraction(x, a, b)) / a : (front * betaFraction(1 - x, b, a)) / b;
};
