import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../core/random.ts';
import { DEMO_DAY, DEMO_SCALE, poisson, shopLoad } from '../seasonal/synthetic.ts';
import {
  createForecaster,
  discoverSeason,
  type ForecasterState,
  forecastLoad,
  observeLoad,
  restoreForecaster,
  snapshotForecaster,
} from './index.ts';
import { shopDays } from './shop.fixture.ts';

const levels = [0.1, 0.5, 0.9, 0.99];
const SIX_DAYS = 6 * DEMO_DAY;

const fed = (values: readonly number[]): ForecasterState => {
  const state = createForecaster({ scale: DEMO_SCALE, levels });
  values.forEach((value, step) => {
    observeLoad(state, step, value);
  });
  return state;
};

describe('a forecast of a load with steep ramps', () => {
  it('sees the morning ramp before it comes', () => {
    const loads = shopDays(6, seededRandom(5)).concat(Array.from({ length: 30 }, (_, step) => Math.round(shopLoad(step))));
    const state = fed(loads);
    const { quantiles, startsAt, seasonSteps } = forecastLoad(state, 16, loads.length * 1_000);
    expect(loads.at(-1)).toBeLessThan(12);
    expect(quantiles[1]?.[15] as number).toBeGreaterThan(35);
    expect(seasonSteps).toBe(DEMO_DAY);
    expect(startsAt).toBe((loads.length + 1) * 1_000);
  });
});

describe('a season', () => {
  it('of a day is found, of noise is not, and a smooth wander is no season', () => {
    const random = seededRandom(6);
    expect(discoverSeason(shopDays(4, random), DEMO_SCALE)).toBe(DEMO_DAY);
    expect(
      discoverSeason(
        Array.from({ length: 600 }, () => poisson(random, 20)),
        DEMO_SCALE,
      ),
    ).toBe(0);
    let wander = 100;
    const walk = Array.from({ length: 600 }, () => {
      wander = Math.max(1, wander + gaussian(random));
      return wander;
    });
    expect(discoverSeason(walk, DEMO_SCALE)).toBe(0);
    expect(discoverSeason(new Array(600).fill(0), DEMO_SCALE)).toBe(0);
    expect(discoverSeason([], DEMO_SCALE)).toBe(0);
  });

  it('is not made of half a ramp: less than two days have none', () => {
    // Twenty steps of a ramp resembled a season of ten, and loyalty to it kept the day from ever being found.
    const random = seededRandom(31);
    const days = shopDays(12, random);
    const found = Array.from({ length: 300 }, (_, i) => {
      const begin = (i * 37) % (10 * DEMO_DAY);
      return discoverSeason(days.slice(begin, begin + 20 + (i % 60)), DEMO_SCALE);
    });
    expect(found.filter((season) => season !== 0)).toEqual([]);
  });

  it('that was a mistake is left as soon as the day is known', () => {
    const random = seededRandom(30);
    expect(discoverSeason(shopDays(4, random), DEMO_SCALE, 10)).toBe(DEMO_DAY);
  });

  it('of an hour is found on the scale of a real day', () => {
    const random = seededRandom(7);
    const minutes = Array.from({ length: 2_880 }, (_, minute) => poisson(random, minute % 60 < 6 ? 90 : 10));
    expect(discoverSeason(minutes, { stepMs: 60_000, dayLengthMs: 86_400_000 })).toBe(60);
  });

  it('of a week is found where weekends are quiet', () => {
    const random = seededRandom(8);
    const hours = Array.from({ length: 24 * 21 }, (_, hour) => {
      const weekend = Math.floor(hour / 24) % 7 >= 5;
      return poisson(random, (weekend ? 5 : 60) * (1 + Math.sin((2 * Math.PI * hour) / 24)) + 5);
    });
    expect(discoverSeason(hours, { stepMs: 3_600_000, dayLengthMs: 86_400_000 })).toBe(168);
  });

  it('that is not there leaves the level, with wide bounds, and says so', () => {
    const random = seededRandom(9);
    const { quantiles, seasonSteps, because } = forecastLoad(fed(Array.from({ length: 400 }, () => poisson(random, 30))), 5, 400_000);
    expect(seasonSteps).toBe(0);
    expect(because).toContain('no season found');
    expect(quantiles[1]?.[4] as number).toBeGreaterThan(25);
    expect(quantiles[1]?.[4] as number).toBeLessThan(35);
    expect(quantiles[3]?.[4] as number).toBeGreaterThan(38);
  });
});

describe('gaps', () => {
  it('are never zeros: after three silent hours the forecast is still that of the season, only wider', () => {
    const loads = shopDays(7, seededRandom(10)).slice(0, SIX_DAYS + 60);
    const state = fed(loads);
    const before = forecastLoad(state, 30, 0);
    for (let step = loads.length; step < loads.length + 15; step += 1) observeLoad(state, step, Number.NaN);
    const after = forecastLoad(state, 8, 0);
    expect(after.quantiles[1]?.[0] as number).toBeGreaterThan(0.8 * (before.quantiles[1]?.[15] as number));
    expect(after.startsAt).toBe(before.startsAt + 15_000);
  });

  it('teach nothing', () => {
    const whole = fed(shopDays(2, seededRandom(11)));
    const { fits, spreads, tails } = restoreForecaster(snapshotForecaster(whole));
    observeLoad(whole, 2 * DEMO_DAY, Number.NaN);
    expect([whole.fits, whole.spreads, whole.tails]).toEqual([fits, spreads, tails]);
  });

  it('before the first observation leave a forecast of nothing', () => {
    const { quantiles, because } = forecastLoad(createForecaster({ scale: DEMO_SCALE, levels }), 3, 5_000);
    expect([...(quantiles[0] as Float64Array)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(because).toBe('no load was observed yet');
  });
});

describe('any load at all', () => {
  it('has finite ascending quantiles that are not negative, and bounded scales', () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.constant(0),
      fc.constant(Number.NaN),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ value, gap: fc.constantFrom(1, 1, 1, 1, 7, 200) }), { minLength: 1, maxLength: 300 }), (series) => {
        const state = createForecaster({ scale: DEMO_SCALE, levels });
        let step = 0;
        let any = false;
        for (const point of series) {
          step += point.gap;
          observeLoad(state, step, point.value);
          any ||= Number.isFinite(point.value);
        }
        if (!any) return;
        const { quantiles } = forecastLoad(state, 12, 0);
        for (let i = 0; i < 12; i += 1) {
          let previous = 0;
          for (const quantile of quantiles) {
            expect(Number.isFinite(quantile[i])).toBe(true);
            expect(quantile[i] as number).toBeGreaterThanOrEqual(previous);
            previous = quantile[i] as number;
          }
        }
      }),
      { numRuns: 60, seed: 12 },
    );
  });

  it('continues bit for bit from a snapshot', () => {
    const loads = shopDays(4, seededRandom(13));
    const whole = createForecaster({ scale: DEMO_SCALE, levels });
    let restored = createForecaster({ scale: DEMO_SCALE, levels });
    loads.forEach((load, step) => {
      observeLoad(whole, step, load);
      observeLoad(restored, step, load);
      if (step % 53 === 0) {
        restored = restoreForecaster(snapshotForecaster(restored));
        expect(forecastLoad(restored, 10, 0)).toEqual(forecastLoad(whole, 10, 0));
      }
    });
    expect(snapshotForecaster(restored)).toEqual(snapshotForecaster(whole));
  });

  it('refuses a snapshot that was cut or is of another format, and levels that do not ascend', () => {
    const bytes = snapshotForecaster(createForecaster({ scale: DEMO_SCALE, levels }));
    expect(() => restoreForecaster(bytes.subarray(0, 2))).toThrow('2 bytes are fewer than a header');
    expect(() => restoreForecaster(bytes.subarray(0, bytes.length - 4))).toThrow('forecaster snapshot');
    expect(() => createForecaster({ scale: DEMO_SCALE, levels: [0.9, 0.5] })).toThrow('levels must ascend');
  });
});
