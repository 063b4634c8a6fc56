import { gaussian, seededRandom } from '../../../core/random.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { createEnsemble, observeEnsemble, writeQuantiles } from '../../../detectors/forecast/index.ts';
import { LEVELS } from '../forecast/judge.ts';
import { dailySwing, drawPoisson, gridOf, hourOf, isWeekend, slowNoise } from '../stress/drawing.ts';
import { CONTENT_TOP, clockTicks, drawStack, type Panel, type Plotted, stackHeight, svgOf, WIDTH } from './drawing.ts';

const STEP_MINUTES = 5;
const ROWS_A_DAY = 288;
const DAYS = 15;
/** A Monday. */
const FIRST_STEP = Date.UTC(2026, 2, 2) / (STEP_MINUTES * MINUTE_MS);
/** Steps of 15, 30 and 60 minutes. */
const ANCHORS = [3, 6, 12];
const AHEAD = 6;
/** A day shown, and on it the moment from which the next hour is told. */
const SHOWN_FROM = 14 * ROWS_A_DAY;
/** The second week is judged. */
const JUDGED_FROM = 7 * ROWS_A_DAY;
const MOMENT = SHOWN_FROM + 9 * 12;
const HORIZON = 12;

const columnOf = (said: readonly Float64Array[], level: number): readonly number[] =>
  said.map((quantiles) => quantiles[LEVELS.indexOf(level)] as number);

const fanOf = (said: readonly Float64Array[]): readonly Plotted[] => [
  { kind: 'area', style: 'band', name: '50, 90 and 99 % of outcomes', lower: columnOf(said, 0.005), upper: columnOf(said, 0.995) },
  { kind: 'area', style: 'band', name: '', lower: columnOf(said, 0.05), upper: columnOf(said, 0.95) },
  { kind: 'area', style: 'deep', name: '', lower: columnOf(said, 0.25), upper: columnOf(said, 0.75) },
  { kind: 'line', style: 'usual', name: 'median', values: columnOf(said, 0.5) },
];

/** A service of five minute steps in its third week: what was said half an hour before, and an hour from one moment on. */
export const forecastPicture = (): string => {
  const grid = gridOf(DAYS, STEP_MINUTES * 60);
  const random = seededRandom(9);
  const wave = slowNoise(random, 0.97);
  const loads = Float64Array.from({ length: grid.rows }, (_, row) => {
    const lunch = Math.exp(-(hourOf(grid, row) - 12.5) * (hourOf(grid, row) - 12.5));
    const usual = 900 * (dailySwing(grid, row, 0.6) + 0.5 * lunch) * (isWeekend(grid, row) ? 0.7 : 1);
    return drawPoisson(random, usual * Math.max(0, 1 + 0.07 * wave() + 0.02 * gaussian(random)));
  });
  const state = createEnsemble({
    scale: { stepMs: STEP_MINUTES * MINUTE_MS, dayLengthMs: DAY_MS },
    levels: LEVELS,
    anchors: ANCHORS,
  });
  /** What was said of each row, half an hour before it. */
  const said: Float64Array[] = [];
  let fan: readonly Float64Array[] = [];
  const quantilesAt = (steps: number): Float64Array => {
    const out = new Float64Array(LEVELS.length);
    writeQuantiles(state, steps, out);
    return out;
  };
  loads.forEach((load, row) => {
    observeEnsemble(state, FIRST_STEP + row, load);
    if (row >= JUDGED_FROM - AHEAD) said[row + AHEAD] = quantilesAt(AHEAD);
    if (row === MOMENT) fan = Array.from({ length: HORIZON }, (_, step) => quantilesAt(step + 1));
  });
  const day = said.slice(SHOWN_FROM, SHOWN_FROM + ROWS_A_DAY);
  const within = (low: number, high: number): string => {
    const judged = Array.from(loads.subarray(JUDGED_FROM), (load, place) => {
      const quantiles = said[JUDGED_FROM + place] as Float64Array;
      return load >= (quantiles[LEVELS.indexOf(low)] as number) && load <= (quantiles[LEVELS.indexOf(high)] as number);
    });
    return `${((100 * judged.filter(Boolean).length) / judged.length).toFixed(1)} %`;
  };
  const minutes = (row: number): number => (row - SHOWN_FROM) * STEP_MINUTES;
  const whole: Panel = {
    title: 'Requests of 5 minutes, as said 30 minutes before',
    height: 190,
    low: 0,
    format: String,
    plotted: [
      ...fanOf(day),
      { kind: 'line', style: 'seen', name: 'what came', values: loads.subarray(SHOWN_FROM, SHOWN_FROM + ROWS_A_DAY) },
    ],
  };
  const zoomFrom = MOMENT - 12;
  const rows = Array.from({ length: 12 + HORIZON + 1 }, (_, place) => zoomFrom + place);
  const blank = new Float64Array(LEVELS.length).fill(Number.NaN);
  const now = new Float64Array(LEVELS.length).fill(loads[MOMENT] as number);
  const zoomed = rows.map((row) => (row < MOMENT ? blank : row === MOMENT ? now : (fan[row - MOMENT - 1] as Float64Array)));
  const zoom: Panel = {
    title: 'The hour after 09:00, as said at 09:00',
    height: 150,
    format: String,
    plotted: [...fanOf(zoomed), { kind: 'line', style: 'seen', name: 'what came', values: rows.map((row) => loads[row] as number) }],
  };
  const wholeHeight = stackHeight([whole]);
  return svgOf({
    title: 'Forecast: quantiles of the load to come, against what came',
    description:
      'A day of a load with the quantiles that were said half an hour before each step, and the fan of quantiles over one hour as said at nine in the morning, which widens with the time ahead. What came lies within them about as often as said.',
    height: wholeHeight + stackHeight([zoom]),
    content:
      drawStack({
        left: 62,
        right: WIDTH - 24,
        top: CONTENT_TOP,
        places: day.map((_, place) => minutes(SHOWN_FROM + place)),
        panels: [whole],
        spans: [],
        ticks: clockTicks(0, 1_380, 120),
        axis: 'time of day',
      }) +
      drawStack({
        left: 62,
        right: WIDTH - 24,
        top: CONTENT_TOP + wholeHeight,
        places: rows.map(minutes),
        panels: [zoom],
        spans: [],
        ticks: clockTicks(minutes(zoomFrom), minutes(MOMENT + HORIZON), 15),
        axis: 'time of day',
      }),
    said: [
      `Of the outcomes of the second week and this day, ${within(0.25, 0.75)} lay within 50 %, ${within(0.05, 0.95)} within 90 % and ${within(0.005, 0.995)} within 99 %.`,
    ],
  });
};
