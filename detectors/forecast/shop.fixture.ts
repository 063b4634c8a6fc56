import { gaussian, type Random } from '../../core/random.ts';
import { DEMO_DAY, poisson, shopLoad } from '../seasonal/synthetic.ts';

/** A shop whose days differ: a tenth more or less load each day, ramps that come up to a few steps early or late. */
export const shopDays = (days: number, random: Random): readonly number[] => {
  let amplitude = 1;
  let shift = 0;
  return Array.from({ length: days * DEMO_DAY }, (_, step) => {
    if (step % DEMO_DAY === 0) {
      amplitude = Math.max(0.6, 1 + 0.1 * gaussian(random));
      shift = 1.5 * gaussian(random);
    }
    return poisson(random, amplitude * shopLoad(step + shift));
  });
};
