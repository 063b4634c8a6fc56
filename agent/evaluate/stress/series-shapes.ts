import { gaussian, type Random } from '../../../core/random.ts';
import type { RowRange } from '../score/ranges.ts';
import {
  dailySwing,
  drawPoisson,
  drawRows,
  type Grid,
  gridOf,
  hourOf,
  isWeekend,
  placeSpans,
  placeSpansAtHour,
  rowsIn,
  slowNoise,
  within,
} from './drawing.ts';

/** What was drawn: values, the faults in them, and stretches in which an alarm is neither right nor wrong. */
export interface DrawnSeries {
  readonly values: Float64Array;
  readonly events: readonly RowRange[];
  readonly excused: readonly RowRange[];
}

/** A series that breaks something detectors like to assume. */
export interface SeriesShape {
  readonly name: string;
  /** What a detector that assumed the opposite would do wrong. */
  readonly trap: string;
  readonly grid: Grid;
  /** The same seed draws the same series with and without its faults. */
  readonly draw: (random: Random, faulty: boolean) => DrawnSeries;
}

const HOUR = 3_600;
const FIVE_MINUTES = 300;
const WEEKS = gridOf(21, FIVE_MINUTES);
const WARM_UP = 0.3;
const FAULTS = 3;

interface Plan {
  readonly grid?: Grid;
  readonly faultSeconds: number;
  readonly atHour?: number;
  readonly excused?: (grid: Grid) => readonly RowRange[];
  /** A fresh drawing of one series: the value of a row, told whether a fault is on and how many rows it has lasted. */
  readonly series: (random: Random, grid: Grid) => (row: number, fault: Fault | undefined) => number;
}

interface Fault {
  /** Rows since it began. */
  readonly age: number;
  /** 0 at its first row, 1 at its last. */
  readonly progress: number;
}

const shape = (name: string, trap: string, plan: Plan): SeriesShape => {
  const grid = plan.grid ?? WEEKS;
  const length = rowsIn(grid, plan.faultSeconds);
  const warmUp = Math.round(grid.rows * WARM_UP);
  return {
    name,
    trap,
    grid,
    draw: (random, faulty) => {
      const spans =
        plan.atHour === undefined
          ? placeSpans(random, grid, warmUp, FAULTS, length)
          : placeSpansAtHour(random, grid, warmUp, FAULTS, length, plan.atHour);
      const excused = plan.excused?.(grid) ?? [];
      const events = faulty ? spans.filter((span) => !excused.some((e) => span.first <= e.last && span.last >= e.first)) : [];
      const valueAt = plan.series(random, grid);
      const values = drawRows(grid, (row) => {
        const event = events.find((span) => row >= span.first && row <= span.last);
        return valueAt(row, event && { age: row - event.first, progress: (row - event.first) / Math.max(1, event.last - event.first) });
      });
      return { values, events, excused };
    },
  };
};

const noisy = (random: Random, value: number, relative: number): number => value * (1 + relative * gaussian(random));

/** Rows after a change that nobody could know: whatever is said of them is neither right nor wrong. */
const after = (share: number, seconds: number) => (grid: Grid) => {
  const first = Math.round(grid.rows * share);
  return [{ first, last: first + rowsIn(grid, seconds) }];
};

const IDLE_SHARE = 1 / 3;
const SHIFT_SHARE = 0.45;

export const SERIES_SHAPES: readonly SeriesShape[] = [
  shape('idle, then live', 'a scale learned on a week of zeros never lets the new level in', {
    faultSeconds: HOUR,
    excused: after(IDLE_SHARE, 24 * HOUR),
    series: (random, grid) => (row, fault) => {
      if (row < grid.rows * IDLE_SHARE) return 0;
      return Math.round(Math.max(0, noisy(random, 400 * dailySwing(grid, row, 0.3), 0.06)) * (fault ? 0.4 : 1));
    },
  }),
  shape('daily swing hides the fault', 'the faulty value is one that noon sees every day', {
    faultSeconds: 1.5 * HOUR,
    atHour: 2,
    series: (random, grid) => (row, fault) => noisy(random, 500 * dailySwing(grid, row, 0.8) + (fault ? 300 : 0), 0.04),
  }),
  shape('permanent shift', 'a shift that stays must end its own alarm and not hide the next fault', {
    faultSeconds: HOUR,
    excused: after(SHIFT_SHARE, 24 * HOUR),
    series: (random, grid) => (row, fault) => {
      const level = row < grid.rows * SHIFT_SHARE ? 100 : 160;
      return noisy(random, level * dailySwing(grid, row, 0.2) * (fault ? 1.6 : 1), 0.05);
    },
  }),
  shape('unit change', 'milliseconds become seconds in mid-series', {
    faultSeconds: HOUR,
    excused: after(SHIFT_SHARE, 24 * HOUR),
    series: (random, grid) => (row, fault) => {
      const unit = row < grid.rows * SHIFT_SHARE ? 1 : 0.001;
      return unit * noisy(random, 120 * dailySwing(grid, row, 0.2) * (fault ? 1.8 : 1), 0.06);
    },
  }),
  shape('contaminated warm-up', 'the first days hold faults as large as the later ones', {
    faultSeconds: HOUR,
    excused: (grid) => [{ first: 0, last: Math.round(grid.rows * 0.2) }],
    series: (random, grid) => {
      const early = placeSpans(random, { ...grid, rows: Math.round(grid.rows * 0.18) }, 40, 4, rowsIn(grid, HOUR));
      return (row, fault) => noisy(random, 80 * dailySwing(grid, row, 0.3) * (fault || within(early, row) ? 2 : 1), 0.06);
    },
  }),
  shape('steps of 10 s', 'constants counted in rows become minutes', {
    grid: gridOf(3, 10),
    faultSeconds: 600,
    series: (random, grid) => {
      const drift = slowNoise(random, 0.9);
      return (row, fault) => 0.12 * dailySwing(grid, row, 0.2) * Math.exp(0.08 * drift() + 0.06 * gaussian(random)) * (fault ? 1.8 : 1);
    },
  }),
  shape('steps of 1 h', 'constants counted in rows become days', {
    grid: gridOf(60, HOUR),
    faultSeconds: 3 * HOUR,
    series: (random, grid) => (row, fault) => drawPoisson(random, 220 * dailySwing(grid, row, 0.5) * (fault ? 0.4 : 1)),
  }),
  shape('counts of 0 to 3', 'nearly every value is a tie', {
    faultSeconds: HOUR,
    series: (random, grid) => (row, fault) => drawPoisson(random, 0.8 * dailySwing(grid, row, 0.5) * (fault ? 6 : 1)),
  }),
  shape('absent habitual burst', 'what is missing leaves an ordinary value', {
    faultSeconds: HOUR,
    atHour: 2,
    series: (random, grid) => (row, fault) => {
      const hour = hourOf(grid, row);
      const burst = hour >= 2 && hour < 2.75 && !fault;
      return noisy(random, burst ? 800 : 60, 0.1);
    },
  }),
  shape('drifting scale', 'the noise grows fivefold over the weeks', {
    faultSeconds: 900,
    series: (random, grid) => (row, fault) => {
      const spread = 1 + (4 * row) / grid.rows;
      return 100 + spread * (gaussian(random) + (fault ? 8 : 0));
    },
  }),
  shape('growing service', 'the level triples over the weeks', {
    faultSeconds: HOUR,
    series: (random, grid) => (row, fault) =>
      noisy(random, 100 * (1 + (2 * row) / grid.rows) * dailySwing(grid, row, 0.4) * (fault ? 0.5 : 1), 0.05),
  }),
  shape('recurring job', 'the job of six in the morning is no fault, the same height at three in the afternoon is', {
    faultSeconds: 900,
    atHour: 15,
    series: (random, grid) => {
      const late = drawRows({ ...grid, rows: 22 }, () => 0.1 * gaussian(random));
      return (row, fault) => {
        const start = 6 + (late[Math.floor((row * grid.stepSeconds) / 86_400)] ?? 0);
        const job = hourOf(grid, row) >= start && hourOf(grid, row) < start + 0.25;
        return noisy(random, 50 * (job || fault ? 4 : 1), 0.08);
      };
    },
  }),
  shape('saw-tooth heap', 'ever rising, ever collected; the fault is that it stays high', {
    faultSeconds: 3 * HOUR,
    series: (random) => {
      let heap = 40;
      return (_row, fault) => {
        heap += 1.4 + 0.3 * gaussian(random);
        if (fault) heap = Math.max(heap, 97);
        if (heap > 90 && !fault) heap = 40 + 3 * gaussian(random);
        return Math.min(heap, 100 + 0.2 * gaussian(random));
      };
    },
  }),
  shape('heavy tails', 'single large values are everyday', {
    faultSeconds: HOUR,
    series: (random) => (_row, fault) => 10 * Math.exp(0.9 * gaussian(random)) * (fault ? 6 : 1),
  }),
  shape('slow noise', 'neighbors are nearly equal, so that sums of evidence drift', {
    faultSeconds: 2 * HOUR,
    series: (random) => {
      const drift = slowNoise(random, 0.97);
      return (_row, fault) => 50 + 4 * drift() + (fault ? 24 : 0);
    },
  }),
  shape('weekends', 'on Wednesday the service is as quiet as on Sunday', {
    grid: gridOf(35, 900),
    faultSeconds: 3 * HOUR,
    atHour: 10,
    series: (random, grid) => (row, fault) =>
      noisy(random, 300 * dailySwing(grid, row, 0.6) * (isWeekend(grid, row) || fault ? 0.35 : 1), 0.05),
  }),
  shape('constant', 'there is no scale at all', {
    faultSeconds: 900,
    series: () => (_row, fault) => (fault ? 80 : 100),
  }),
  shape('sparse blips', 'zeros, and now and then a blip', {
    faultSeconds: HOUR,
    series: (random) => (_row, fault) => (fault || random() < 0.01 ? Math.round(12 + 6 * random()) : 0),
  }),
  shape('gaps', 'a fifth of the rows is absent, and whole nights', {
    faultSeconds: 1.5 * HOUR,
    series: (random, grid) => (row, fault) => {
      const value = noisy(random, 90 * dailySwing(grid, row, 0.4) * (fault ? 1.9 : 1), 0.06);
      const day = Math.floor((row * grid.stepSeconds) / 86_400);
      const night = day % 5 === 3 && hourOf(grid, row) < 6;
      return (random() < 0.2 || night) && !fault ? Number.NaN : value;
    },
  }),
  shape('livelier', 'the level stays, the noise does not', {
    faultSeconds: 2 * HOUR,
    series: (random) => (_row, fault) => 100 + (fault ? 6 : 1) * 2 * gaussian(random),
  }),
  shape('success ratio', 'bounded at one and nearly always there', {
    faultSeconds: 900,
    series: (random) => (_row, fault) => 1 - drawPoisson(random, fault ? 120 : 1.5) / 1_500,
  }),
  shape('around zero', 'a relative change means nothing here', {
    faultSeconds: HOUR,
    series: (random) => {
      const drift = slowNoise(random, 0.7);
      return (_row, fault) => drift() + (fault ? 7 : 0);
    },
  }),
  shape('slow decline', 'no row is far from the one before', {
    faultSeconds: 8 * HOUR,
    series: (random) => (_row, fault) => 85 + 1.5 * gaussian(random) - 18 * (fault?.progress ?? 0),
  }),
  shape('season of a prime length', 'the season is no part of a day', {
    faultSeconds: 2 * HOUR,
    series: (random) => (row, fault) => noisy(random, 200 * (1 + 0.6 * Math.sin((2 * Math.PI * row) / 83)), 0.04) + (fault ? 160 : 0),
  }),
];
