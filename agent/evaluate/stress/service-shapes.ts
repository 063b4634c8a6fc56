import type { Random } from '../../../core/random.ts';
import type { RowRange } from '../score/ranges.ts';
import { dailySwing, drawPoisson, type Grid, gridOf, hourOf, placeSpans, placeSpansAtHour, rowsIn, slowNoise, within } from './drawing.ts';

/** A drawn service: a column a metric, the faults, and which columns each fault moves. */
export interface DrawnService {
  readonly train: readonly Float64Array[];
  readonly test: readonly Float64Array[];
  readonly events: readonly RowRange[];
  /** A list of column numbers for each event. */
  readonly moved: readonly (readonly number[])[];
  readonly excused: readonly RowRange[];
}

export interface ServiceShape {
  readonly name: string;
  readonly trap: string;
  readonly metrics: number;
  readonly train: Grid;
  readonly test: Grid;
  readonly draw: (random: Random, faulty: boolean) => DrawnService;
}

const HOUR = 3_600;
const FIVE_MINUTES = 300;
const FAULTS = 4;

interface Plan {
  readonly metrics: number;
  /** How many columns a fault moves. */
  readonly moved: number;
  /** By how many of the column's own deviations. */
  readonly deviations?: number;
  readonly stepSeconds?: number;
  readonly trainDays?: number;
  readonly testDays?: number;
  readonly faultSeconds?: number;
  readonly atHour?: number;
  /** How strongly the common load swings over the day. */
  readonly swing?: number;
  readonly contaminated?: boolean;
  /** A shift that stays, from the middle of the test part on. */
  readonly permanentShift?: boolean;
  readonly dailyJob?: boolean;
  /** An hour of work each night; where there is a fault, it does not come. */
  readonly absentJob?: boolean;
  /** Noise is so many times as wide by the end of the test part, which is no fault. */
  readonly driftsTo?: number;
  /** Columns of which half the cells are absent. */
  readonly absent?: number;
}

interface Column {
  readonly level: number;
  readonly load: number;
  readonly spread: number;
  /** Counts scatter as counts do; every seventh column is one, every eleventh never changes, every thirteenth has spikes each day. */
  readonly kind: 'plain' | 'count' | 'constant' | 'spiky';
}

const kindOf = (column: number): Column['kind'] => {
  if (column % 13 === 12) return 'spiky';
  if (column % 11 === 10) return 'constant';
  return column % 7 === 6 ? 'count' : 'plain';
};

const drawColumns = (random: Random, metrics: number): readonly Column[] =>
  Array.from({ length: metrics }, (_, j) => {
    const level = Math.exp(1 + 4 * random());
    return { level, load: random(), spread: level * (0.02 + 0.08 * random()), kind: kindOf(j) };
  });

const pick = (random: Random, columns: readonly Column[], count: number): readonly number[] => {
  const movable = columns.flatMap((column, j) => (column.kind === 'constant' ? [] : [j]));
  const picked: number[] = [];
  while (picked.length < Math.min(count, movable.length)) {
    const j = movable[Math.floor(random() * movable.length)] as number;
    if (!picked.includes(j)) picked.push(j);
  }
  return picked;
};

const SPIKES_A_DAY = 3;

const shape = (name: string, trap: string, plan: Plan): ServiceShape => {
  const step = plan.stepSeconds ?? FIVE_MINUTES;
  const train = gridOf(plan.trainDays ?? 7, step);
  const test = gridOf(plan.testDays ?? 7, step);
  const length = rowsIn(test, plan.faultSeconds ?? HOUR);
  const shiftAt = Math.round(test.rows / 2);
  const excused = plan.permanentShift ? [{ first: shiftAt, last: shiftAt + rowsIn(test, 24 * HOUR) }] : [];
  const draw = (random: Random, faulty: boolean): DrawnService => {
    const columns = drawColumns(random, plan.metrics);
    const spans =
      plan.atHour === undefined
        ? placeSpans(random, test, rowsIn(test, HOUR), FAULTS, length)
        : placeSpansAtHour(random, test, rowsIn(test, HOUR), FAULTS, length, plan.atHour);
    const events = faulty ? spans.filter((span) => !excused.some((e) => span.first <= e.last && span.last >= e.first)) : [];
    const workers = columns.flatMap((column, j) => (j % 4 === 1 && column.kind !== 'constant' ? [j] : []));
    const moved = events.map(() => (plan.absentJob ? workers : pick(random, columns, plan.moved)));
    const early = plan.contaminated ? placeSpans(random, train, 0, FAULTS, length) : [];
    const earlyMoved = pick(random, columns, plan.moved);
    const shifted = plan.permanentShift ? pick(random, columns, Math.ceil(plan.metrics / 5)) : [];
    const common = slowNoise(random, 0.95);
    const drawPart = (grid: Grid, testPart: boolean): readonly Float64Array[] => {
      const values = columns.map(() => new Float64Array(grid.rows));
      const own = columns.map(() => slowNoise(random, 0.5));
      for (let row = 0; row < grid.rows; row += 1) {
        const load = dailySwing(grid, row, plan.swing ?? 0.3) * (1 + 0.05 * common());
        const hour = hourOf(grid, row);
        const fault = testPart ? events.findIndex((span) => row >= span.first && row <= span.last) : -1;
        const job = hour >= 4 && ((plan.dailyJob === true && hour < 4.5) || (plan.absentJob === true && hour < 5 && fault < 0));
        const wider = 1 + ((plan.driftsTo ?? 1) - 1) * (testPart ? row / grid.rows : 0);
        for (const [j, column] of columns.entries()) {
          const hurt = fault >= 0 ? moved[fault]?.includes(j) : !testPart && earlyMoved.includes(j) && within(early, row);
          const extra =
            (hurt && plan.absentJob !== true ? (plan.deviations ?? 8) : 0) +
            (testPart && row >= shiftAt && shifted.includes(j) ? 6 : 0) +
            (job && j % 4 === 1 ? 12 : 0) +
            (column.kind === 'spiky' && random() < (SPIKES_A_DAY * grid.stepSeconds) / 86_400 ? 15 : 0);
          const noise = wider * (own[j]?.() ?? 0);
          const cell = values[j] as Float64Array;
          cell[row] = cellOf(random, column, load, noise, extra);
          if (j < (plan.absent ?? 0) && random() < 0.5) cell[row] = Number.NaN;
        }
      }
      return values;
    };
    return { train: drawPart(train, false), test: drawPart(test, true), events, moved, excused };
  };
  return { name, trap, metrics: plan.metrics, train, test, draw };
};

const cellOf = (random: Random, column: Column, load: number, noise: number, extra: number): number => {
  if (column.kind === 'constant') return column.level;
  const carried = column.level * (1 - column.load + column.load * load);
  if (column.kind === 'count') return drawPoisson(random, Math.max(0, carried + extra * Math.sqrt(carried)));
  return carried + column.spread * (noise + extra);
};

export const SERVICE_SHAPES: readonly ServiceShape[] = [
  shape('5 metrics, one at fault', 'a mean over the largest few is a mean over all', { metrics: 5, moved: 1 }),
  shape('20 metrics, three at fault', 'the ordinary case', { metrics: 20, moved: 3 }),
  shape('100 metrics, one at fault', 'one metric drowns in a hundred', { metrics: 100, moved: 1, deviations: 14 }),
  shape('100 metrics, twenty a little', 'no metric alone is worth a word', { metrics: 100, moved: 20, deviations: 3.5 }),
  shape('200 metrics, five at fault', 'width must not raise false alarms', { metrics: 200, moved: 5, testDays: 5 }),
  shape('daily swing hides the fault', 'at night the metrics read as at noon', {
    metrics: 20,
    moved: 4,
    swing: 0.8,
    atHour: 3,
    deviations: 8,
  }),
  shape('permanent shift', 'a fifth of the metrics moves and stays', { metrics: 30, moved: 3, deviations: 12, permanentShift: true }),
  shape('contaminated training', 'training holds the very faults', { metrics: 20, moved: 3, contaminated: true }),
  shape('daily job', 'five metrics jump each night, which is no fault', { metrics: 20, moved: 3, dailyJob: true, deviations: 10 }),
  shape('a job that does not come', 'what is absent must be missed', { metrics: 20, moved: 5, absentJob: true, atHour: 4 }),
  shape('drifting scale', 'noise grows to twice its width, which is no fault', { metrics: 20, moved: 3, driftsTo: 2, deviations: 12 }),
  shape('steps of 10 s', 'constants counted in rows become minutes', {
    metrics: 15,
    moved: 3,
    stepSeconds: 10,
    trainDays: 1,
    testDays: 1.5,
    faultSeconds: 600,
  }),
  shape('steps of 1 min', 'constants counted in rows become hours', {
    metrics: 15,
    moved: 3,
    stepSeconds: 60,
    trainDays: 4,
    testDays: 4,
    faultSeconds: 900,
  }),
  shape('steps of 1 h', 'constants counted in rows become days', {
    metrics: 15,
    moved: 3,
    stepSeconds: HOUR,
    trainDays: 40,
    testDays: 40,
    faultSeconds: 4 * HOUR,
  }),
  shape('one day of training', 'a day has been seen once', { metrics: 20, moved: 3, trainDays: 1 }),
  shape('half of the cells absent', 'absent is not zero', { metrics: 20, moved: 3, absent: 6 }),
];
