/**
 * The point that |z| of a standard normal exceeds with this chance, within 0.0005: Abramowitz and Stegun 1964, 26.2.23.
 */
export const normalTail = (chance: number): number => {
  const t = Math.sqrt(-2 * Math.log(Math.min(1, Math.max(1e-300, chance)) / 2));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return Math.max(0, t - above / below);
};

/** Size that the largest of `count` standard normals stays below in half of all cases. */
export const normalPeak = (count: number): number => normalTail(Math.LN2 / Math.max(1, count));
