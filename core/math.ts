/**
 * Results must be the same bytes on every supported Node version. `Math.pow` and `**` differ between Node 20 and
 * Node 24, so product code does without them (multiply, or Math.exp of a logarithm); Math.exp, log, sqrt and the
 * trigonometric functions agree.
 */

export const clamp = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x);

/** Upper tail P(Z > z) of the standard normal, relative error below 1.2e-7 (Numerical Recipes, erfc by Chebyshev fitting). */
export const normalTail = (z: number): number => {
  const x = Math.abs(z) * Math.SQRT1_2;
  const t = 1 / (1 + 0.5 * x);
  const polynomial =
    t *
    (1.00002368 +
      t *
        (0.37409196 +
          t *
            (0.09678418 +
              t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const tail = 0.5 * t * Math.exp(-x * x - 1.26551223 + polynomial);
  return z >= 0 ? tail : 1 - tail;
};

/** Quantile of values sorted upwards, linear between order statistics; NaN when there are none. */
export const quantileSorted = (sorted: ArrayLike<number>, q: number): number => {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const position = (n - 1) * q;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(n - 1, below + 1)] as number;
  return low + (high - low) * (position - below);
};

export const quantile = (values: Iterable<number>, q: number): number => quantileSorted(Float64Array.from(values).sort(), q);
