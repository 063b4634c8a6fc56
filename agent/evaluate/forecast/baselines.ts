import type { ForecastContender, Forecasting, ForecastTask } from './contender.ts';
import { createSortedWindow } from './sorted-window.ts';

/** Residuals of a week make the quantiles of a baseline: every hour and weekday is in it once. */
const RESIDUAL_DAYS = 7;

const firstKnown = (...values: readonly number[]): number => values.find((value) => !Number.isNaN(value)) ?? Number.NaN;

/**
 * A load that is taken for the future one, and around it the quantiles of what that was wrong by, over the last week. Where
 * there is none the newest load stands in, and its errors are not counted among the others.
 */
const withResidualQuantiles = (task: ForecastTask, pointOf: (known: KnownLoad, target: number) => number): Forecasting => {
  const { horizons, levels, stepsPerDay } = task;
  const windows = horizons.map(() => createSortedWindow(RESIDUAL_DAYS * stepsPerDay));
  const points = horizons.map((horizon) => new Float64Array(horizon).fill(Number.NaN));
  const known = createKnownLoad(RESIDUAL_DAYS * stepsPerDay + 1);
  return {
    observe(step, value) {
      horizons.forEach((horizon, which) => {
        const point = (points[which] as Float64Array)[step % horizon] as number;
        if (!Number.isNaN(value - point)) windows[which]?.add(value - point);
      });
      known.add(step, value);
      horizons.forEach((horizon, which) => {
        (points[which] as Float64Array)[step % horizon] = pointOf(known, step + horizon);
      });
    },
    quantiles(which, out) {
      const horizon = horizons[which] as number;
      const point = firstKnown((points[which] as Float64Array)[known.newest % horizon] as number, known.latest());
      const window = windows[which];
      levels.forEach((level, i) => {
        const residual = window === undefined || window.size === 0 ? 0 : window.quantile(level);
        out[i] = Math.max(0, point + residual);
      });
    },
  };
};

interface KnownLoad {
  readonly newest: number;
  /** NaN where absent, unknown or forgotten. */
  at(step: number): number;
  latest(): number;
  add(step: number, value: number): void;
}

const createKnownLoad = (capacity: number): KnownLoad => {
  const values = new Float64Array(capacity).fill(Number.NaN);
  let newest = -1;
  let latest = Number.NaN;
  return {
    get newest() {
      return newest;
    },
    at: (step) => (step > newest || step <= newest - capacity || step < 0 ? Number.NaN : (values[step % capacity] as number)),
    latest: () => latest,
    add(step, value) {
      for (let skipped = Math.max(newest + 1, step - capacity); skipped < step; skipped += 1) values[skipped % capacity] = Number.NaN;
      values[step % capacity] = value;
      newest = step;
      if (!Number.isNaN(value)) latest = value;
    },
  };
};

export const PERSISTENCE: ForecastContender = {
  name: 'persistence',
  create: (task) => withResidualQuantiles(task, (known) => known.latest()),
};

export const YESTERDAY: ForecastContender = {
  name: 'yesterday',
  create: (task) => withResidualQuantiles(task, (known, target) => known.at(target - task.stepsPerDay)),
};

/** Before there is a last week, yesterday. */
export const LAST_WEEK: ForecastContender = {
  name: 'last week',
  create: (task) =>
    withResidualQuantiles(task, (known, target) =>
      firstKnown(known.at(target - 7 * task.stepsPerDay), known.at(target - task.stepsPerDay)),
    ),
};
