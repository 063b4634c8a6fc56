/** Uniform numbers in [0, 1), reproducible from the seed on every platform. */
export type Random = () => number;

/** mulberry32 (T. Ettinger): 32 bits of state, only 32-bit integer operations, so no runtime can differ. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Exponentially distributed with the given mean: the gap between arrivals of a Poisson process. */
export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random());

/** Standard normal, by the Box-Muller transform. */
export const gaussian = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
