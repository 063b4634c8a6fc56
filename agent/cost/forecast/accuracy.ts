import { quantile } from 'simple-statistics';
import type { Instant } from '../../../core/time.ts';
import { HOUR_MS } from '../../../core/time.ts';
import type { Outcome24 } from './blend.ts';
import { learnFrom } from './learned.ts';
import { ORIGINS_MIN, sampleCost } from './month-end.ts';
import type { Opinions, WalkedDriver } from './walk.ts';

const HOURS_A_DAY = 24;
const WEEK_DAYS = 7;
/** Paths of one past forecast, and past forecasts judged at most: this is repeated for each of them. */
const PATHS = 120;
const ORIGINS_MAX = 24;

/** What forecasts of the past were worth: each made without knowing what came, with the spread known at its time. */
export interface Accuracy {
  /** Forecasts judged, and the days that each was followed. */
  readonly forecasts: number;
  readonly followedDays: number;
  readonly daysJudged: number;
  /** Sum of absolute errors over sum of what came. */
  readonly wape: number;
  /** Sum of errors over sum of what came: above 0 the forecast was too high. */
  readonly bias: number;
  /** Share of days, and of whole followed spans, between P10 and P90. */
  readonly coverage: number;
  readonly spanWape: number;
  readonly spanCoverage: number;
  /** What the distance of P10 and P90 from P50 is multiplied with, so that eight in ten of these spans would have been inside. */
  readonly widening: number;
  /** The same WAPE of whoever takes the same day of the week before; NaN without a week before. */
  readonly naiveWape: number;
}

const sumOf = (values: Iterable<number>): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

/** What a stretch of 24 hours did cost; NaN when any driver has no data for more than a sixth of it. */
const costThatCame = (walked: readonly WalkedDriver[], hour: number): number => {
  let cost = 0;
  for (const { driver } of walked) {
    let known = 0;
    let sum = 0;
    for (let at = hour; at < hour + HOURS_A_DAY; at += 1) {
      const value = driver.cost[at] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      known += 1;
      sum += value;
    }
    if (known < 20) return Number.NaN;
    cost += (sum * HOURS_A_DAY) / known;
  }
  return cost;
};

interface Judged {
  readonly came: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly naive: number;
}

const wapeOf = (judged: readonly Judged[], forecast: (one: Judged) => number): number =>
  sumOf(judged.map((one) => Math.abs(forecast(one) - one.came))) / sumOf(judged.map(({ came }) => came));

const coverageOf = (judged: readonly Judged[]): number =>
  judged.filter(({ came, p10, p90 }) => came >= p10 && came <= p90).length / judged.length;

const SPANS_MIN = 5;
/** A spread this much too narrow is no spread; what is beyond says that the past does not repeat. */
const WIDENING_MAX = 20;

/** Split conformal: the 80 % quantile of how many spreads what came was away. Never narrower than sampled. */
const wideningOf = (spans: readonly Judged[]): number => {
  if (spans.length < SPANS_MIN) return 1;
  const away = spans.map(({ came, p10, p50, p90 }) => {
    const spread = came > p50 ? p90 - p50 : p50 - p10;
    return spread > 0 ? Math.abs(came - p50) / spread : came === p50 ? 0 : WIDENING_MAX;
  });
  return Math.min(WIDENING_MAX, Math.max(1, quantile(away, 0.8)));
};

/** Rolling origin: from midnight to midnight, every forecast against what came. Undefined while too few can be judged. */
export const judgeForecasts = (
  walked: readonly WalkedDriver[],
  outcomes: readonly Outcome24[],
  from: Instant,
  followed: number,
  seed: number,
): Accuracy | undefined => {
  const knownHours = walked[0]?.driver.values.length ?? 0;
  const span = followed * HOURS_A_DAY;
  const days: Judged[] = [];
  const spans: Judged[] = [];
  const usable = outcomes.flatMap((path, index) => {
    // Only what had come by then may say how wrong forecasts are.
    const before = outcomes.flatMap(({ origin }, place) => (origin + span <= path.origin ? [place] : []));
    return before.length >= ORIGINS_MIN && path.origin + span <= knownHours ? [{ path, index, before }] : [];
  });
  const every = Math.max(1, Math.ceil(usable.length / ORIGINS_MAX));
  const chosen = usable.filter((_, index) => index % every === 0);
  const came = new Map<number, number>();
  const cameAt = (hour: number): number => {
    let cost = came.get(hour);
    if (cost === undefined) {
      cost = hour < 0 ? Number.NaN : costThatCame(walked, hour);
      came.set(hour, cost);
    }
    return cost;
  };
  for (const { path, index, before } of chosen) {
    const learned = learnFrom(
      walked,
      before.map((place) => outcomes[place] as Outcome24),
      before,
    );
    const ahead = learned.ahead(({ past }) => past[index] as Opinions);
    const at = { origin: path.origin, instant: from + path.origin * HOUR_MS, hours: span, seed: seed + index, paths: PATHS };
    const sampled = sampleCost(walked, ahead, learned.errors, at);
    const actual = Array.from({ length: followed }, (_, day) => cameAt(path.origin + day * HOURS_A_DAY));
    sampled.days.forEach(({ p10, p50, p90 }, day) => {
      const cost = actual[day] as number;
      const weekBefore = cameAt(path.origin + ((day % WEEK_DAYS) - WEEK_DAYS) * HOURS_A_DAY);
      if (!Number.isNaN(cost)) days.push({ came: cost, p10, p50, p90, naive: weekBefore });
    });
    if (actual.every((cost) => !Number.isNaN(cost))) spans.push({ came: sumOf(actual), ...sampled.total, naive: Number.NaN });
  }
  if (days.length === 0) return undefined;
  return {
    forecasts: chosen.length,
    followedDays: followed,
    daysJudged: days.length,
    wape: wapeOf(days, ({ p50 }) => p50),
    bias: sumOf(days.map(({ p50, came: cost }) => p50 - cost)) / sumOf(days.map(({ came: cost }) => cost)),
    coverage: coverageOf(days),
    spanWape: spans.length === 0 ? Number.NaN : wapeOf(spans, ({ p50 }) => p50),
    spanCoverage: spans.length === 0 ? Number.NaN : coverageOf(spans),
    widening: wideningOf(spans),
    naiveWape: wapeOf(
      days.filter(({ naive }) => !Number.isNaN(naive)),
      ({ naive }) => naive,
    ),
  };
};
