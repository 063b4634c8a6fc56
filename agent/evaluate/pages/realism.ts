import { quantile } from '../../../core/math.ts';
import { createSignalTable, type SignalKind } from '../../../core/signal.ts';
import type { Recording } from '../../models/recording.ts';
import { createFleet } from './fleet.ts';
import { drawFleet } from './parameters.ts';

/** What chance does to the signals of one service, without its seasons: figures that a generator could get wrong. */
export interface Likeness {
  /** Variance of the count of a step over its mean: 1 for Poisson. */
  readonly countDispersion: number;
  /** Of ln latency around its moving mean, what sampling would leave of it and what the step before says of it. */
  readonly latencySpread: number;
  readonly latencyAutocorrelation: number;
  /** Variance of bad events over what a binomial of the moving share has: 1 where they come independently. */
  readonly badDispersion: number;
}

interface Columns {
  readonly value: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
}

/** Steps on each side of the moving mean that stands for season and level. */
const HALF_WINDOW = 3;

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Deviations from the moving mean, each scaled to the variance it would have about the true one. */
const deviations = (values: ArrayLike<number>): readonly number[] => {
  const found: number[] = [];
  for (let at = HALF_WINDOW; at + HALF_WINDOW < values.length; at += 1) {
    let sum = 0;
    for (let near = at - HALF_WINDOW; near <= at + HALF_WINDOW; near += 1) sum += values[near] as number;
    const size = 2 * HALF_WINDOW + 1;
    found.push(((values[at] as number) - sum / size) / Math.sqrt(1 - 1 / size));
  }
  return found;
};

const autocorrelation = (all: readonly number[]): number => {
  const pairs = all.flatMap((value, at) => {
    const before = all[at - 1];
    return before === undefined || Number.isNaN(before * value) ? [] : [[before, value] as const];
  });
  const square = meanOf(pairs.map(([a]) => a * a));
  return square > 0 ? meanOf(pairs.map(([a, b]) => a * b)) / square : Number.NaN;
};

const countDispersion = ({ value, weight }: Columns): number => {
  const counts = Array.from(value, (one, at) => one * (weight[at] as number));
  const squares = deviations(counts)
    .map((deviation) => deviation * deviation)
    .filter((square) => !Number.isNaN(square));
  return meanOf(squares) / meanOf(counts.filter((count) => !Number.isNaN(count)));
};

const badDispersion = ({ value, weight }: Columns): number => {
  let squares = 0;
  let points = 0;
  for (let at = HALF_WINDOW; at + HALF_WINDOW < value.length; at += 1) {
    let bad = 0;
    let all = 0;
    for (let near = at - HALF_WINDOW; near <= at + HALF_WINDOW; near += 1) {
      if (near === at || Number.isNaN(value[near] as number)) continue;
      bad += (value[near] as number) * (weight[near] as number);
      all += weight[near] as number;
    }
    const events = weight[at] as number;
    const share = bad / all;
    if (!(events > 0) || !(share > 0 && share < 1)) continue;
    const deviation = (value[at] as number) * events - events * share;
    squares += (deviation * deviation) / (events * share * (1 - share) * (1 + events / all));
    points += 1;
  }
  return points === 0 ? Number.NaN : squares / points;
};

const likenessOf = (requests: Columns, duration: Columns, bad: Columns | undefined): Likeness => {
  const latency = deviations(duration.value);
  const seen = latency.filter((value) => !Number.isNaN(value));
  return {
    countDispersion: countDispersion(requests),
    latencySpread: Math.sqrt(meanOf(seen.map((value) => value * value))),
    latencyAutocorrelation: autocorrelation(latency),
    badDispersion: bad === undefined ? Number.NaN : badDispersion(bad),
  };
};

interface Named extends Columns {
  readonly service: string;
  readonly name: string;
  readonly kind: SignalKind;
  readonly scope: { readonly kind: string };
}

const likenesses = (signals: readonly Named[]): readonly Likeness[] => {
  const own = signals.filter(({ scope }) => scope.kind === 'service');
  return [...new Set(own.map(({ service }) => service))].flatMap((service) => {
    const of = (name: string): Named | undefined => own.find((signal) => signal.service === service && signal.name === name);
    const [requests, duration] = [of('requests'), of('duration')];
    return requests === undefined || duration === undefined ? [] : [likenessOf(requests, duration, of('declined') ?? of('errors'))];
  });
};

/** Services of fleets with about the traffic a step of the recording has, an hour of midday. */
const generated = (seed: number, draws: number, stepMs: number): readonly Likeness[] =>
  Array.from({ length: draws }, (_, draw) => {
    const parameters = drawFleet({ seed, draw, weeks: 1, stepMs });
    const table = createSignalTable();
    const from = Math.round((parameters.from + 38 * 3_600_000) / stepMs);
    const fleet = createFleet(parameters, table, [], { watch: 'what-pages', from });
    const steps = 720;
    const columns = table
      .all()
      .map((signal) => ({ ...signal, value: new Float64Array(steps).fill(Number.NaN), weight: new Float64Array(steps).fill(Number.NaN) }));
    for (let at = 0; at < steps; at += 1) {
      const { length, signal, value, weight } = fleet.next();
      for (let row = 0; row < length; row += 1) {
        const column = columns[signal[row] as number] as (typeof columns)[number];
        column.value[at] = value[row] as number;
        column.weight[at] = weight[row] as number;
      }
    }
    return likenesses(columns);
  }).flat();

export interface Comparison {
  readonly figure: keyof Likeness;
  /** Smallest, median and largest of the recorded services. */
  readonly recorded: readonly number[];
  /** 10 %, median and 90 % of the generated ones. */
  readonly generated: readonly number[];
}

const FIGURES: readonly (keyof Likeness)[] = ['countDispersion', 'latencySpread', 'latencyAutocorrelation', 'badDispersion'];

const STEP_MS = 15_000;

export const compareWith = (recording: Recording, seed: number, draws: number): readonly Comparison[] => {
  const real = likenesses(recording.signals);
  const made = generated(seed, draws, STEP_MS);
  const quantiles = (all: readonly Likeness[], figure: keyof Likeness, at: readonly number[]): readonly number[] => {
    const values = all.map((one) => one[figure]).filter(Number.isFinite);
    return at.map((q) => quantile(values, q));
  };
  return FIGURES.map((figure) => ({
    figure,
    recorded: quantiles(real, figure, [0, 0.5, 1]),
    generated: quantiles(made, figure, [0.1, 0.5, 0.9]),
  }));
};
