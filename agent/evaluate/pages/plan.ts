import { SECOND_MS } from '../../../core/time.ts';
import { RAMPS, SUDDEN } from './faults.ts';
import type { LifeWanted } from './life.ts';
import type { PagesTask } from './task.ts';

export interface PagesWanted {
  readonly seed: number;
  readonly draws: number;
  readonly weeks: number;
  readonly falsePagesPerServiceWeek: number;
  /** A minute's worth, to see that it runs. */
  readonly smoke: boolean;
}

const STEP_MS = 15 * SECOND_MS;
/** Faults of each kind a fleet: with forty fleets 480 ramps and 480 others. */
const RAMPS_OF_EACH = 6;
const SUDDEN_OF_EACH = 2;
/** Exports at other intervals: fewer fleets, lived through as long as it takes to know them, and broken more often. */
const OTHER_STEPS: readonly (Pick<LifeWanted, 'stepMs' | 'weeks' | 'suddenOfEach'> & { readonly everyFleet: number })[] = [
  { stepMs: 60 * SECOND_MS, everyFleet: 2, weeks: 1.5, suddenOfEach: 4 },
  { stepMs: 5 * SECOND_MS, everyFleet: 8, weeks: 1.5, suddenOfEach: 16 },
];
const CLEAN_FLEETS = 4;
const CLEAN_LEARN_DAYS = 7;
const CLEAN_DAYS = 9;

export const planPages = ({ seed, draws, weeks, falsePagesPerServiceWeek, smoke }: PagesWanted): readonly PagesTask[] => {
  const life = (draw: number, more: Partial<LifeWanted> = {}): PagesTask => ({
    kind: 'life',
    wanted: {
      seed,
      draw,
      weeks,
      stepMs: STEP_MS,
      falsePagesPerServiceWeek,
      watch: 'what-pages',
      faults: [...RAMPS, ...SUDDEN],
      rampsOfEach: RAMPS_OF_EACH,
      suddenOfEach: SUDDEN_OF_EACH,
      countsPages: true,
      ...more,
    },
  });
  if (smoke) {
    const short = { weeks: 4 / 7, rampsOfEach: 1, suddenOfEach: 1, stepMs: 60 * SECOND_MS };
    return [life(1, short), life(3, short), { kind: 'p-values', seed, draw: 1, learnDays: 2, days: 3, stepMs: 60 * SECOND_MS }];
  }
  const fleets = Array.from({ length: draws }, (_, draw) => draw);
  return [
    ...fleets.map((draw) => life(draw)),
    ...OTHER_STEPS.flatMap(({ everyFleet, ...other }) =>
      fleets.filter((draw) => draw % everyFleet === 1).map((draw) => life(draw, { ...other, countsPages: false })),
    ),
    ...fleets
      .slice(0, CLEAN_FLEETS)
      .map((draw): PagesTask => ({ kind: 'p-values', seed, draw, learnDays: CLEAN_LEARN_DAYS, days: CLEAN_DAYS, stepMs: STEP_MS })),
  ];
};
