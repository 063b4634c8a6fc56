import type { Random } from '../../../core/random.ts';
import type { Constants } from '../contenders/registry.ts';

const LEAST = 0.7;
const MOST = 1.4;
/** A share that is below one stays below one. */
const BELOW_ONE = 0.999;

/**
 * Every constant times a factor of its own from 0.7 to 1.4, evenly by its logarithm: what a configuration is worth
 * where its constants do not happen to fit.
 */
export const drawConstants = (shipped: Constants, counts: readonly string[], random: Random): Constants =>
  Object.fromEntries(
    Object.entries(shipped).map(([name, value]) => {
      const drawn = value * Math.exp(Math.log(LEAST) + random() * Math.log(MOST / LEAST));
      if (counts.includes(name)) return [name, Math.max(1, Math.round(drawn))];
      return [name, value > 0 && value < 1 ? Math.min(BELOW_ONE, drawn) : drawn];
    }),
  );
