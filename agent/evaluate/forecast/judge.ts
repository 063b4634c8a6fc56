import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import type { ForecastContender, ForecastTask } from './contender.ts';
import { splitSilence } from './gaps.ts';
import type { LoadSeries } from './load-series.ts';

export const HORIZON_MINUTES: readonly number[] = [15, 30, 60];
export const LEVELS: readonly number[] = [0.005, 0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975, 0.995];
const MEDIAN = LEVELS.indexOf(0.5);
/** Central intervals: their nominal coverage, and the levels of their ends. */
export const INTERVALS: readonly { readonly nominal: number; readonly low: number; readonly high: number }[] = [
  { nominal: 0.5, low: LEVELS.indexOf(0.25), high: LEVELS.indexOf(0.75) },
  { nominal: 0.9, low: LEVELS.indexOf(0.05), high: LEVELS.indexOf(0.95) },
  { nominal: 0.95, low: LEVELS.indexOf(0.025), high: LEVELS.indexOf(0.975) },
  { nominal: 0.99, low: LEVELS.indexOf(0.005), high: LEVELS.indexOf(0.995) },
];
/** Not judged at first: a week, of a short series a third. */
const UNJUDGED_DAYS = 7;

export interface Score {
  readonly contender: string;
  /** Mean over levels and steps, in the load's unit. */
  readonly pinball: number;
  /** Sum of absolute errors of the median over the sum of the load. */
  readonly wape: number;
  /** Share of outcomes within the interval, one a nominal coverage of INTERVALS. */
  readonly coverage: readonly number[];
}

export interface HorizonScores {
  readonly minutes: number;
  readonly judgedSteps: number;
  /** In the order of the contenders. */
  readonly scores: readonly Score[];
}

export interface SeriesScores {
  readonly series: string;
  readonly stepSeconds: number;
  readonly steps: number;
  /** Steps of silence that were taken for a gap. */
  readonly gapSteps: number;
  readonly horizons: readonly HorizonScores[];
}

const pinball = (quantile: number, outcome: number, level: number): number =>
  outcome >= quantile ? level * (outcome - quantile) : (1 - level) * (quantile - outcome);

/** Sums of one contender at one horizon, and the forecasts whose outcome is still to come. */
interface Running {
  readonly pending: Float64Array;
  readonly inside: number[];
  pinball: number;
  error: number;
}

const taskOf = (series: LoadSeries): { readonly task: ForecastTask; readonly minutes: readonly number[] } => {
  const minutes = HORIZON_MINUTES.filter((minute) => (minute * MINUTE_MS) % series.stepMs === 0);
  const stepsPerDay = Math.max(1, Math.round(DAY_MS / series.stepMs));
  return {
    minutes,
    task: { stepMs: series.stepMs, stepsPerDay, horizons: minutes.map((minute) => (minute * MINUTE_MS) / series.stepMs), levels: LEVELS },
  };
};

const judgedFrom = (series: LoadSeries, stepsPerDay: number): number =>
  Math.min(UNJUDGED_DAYS * stepsPerDay, Math.ceil(series.values.length / 3));

const learnOutcome = (running: Running, at: number, outcome: number): void => {
  const quantile = (level: number): number => running.pending[at + level] as number;
  LEVELS.forEach((level, i) => {
    running.pinball += pinball(quantile(i), outcome, level);
  });
  running.error += Math.abs(outcome - quantile(MEDIAN));
  INTERVALS.forEach(({ low, high }, i) => {
    if (outcome >= quantile(low) && outcome <= quantile(high)) running.inside[i] = (running.inside[i] as number) + 1;
  });
};

/**
 * Walks once through a series. After every step each contender says its quantiles for every horizon, knowing nothing
 * later; they are judged when the outcome is there. All see the same gaps.
 */
export const judgeSeries = (series: LoadSeries, contenders: readonly ForecastContender[]): SeriesScores => {
  const { task, minutes } = taskOf(series);
  const { fed, judged } = splitSilence(series.values, task.stepsPerDay);
  const from = judgedFrom(series, task.stepsPerDay);
  const firstStep = Math.round(series.startsAt / series.stepMs);
  const forecasting = contenders.map((contender) => contender.create(task));
  const running: Running[][] = task.horizons.map((horizon) =>
    contenders.map(() => ({
      pending: new Float64Array(horizon * LEVELS.length).fill(Number.NaN),
      inside: INTERVALS.map(() => 0),
      pinball: 0,
      error: 0,
    })),
  );
  const outcomes = task.horizons.map(() => ({ steps: 0, load: 0 }));
  const quantiles = new Float64Array(LEVELS.length);
  for (let step = 0; step < fed.length; step += 1) {
    const outcome = judged[step] as number;
    task.horizons.forEach((horizon, which) => {
      if (step < from + horizon || Number.isNaN(outcome)) return;
      const sums = outcomes[which] as { steps: number; load: number };
      sums.steps += 1;
      sums.load += outcome;
      for (const sum of running[which] as Running[]) learnOutcome(sum, (step % horizon) * LEVELS.length, outcome);
    });
    forecasting.forEach((one, who) => {
      one.observe(firstStep + step, fed[step] as number);
      task.horizons.forEach((horizon, which) => {
        one.quantiles(which, quantiles);
        running[which]?.[who]?.pending.set(quantiles, (step % horizon) * LEVELS.length);
      });
    });
  }
  return {
    series: series.name,
    stepSeconds: series.stepMs / 1_000,
    steps: fed.length,
    gapSteps: judged.reduce((sum, value, step) => sum + Number(Number.isNaN(value) && series.values[step] === 0), 0),
    horizons: minutes.map((minute, which) => {
      const { steps, load } = outcomes[which] as { steps: number; load: number };
      return {
        minutes: minute,
        judgedSteps: steps,
        scores: (running[which] as Running[]).map((sum, who) => ({
          contender: (contenders[who] as ForecastContender).name,
          pinball: sum.pinball / (steps * LEVELS.length),
          wape: sum.error / load,
          coverage: sum.inside.map((inside) => inside / steps),
        })),
      };
    }),
  };
};
