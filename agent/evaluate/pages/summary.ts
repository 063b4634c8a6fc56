import type { SignalKind } from '../../../core/signal.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import { bootstrap, type Estimate } from '../score/bootstrap.ts';
import type { FaultTrial } from './fault-trial.ts';
import { type FaultKind, isRamp, RAMPS, SUDDEN } from './faults.ts';
import type { FalsePage, Life } from './life.ts';
import { P_LEVELS, type RealizedRates } from './p-values.ts';
import { type Rate, rateOf } from './rate-figures.ts';
import type { PagesResult } from './task.ts';

/** Faults on a step length, told apart by whether there is enough traffic to see them. */
export interface DelayLine {
  readonly kind: FaultKind;
  readonly stepSeconds: number;
  readonly trials: number;
  readonly told: number;
  readonly p50Seconds: number;
  readonly p95Seconds: number;
  /** Share told within three minutes, and within three steps. */
  readonly withinThreeMinutes: number;
  readonly withinThreeSteps: number;
  /** Ramps: share told ten minutes before the burn rate of 14.4 or more; interval over fleets. */
  readonly early: Estimate | undefined;
  readonly leadMinutes: number;
}

export interface PagesSummary {
  readonly fleets: number;
  readonly falsePages: Rate;
  /** Without the first week of each fleet. */
  readonly falsePagesSettled: Rate;
  readonly pages: readonly FalsePage[];
  readonly delays: readonly DelayLine[];
  /** The same, of services with less traffic than `LEAST_RATE`. */
  readonly delaysSparse: readonly DelayLine[];
  readonly spoiled: number;
  readonly rates: readonly { readonly kind: SignalKind | 'all'; readonly points: number; readonly share: readonly number[] }[];
}

/** Requests a second from which five percent of errors are a count and no anecdote: 30 requests a step of 15 s. */
export const LEAST_RATE = 2;
const EARLY_MINUTES = 10;
const SETTLED_DAYS = 7;
const THREE_MINUTES_MS = 3 * MINUTE_MS;

const shareOf = <Item>(items: readonly Item[], holds: (item: Item) => boolean): number =>
  items.length === 0 ? Number.NaN : items.filter(holds).length / items.length;

/** The value that a share q of all lie at or beneath: never between a number and never. */
const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(q * values.length) - 1)] ?? Number.NaN;

/** `minuteMs` is a step where minutes were taken for steps. */
const lineOf = (kind: FaultKind, stepMs: number, trials: readonly FaultTrial[], minuteMs: number): DelayLine => {
  const delays = trials.map(({ delayMs }) => delayMs);
  const byDraw = new Map<number, FaultTrial[]>();
  for (const trial of trials) byDraw.set(trial.draw, [...(byDraw.get(trial.draw) ?? []), trial]);
  return {
    kind,
    stepSeconds: stepMs / SECOND_MS,
    trials: trials.length,
    told: shareOf(delays, Number.isFinite),
    p50Seconds: quantile(delays, 0.5) / SECOND_MS,
    p95Seconds: quantile(delays, 0.95) / SECOND_MS,
    withinThreeMinutes: shareOf(delays, (delay) => delay <= THREE_MINUTES_MS),
    withinThreeSteps: shareOf(delays, (delay) => delay <= 3 * stepMs),
    early: isRamp(kind)
      ? bootstrap([...byDraw.values()], (drawn) => shareOf(drawn.flat(), ({ leadMs }) => leadMs >= EARLY_MINUTES * minuteMs))
      : undefined,
    leadMinutes: isRamp(kind)
      ? quantile(
          trials.map(({ leadMs }) => (Number.isNaN(leadMs) ? Number.NEGATIVE_INFINITY : leadMs)),
          0.5,
        ) / minuteMs
      : Number.NaN,
  };
};

export const delayLines = (trials: readonly FaultTrial[], minuteMs: number = MINUTE_MS): readonly DelayLine[] => {
  const lengths = [...new Set(trials.map(({ stepMs }) => stepMs))].sort((a, b) => b - a);
  return [...RAMPS, ...SUDDEN].flatMap((kind) =>
    lengths.flatMap((stepMs) => {
      const of = trials.filter((trial) => trial.kind === kind && trial.stepMs === stepMs);
      return of.length === 0 ? [] : [lineOf(kind, stepMs, of, minuteMs)];
    }),
  );
};

const pooled = (all: readonly RealizedRates[]): PagesSummary['rates'] => {
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  return [...kinds, 'all' as const].flatMap((kind) => {
    const of = all.filter((rates) => kind === 'all' || rates.kind === kind);
    const points = of.reduce((sum, rates) => sum + rates.points, 0);
    if (points === 0) return [];
    return [{ kind, points, share: P_LEVELS.map((_, place) => of.reduce((sum, rates) => sum + (rates.beneath[place] ?? 0), 0) / points) }];
  });
};

const falsePagesOf = (lives: readonly Life[], sinceDays: number): Rate =>
  rateOf(
    lives.map(({ pages, serviceWeeks, services }) => ({
      events: pages.filter(({ age }) => age >= sinceDays).length,
      exposure: Math.max(0, serviceWeeks - (services * sinceDays) / 7),
    })),
  );

export const summarizePages = (results: readonly PagesResult[]): PagesSummary => {
  const lived = results.flatMap((result) => (result.kind === 'life' ? [result] : []));
  // Fleets of other step lengths are lived through for their faults; the budget is held at the step people run.
  const quiet = lived.filter(({ task }) => task.countsPages).map(({ life }) => life);
  const trials = lived.flatMap(({ life }) => life.trials);
  const clean = trials.filter(({ spoiled }) => !spoiled);
  return {
    fleets: quiet.length,
    falsePages: falsePagesOf(quiet, 0),
    falsePagesSettled: falsePagesOf(quiet, SETTLED_DAYS),
    pages: quiet.flatMap(({ pages }) => pages),
    delays: delayLines(clean.filter(({ rate }) => rate >= LEAST_RATE)),
    delaysSparse: delayLines(clean.filter(({ rate }) => !(rate >= LEAST_RATE))),
    spoiled: trials.length - clean.length,
    rates: pooled(results.flatMap((result) => (result.kind === 'p-values' ? result.rates : []))),
  };
};
