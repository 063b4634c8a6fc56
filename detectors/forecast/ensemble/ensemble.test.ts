import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussian, type Random, seededRandom } from '../../../core/random.ts';
import { DEMO_DAY, DEMO_SCALE, poisson, shopLoad } from '../../seasonal/synthetic.ts';
import {
  createEnsemble,
  type EnsembleState,
  forecastEnsemble,
  observeEnsemble,
  restoreEnsemble,
  snapshotEnsemble,
  writeQuantiles,
} from '../index.ts';
import { binOf, edgeOf } from './state.ts';

const levels = [0.05, 0.5, 0.95];
const LOW = 0;
const MEDIAN = 1;
const HIGH = 2;
const anchors = [4, 8];
const FAR = 8;

const fresh = (): EnsembleState => createEnsemble({ scale: DEMO_SCALE, levels, anchors });

const fed = (loads: readonly number[], state = fresh()): EnsembleState => {
  loads.forEach((load, step) => {
    observeEnsemble(state, step, load);
  });
  return state;
};

/** A shop whose days differ by a tenth, on a scale where the counting of requests is not all of the noise. */
const shopDays = (days: number, random: Random): readonly number[] => {
  let amplitude = 1;
  return Array.from({ length: days * DEMO_DAY }, (_, step) => {
    if (step % DEMO_DAY === 0) amplitude = Math.max(0.6, 1 + 0.1 * gaussian(random));
    return poisson(random, 4 * amplitude * shopLoad(step));
  });
};

const pinball = (quantile: number, outcome: number, level: number): number =>
  outcome >= quantile ? level * (outcome - quantile) : (1 - level) * (quantile - outcome);

/** Loss of the median, and share of outcomes between the outer levels, after six days; and the loss of persistence. */
const walked = (loads: readonly number[]) => {
  const state = fresh();
  const out = new Float64Array(levels.length);
  const sums = { ours: 0, persistence: 0, yesterday: 0, inside: 0, steps: 0 };
  for (let step = 0; step + FAR < loads.length; step += 1) {
    observeEnsemble(state, step, loads[step] as number);
    if (step < 6 * DEMO_DAY) continue;
    writeQuantiles(state, FAR, out);
    const outcome = loads[step + FAR] as number;
    sums.ours += pinball(out[MEDIAN] as number, outcome, 0.5);
    sums.persistence += pinball(loads[step] as number, outcome, 0.5);
    sums.yesterday += pinball(loads[step + FAR - DEMO_DAY] as number, outcome, 0.5);
    sums.inside += Number(outcome >= (out[LOW] as number) && outcome <= (out[HIGH] as number));
    sums.steps += 1;
  }
  return sums;
};

describe('an ensemble', () => {
  it('beats persistence and yesterday on a shop whose days differ, and its interval holds what it says', () => {
    const { ours, persistence, yesterday, inside, steps } = walked(shopDays(20, seededRandom(41)));
    expect(ours).toBeLessThan(0.7 * persistence);
    expect(ours).toBeLessThan(0.85 * yesterday);
    expect(Math.abs(inside / steps - 0.9)).toBeLessThan(0.03);
  });

  it('costs three in a hundred at most against persistence where nothing but the last value is known', () => {
    const random = seededRandom(42);
    let level = 5;
    const loads = Array.from({ length: 20 * DEMO_DAY }, () => {
      level += 0.05 * gaussian(random) + 0.01 * (5 - level);
      return Math.exp(level);
    });
    const { ours, persistence } = walked(loads);
    expect(ours).toBeLessThan(1.03 * persistence);
  });

  it("does not expect yesterday's outage today", () => {
    const loads = shopDays(9, seededRandom(43)).slice();
    const noon = 7 * DEMO_DAY + 60;
    const usual = loads[noon - DEMO_DAY] as number;
    for (let step = noon - 5; step < noon + 5; step += 1) loads[step] = 0;
    const out = new Float64Array(levels.length);
    writeQuantiles(fed(loads.slice(0, noon + DEMO_DAY - FAR + 1)), FAR, out);
    expect(out[MEDIAN]).toBeGreaterThan(0.6 * usual);
  });

  it('is moved little by one point in ten that is a hundred times too large', () => {
    const random = seededRandom(44);
    const loads = shopDays(8, random);
    const poisoned = loads.map((load, step) => (step % 10 === 3 && step < loads.length - 20 ? 100 * load : load));
    const clean = new Float64Array(levels.length);
    const other = new Float64Array(levels.length);
    writeQuantiles(fed(loads), FAR, clean);
    writeQuantiles(fed(poisoned), FAR, other);
    expect(other[MEDIAN]).toBeLessThan(4 * (clean[MEDIAN] as number));
    expect(other[MEDIAN]).toBeGreaterThan((clean[MEDIAN] as number) / 4);
  });
});

describe('gaps', () => {
  it('teach nothing and are no zeros', () => {
    const loads = shopDays(7, seededRandom(45)).slice(0, 6 * DEMO_DAY + 60);
    const state = fed(loads);
    const before = restoreEnsemble(snapshotEnsemble(state));
    for (let step = loads.length; step < loads.length + 4; step += 1) observeEnsemble(state, step, Number.NaN);
    expect([state.fits, state.variances, state.histograms, state.corrections, state.losses]).toEqual([
      before.fits,
      before.variances,
      before.histograms,
      before.corrections,
      before.losses,
    ]);
    const { quantiles, startsAt } = forecastEnsemble(state, 1, 0);
    expect(quantiles[MEDIAN]?.[0]).toBeGreaterThan(0.7 * (forecastEnsemble(before, 5, 0).quantiles[MEDIAN]?.[4] as number));
    expect(startsAt).toBe((loads.length + 5) * 1_000);
  });

  it('that are simply left out are the same as gaps that are told', () => {
    const loads = shopDays(3, seededRandom(46));
    const told = fed(loads.map((load, step) => (step > 200 && step < 230 ? Number.NaN : load)));
    const leftOut = fresh();
    loads.forEach((load, step) => {
      if (!(step > 200 && step < 230)) observeEnsemble(leftOut, step, load);
    });
    expect(forecastEnsemble(leftOut, FAR, 0).quantiles).toEqual(forecastEnsemble(told, FAR, 0).quantiles);
  });

  it('before the first load leave a forecast of nothing', () => {
    const { quantiles, because, coverage } = forecastEnsemble(fresh(), 2, 5_000);
    expect([...(quantiles[0] as Float64Array)]).toEqual([Number.NaN, Number.NaN]);
    expect(because).toBe('no load was observed yet');
    expect(coverage).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});

describe('any load at all', () => {
  const value = fc.oneof(
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.constantFrom(0, Number.NaN, -1, Number.POSITIVE_INFINITY, 1e308),
    fc.double({ min: 0, max: 1e9, noNaN: true }),
  );

  it('has finite ascending quantiles that are not negative', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ value, gap: fc.constantFrom(1, 1, 1, 1, 7, 200) }), { minLength: 1, maxLength: 250 }), (series) => {
        const state = fresh();
        let step = 0;
        let any = false;
        for (const point of series) {
          step += point.gap;
          observeEnsemble(state, step, point.value);
          any ||= point.value >= 0 && point.value <= 1e30;
        }
        const { quantiles } = forecastEnsemble(state, 12, 0);
        for (let i = 0; i < 12; i += 1) {
          let previous = 0;
          for (const quantile of quantiles) {
            expect(Number.isFinite(quantile[i])).toBe(any);
            if (any) expect(quantile[i]).toBeGreaterThanOrEqual(previous);
            previous = quantile[i] as number;
          }
        }
      }),
      { numRuns: 60, seed: 12 },
    );
  });

  it('continues bit for bit from a snapshot', () => {
    const loads = shopDays(4, seededRandom(47));
    const whole = fresh();
    let restored = fresh();
    loads.forEach((load, step) => {
      observeEnsemble(whole, step, load);
      observeEnsemble(restored, step, load);
      if (step % 97 === 0) restored = restoreEnsemble(snapshotEnsemble(restored));
    });
    expect(snapshotEnsemble(restored)).toEqual(snapshotEnsemble(whole));
    expect(forecastEnsemble(restored, 10, 0)).toEqual(forecastEnsemble(whole, 10, 0));
  });

  it('is not changed by a step that was already seen', () => {
    const state = fed(shopDays(2, seededRandom(48)));
    const before = snapshotEnsemble(state);
    observeEnsemble(state, 100, 1e6);
    expect(snapshotEnsemble(state)).toEqual(before);
  });

  it('falls into the bin of its histogram whose edges enclose it', () => {
    fc.assert(
      fc.property(fc.double({ min: -13.6, max: 13.6, noNaN: true }), (scales) => {
        const bin = binOf(scales);
        const slack = 1e-9 * (1 + Math.abs(scales));
        expect(edgeOf(bin)).toBeLessThanOrEqual(scales + slack);
        expect(edgeOf(bin + 1)).toBeGreaterThanOrEqual(scales - slack);
      }),
      { seed: 5 },
    );
  });
});

describe('what makes no sense is refused', () => {
  it.each([
    [[0.9, 0.5], [1], 'levels must ascend'],
    [[], [1], 'levels must ascend'],
    [[0.5], [4, 4], 'anchors must be ascending whole steps'],
    [[0.5], [0.5], 'anchors must be ascending whole steps'],
    [[0.5], [], 'anchors must be ascending whole steps'],
  ])('levels %j with anchors %j', (badLevels, badAnchors, message) => {
    expect(() => createEnsemble({ scale: DEMO_SCALE, levels: badLevels, anchors: badAnchors })).toThrow(message);
  });

  it('a snapshot that was cut', () => {
    const bytes = snapshotEnsemble(fresh());
    expect(() => restoreEnsemble(bytes.subarray(0, bytes.length - 8))).toThrow('forecaster snapshot');
  });
});
