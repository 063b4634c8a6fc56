import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile } from '../../../core/math.ts';
import { seededRandom } from '../../../core/random.ts';
import { LAST_WEEK, PERSISTENCE, YESTERDAY } from './baselines.ts';
import type { ForecastContender } from './contender.ts';
import { judgeSeries, LEVELS } from './judge.ts';
import type { LoadSeries } from './load-series.ts';
import { createSortedWindow } from './sorted-window.ts';
import { ratioTo, summarize } from './summary.ts';
import { forecastTable } from './table.ts';

const QUARTER_HOUR = 900_000;
const DAY = 96;

const series = (name: string, days: number, loadAt: (step: number) => number): LoadSeries => ({
  name,
  startsAt: Date.UTC(2026, 2, 2),
  stepMs: QUARTER_HOUR,
  values: Float64Array.from({ length: days * DAY }, (_, step) => loadAt(step)),
});

const hill = (step: number): number => 100 + 50 * Math.sin((2 * Math.PI * step) / DAY);

/** Says what a function says of each target step, at every level. */
const saying = (name: string, first: number, at: (step: number) => number): ForecastContender => ({
  name,
  create({ horizons }) {
    let now = 0;
    return {
      observe: (step) => {
        now = step;
      },
      quantiles: (which, out) => out.fill(at(now - first + (horizons[which] as number))),
    };
  },
});

describe('a judge of forecasts', () => {
  const load = series('hill', 20, hill);
  const first = load.startsAt / QUARTER_HOUR;

  it('finds no fault with who knows the future, and knows how much is wrong with who is ten too low', () => {
    const { horizons } = judgeSeries(load, [saying('oracle', first, hill), saying('low', first, (step) => hill(step) - 10)]);
    expect(horizons.map(({ minutes }) => minutes)).toEqual([15, 30, 60]);
    for (const { scores, judgedSteps } of horizons) {
      const [oracle, low] = scores;
      expect(oracle).toMatchObject({ pinball: 0, wape: 0, coverage: [1, 1, 1, 1] });
      // Ten too low costs ten times the level, and the levels are symmetric around a half.
      expect(low?.pinball).toBeCloseTo(5, 9);
      expect(low?.wape).toBeCloseTo(0.1, 2);
      expect(low?.coverage).toEqual([0, 0, 0, 0]);
      expect(judgedSteps).toBeGreaterThan(13.2 * DAY);
      expect(judgedSteps).toBeLessThanOrEqual(13.4 * DAY);
    }
  });

  it('judges a short series from its third on, and no horizon that is no whole number of steps', () => {
    const { horizons } = judgeSeries({ ...series('short', 6, hill), stepMs: 2 * QUARTER_HOUR }, [PERSISTENCE]);
    expect(horizons.map(({ minutes, judgedSteps }) => [minutes, judgedSteps])).toEqual([
      [30, 4 * DAY - 1],
      [60, 4 * DAY - 2],
    ]);
  });

  it('does not judge a gap', () => {
    const silent = { ...load, values: load.values.map((value, step) => (step >= 1_000 && step < 1_040 ? 0 : value)) };
    const { horizons, gapSteps } = judgeSeries(silent, [saying('oracle', first, hill)]);
    expect(gapSteps).toBe(40);
    expect(horizons[0]?.scores[0]?.pinball).toBe(0);
  });

  it('shows a contender nothing of the future', () => {
    const seen: number[] = [];
    const watching: ForecastContender = {
      name: 'watching',
      create: () => ({ observe: (_, value) => seen.push(value), quantiles: (_, out) => out.fill(seen.length) }),
    };
    judgeSeries(load, [watching]);
    expect(seen).toEqual([...load.values]);
  });
});

describe('baselines', () => {
  const lossOf = (contender: ForecastContender, load: LoadSeries): number =>
    judgeSeries(load, [contender]).horizons[1]?.scores[0]?.pinball as number;

  it('are right where the load is what they take it for', () => {
    expect(
      lossOf(
        PERSISTENCE,
        series('flat', 10, () => 42),
      ),
    ).toBe(0);
    expect(lossOf(YESTERDAY, series('hill', 10, hill))).toBeCloseTo(0, 9);
    expect(
      lossOf(
        LAST_WEEK,
        series('week', 28, (step) => hill(step) * (Math.floor(step / DAY) % 7 > 4 ? 0.3 : 1)),
      ),
    ).toBeLessThan(0.3);
    expect(
      lossOf(
        YESTERDAY,
        series('week', 28, (step) => hill(step) * (Math.floor(step / DAY) % 7 > 4 ? 0.3 : 1)),
      ),
    ).toBeGreaterThan(3);
  });

  it('have quantiles that hold: of a load without memory each interval covers what it says', () => {
    const random = seededRandom(8);
    const noise = series('noise', 40, () => 100 + 20 * random());
    for (const contender of [PERSISTENCE, YESTERDAY, LAST_WEEK]) {
      const coverage = judgeSeries(noise, [contender]).horizons[1]?.scores[0]?.coverage as readonly number[];
      [0.5, 0.9, 0.95, 0.99].forEach((nominal, i) => {
        expect(Math.abs((coverage[i] as number) - nominal)).toBeLessThan(0.03);
      });
    }
  });

  it('keep the quantiles of a sorted copy of the newest values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (values, capacity) => {
          const window = createSortedWindow(capacity);
          values.forEach((value, i) => {
            window.add(value);
            const newest = values.slice(Math.max(0, i + 1 - capacity), i + 1);
            expect(window.size).toBe(newest.length);
            for (const level of LEVELS) expect(window.quantile(level)).toBe(quantile(newest, level));
          });
        },
      ),
      { numRuns: 80, seed: 2 },
    );
  });
});

describe('a summary', () => {
  it('compares with the better rival, and lists the worst series first', () => {
    const load = series('hill', 20, hill);
    const first = load.startsAt / QUARTER_HOUR;
    const trio = (name: string, ours: number): ReturnType<typeof judgeSeries> =>
      judgeSeries({ ...load, name }, [
        saying('ours', first, (step) => hill(step) - ours),
        saying('persistence', first, (step) => hill(step) - 10),
        saying('yesterday', first, (step) => hill(step) - 20),
      ]);
    const all = [trio('good', 5), trio('bad', 20)];
    const rivals = ['persistence', 'yesterday'];
    expect(ratioTo(all[0] as (typeof all)[number], 30, 'ours', rivals)).toBeCloseTo(0.5, 9);
    const [summary] = summarize(all, 'ours', rivals, [30]);
    expect(summary?.ratio.value).toBeCloseTo(1, 9);
    expect(summary?.worst).toBeCloseTo(2, 9);
    expect(summary?.coverageOff[0]).toBeCloseTo(50, 9);
    const lines = forecastTable(all, 'ours').split('\n');
    expect(lines.findIndex((line) => line.startsWith('bad'))).toBeLessThan(lines.findIndex((line) => line.startsWith('good')));
  });
});
