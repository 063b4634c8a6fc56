import { DAY_MS, type DurationMs, HOUR_MS, type Instant, MINUTE_MS } from '../time.ts';
import type { DayNumber } from './civil-date.ts';

/** What clocks of one IANA zone show, by the rules the runtime carries. */
export interface Zone {
  /** What they are ahead of UTC. */
  aheadAt(at: Instant): DurationMs;
  /** First instant of a local day. Where clocks skip midnight, the first that there is. */
  startOf(day: DayNumber): Instant;
  /** Instant at which clocks show a time of a local day; the first after it where they skip it, the earlier of two where they repeat it. */
  instantOf(day: DayNumber, sinceMidnightMs: DurationMs): Instant;
  dayOf(at: Instant): DayNumber;
}

export const isZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** No zone is further ahead or behind than this (Kiribati is 14 h ahead). */
const FURTHEST_MS = 15 * HOUR_MS;

export const createZone = (name: string): Zone => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const wallClock = (at: Instant): number => {
    const fields: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) fields[type] = Number(value);
    const { year, month, day, hour, minute, second } = fields as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  const aheadAt = (at: Instant): DurationMs => {
    // Offsets are whole seconds at least, and so are the instants at which they change.
    const whole = Math.floor(at / 1_000) * 1_000;
    return wallClock(whole) - whole;
  };
  const instantOf = (day: DayNumber, sinceMidnightMs: DurationMs): Instant => {
    const shown = day * DAY_MS + sinceMidnightMs;
    // Whatever the clocks are ahead on the days around, one of these two is right, unless the time is skipped.
    const ahead = [aheadAt(shown - FURTHEST_MS), aheadAt(shown + FURTHEST_MS)];
    const candidates = ahead.map((by) => shown - by).filter((at) => at + aheadAt(at) === shown);
    if (candidates.length > 0) return Math.min(...candidates);
    // Clocks skip it: the change is the first instant from which they show more.
    let low = shown - Math.max(...ahead) - DAY_MS / 4;
    let high = shown - Math.min(...ahead) + DAY_MS / 4;
    while (high - low > 1_000) {
      const middle = Math.floor((low + high) / 2_000) * 1_000;
      if (middle + aheadAt(middle) >= shown) high = middle;
      else low = middle;
    }
    return Math.ceil(high / MINUTE_MS) * MINUTE_MS;
  };
  return {
    aheadAt,
    instantOf,
    startOf: (day) => instantOf(day, 0),
    dayOf: (at) => Math.floor((at + aheadAt(at)) / DAY_MS),
  };
};
