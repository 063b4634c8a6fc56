import { DAY_MS, HOUR_MS, type Instant } from '../../../core/time.ts';
import { createForecaster, forecastLoad, observeLoad } from '../../../detectors/forecast/index.ts';
import type { Driver } from './drivers.ts';
import { dayMeans, EVEN_WEEK, type WeekdayFactors, weekdayAt, weekdayFactors } from './weekdays.ts';

const HOURS_A_DAY = 24;
const SCALE = { stepMs: HOUR_MS, dayLengthMs: HOURS_A_DAY * HOUR_MS };
const LEVELS = [0.1, 0.5, 0.9];
const MEDIAN = 1;
/** Before the first forecast is made: a week, because a weekend is no weekday. */
const WARM_UP_DAYS = 7;
/** Days that a forecast is followed: longer ones would leave too few to learn from. */
const FOLLOWED_DAYS_MAX = 14;
const TYPICAL_DAYS = 14;

/** Two opinions of the hours after an origin. */
export interface Opinions {
  /** Of the product's own load forecaster: the best for the next hours, and quick to follow today's level. */
  readonly forecaster: Float64Array;
  /** The same hour on the days of the last two weeks: slow, and for that the better the farther away. */
  readonly typical: Float64Array;
}

/** What was said on one day of the past, knowing nothing later. */
export interface PastForecast extends Opinions {
  /** Hour of its making: it knows the hours before. */
  readonly origin: number;
}

export interface WalkedDriver {
  readonly driver: Driver;
  readonly past: readonly PastForecast[];
  /** From the first unknown hour on. */
  readonly ahead: Opinions;
}

/** Days a forecast of the past is followed, from how much past there is. */
export const followedDays = (knownHours: number, hoursAhead: number): number => {
  const days = Math.floor(knownHours / HOURS_A_DAY) - WARM_UP_DAYS;
  return Math.max(0, Math.min(FOLLOWED_DAYS_MAX, Math.ceil(Math.max(1, hoursAhead) / HOURS_A_DAY), Math.floor(days / 2)));
};

export interface WalkedSpan {
  /** First hour that any driver knows: before it there is no past to learn from. */
  readonly begin: number;
  readonly hoursAhead: number;
  /** Days that a forecast of the past is followed. */
  readonly followed: number;
}

/**
 * Walks the product's own load forecaster through the past, and keeps what it would have said on each day, beside what
 * is typical. Both are shown a week without weekdays, and their word is given them back.
 */
export const walkDriver = (driver: Driver, from: Instant, span: WalkedSpan): WalkedDriver => {
  const { begin, hoursAhead, followed } = span;
  const { values } = driver;
  const state = createForecaster({ scale: SCALE, levels: LEVELS });
  const firstHour = Math.round(from / HOUR_MS);
  const { first, means } = dayMeans(values, from);
  const past: PastForecast[] = [];
  let factors: WeekdayFactors = EVEN_WEEK;
  const factorAt = (hour: number): number => factors[weekdayAt(from + hour * HOUR_MS)] as number;
  const opinions = (origin: number, hours: number): Opinions => {
    if (hours === 0) return { forecaster: new Float64Array(0), typical: new Float64Array(0) };
    const forecast = forecastLoad(state, hours, from + origin * HOUR_MS).quantiles[MEDIAN] as Float64Array;
    const day = typicalDay(values, origin, factorAt);
    return {
      forecaster: forecast.map((value, ahead) => value * factorAt(origin + ahead)),
      typical: forecast.map((_, ahead) => (day[ahead % HOURS_A_DAY] as number) * factorAt(origin + ahead)),
    };
  };
  for (let hour = 0; hour < values.length; hour += 1) {
    const at = from + hour * HOUR_MS;
    if (at % DAY_MS === 0) factors = weekdayFactors(means, first, Math.round((at - first) / DAY_MS));
    // At the same time of the day as today's forecast: what is wrong with a forecast made at midnight is not what is wrong at noon.
    const isOrigin = (values.length - hour) % HOURS_A_DAY === 0;
    if (isOrigin && hour >= begin + WARM_UP_DAYS * HOURS_A_DAY && followed > 0)
      past.push({ origin: hour, ...opinions(hour, followed * HOURS_A_DAY) });
    observeLoad(state, firstHour + hour, (values[hour] as number) / factorAt(hour));
  }
  return { driver, past, ahead: opinions(values.length, hoursAhead) };
};

/** Means of the 24 hours before an origin and of those of the days before, without their weekdays; NaN where nothing is known. */
const typicalDay = (values: Float64Array, origin: number, factorAt: (hour: number) => number): Float64Array => {
  const day = new Float64Array(HOURS_A_DAY);
  for (let slot = 0; slot < HOURS_A_DAY; slot += 1) {
    let sum = 0;
    let known = 0;
    for (let back = 1; back <= TYPICAL_DAYS; back += 1) {
      const hour = origin + slot - back * HOURS_A_DAY;
      const value = values[hour] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      sum += value / factorAt(hour);
      known += 1;
    }
    day[slot] = sum / known;
  }
  return day;
};
