import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { DEMO_DAY, DEMO_SCALE } from '../seasonal/synthetic.ts';
import { createForecaster, forecastLoad, observeLoad } from './index.ts';
import { shopDays } from './shop.fixture.ts';

const levels = [0.1, 0.5, 0.9, 0.99];
const SIX_DAYS = 6 * DEMO_DAY;

const pinball = (quantile: number, outcome: number, level: number): number =>
  outcome >= quantile ? level * (outcome - quantile) : (1 - level) * (quantile - outcome);

describe('a forecast of a load with steep ramps', () => {
  it.each([5, 8])('%i steps ahead beats persistence and yesterday clearly, and holds its quantiles', (horizon) => {
    let ours = 0;
    let persistence = 0;
    let yesterday = 0;
    let outcomes = 0;
    const below = levels.map(() => 0);
    for (const seed of [21, 22, 23]) {
      const loads = shopDays(14, seededRandom(seed));
      const state = createForecaster({ scale: DEMO_SCALE, levels });
      for (let step = 0; step + horizon < loads.length; step += 1) {
        observeLoad(state, step, loads[step] as number);
        if (step < SIX_DAYS) continue;
        const { quantiles } = forecastLoad(state, horizon, (step + 1) * 1_000);
        const outcome = loads[step + horizon] as number;
        outcomes += 1;
        levels.forEach((level, i) => {
          const quantile = quantiles[i]?.[horizon - 1] as number;
          if (level === 0.5) ours += pinball(quantile, outcome, level);
          if (outcome <= quantile) below[i] = (below[i] as number) + 1;
        });
        persistence += pinball(loads[step] as number, outcome, 0.5);
        yesterday += pinball(loads[step + horizon - DEMO_DAY] as number, outcome, 0.5);
      }
    }
    expect(ours).toBeLessThan(0.75 * persistence);
    expect(ours).toBeLessThan(0.75 * yesterday);
    expect(Math.abs((below[2] as number) / outcomes - 0.9)).toBeLessThan(0.03);
    expect(Math.abs((below[3] as number) / outcomes - 0.99)).toBeLessThan(0.015);
  });
});
