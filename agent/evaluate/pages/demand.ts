import { DAY_MS, HOUR_MS, type Instant } from '../../../core/time.ts';
import { type LocalDay, localDayOf, offsetAt } from './business-calendar.ts';
import { createDraws, seedOf } from './draws.ts';
import type { FleetParameters, ServiceParameters } from './parameters.ts';

/** Nights change into Saturdays and holidays slowly: over so many hours around midnight. */
const BLEND_HOURS = 4;

const isRest = ({ weekday, holiday }: LocalDay): boolean => weekday === 0 || weekday === 6 || holiday;

/** Where an instant lies in the life of a company. */
export interface LocalTime {
  readonly day: LocalDay;
  /** 0 to 24 by the clocks on the wall. */
  readonly hour: number;
  /** ln of what this day has more than such a day usually has. */
  readonly dayFactor: number;
  /** 0 a working day, 1 a Sunday; between them around midnight. */
  readonly rest: number;
}

/** The clock of a fleet: remembers the day it last looked up. */
export const createLocalClock = (parameters: FleetParameters): ((at: Instant) => LocalTime) => {
  const { clock, standardMs, seed, dayNoise } = parameters;
  let day = localDayOf(0);
  let dayFactor = 0;
  let rests: readonly [number, number, number] = [0, 0, 0];
  let offset = Number.NaN;
  let offsetUntil = Number.NEGATIVE_INFINITY;
  return (at) => {
    if (at >= offsetUntil || Number.isNaN(offset)) {
      // Clocks change on the hour.
      offset = offsetAt(at, clock, standardMs);
      offsetUntil = (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
    }
    const local = at + offset;
    const number = Math.floor(local / DAY_MS);
    if (number !== day.number) {
      day = localDayOf(number);
      dayFactor = dayNoise * createDraws(seedOf(seed, 7, number)).gaussian();
      rests = [Number(isRest(localDayOf(number - 1))), Number(isRest(day)), Number(isRest(localDayOf(number + 1)))];
    }
    const hour = (local - number * DAY_MS) / HOUR_MS;
    const before = Math.max(0, 0.5 - hour / BLEND_HOURS);
    const after = Math.max(0, 0.5 - (24 - hour) / BLEND_HOURS);
    return { day, hour, dayFactor, rest: before * rests[0] + (1 - before - after) * rests[1] + after * rests[2] };
  };
};

const bump = (hour: number, center: number, width: number): number => {
  const away = Math.abs(hour - center);
  const distance = Math.min(away, 24 - away) / width;
  return Math.exp(-0.5 * distance * distance);
};

const WEEKDAY_LEANING: readonly number[] = [0, 0.06, 0.02, 0, 0, 0.04, 0];

/** ln of traffic relative to a usual peak: the day, the week, salaries and bank holidays. */
export const demandAt = (parameters: FleetParameters, { day, hour, dayFactor, rest }: LocalTime): number => {
  const { seasonStrength, peakHour, lunchDip, weekend, payday } = parameters;
  // Between a night that bottoms at four and a broad day.
  const light = Math.max(bump(hour, peakHour, 3.5), 0.9 * bump(hour, peakHour - 5, 2.5));
  const daily = seasonStrength * (light - 1) - lunchDip * bump(hour, 13, 0.7);
  const salaries = day.payday ? payday * bump(hour, 12, 5) : 0;
  // Nights are alike; what a Sunday lacks is mostly what a working day has between nine and five.
  const sunday = weekend * (0.35 + 0.65 * light);
  return daily + rest * sunday + (1 - rest) * (WEEKDAY_LEANING[day.weekday] as number) + salaries + dayFactor;
};

/** What recurring and monthly work does to a service at a time. */
export interface Work {
  traffic: number;
  latency: number;
}

/** The batch of a month's last business day begins in the evening and takes some hours. */
const BATCH_HOURS: readonly [number, number] = [18, 22];

export const workAt = (service: ServiceParameters, { day, hour }: LocalTime, work: Work): void => {
  work.traffic = 0;
  work.latency = 0;
  const { job } = service;
  if (job !== undefined && hour >= job.hour && hour < job.hour + job.minutes / 60) {
    work.traffic += Math.log(job.traffic);
    work.latency += Math.log(job.latency);
  }
  if (day.monthEnd && hour >= BATCH_HOURS[0] && hour < BATCH_HOURS[1]) {
    work.traffic += Math.log(service.monthEndTraffic);
    work.latency += Math.log(service.monthEndLatency);
  }
};
