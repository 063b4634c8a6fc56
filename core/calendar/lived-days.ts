import { DAY_MS, type DurationMs, type Instant } from '../time.ts';
import { createDays } from './business-calendar.ts';
import { type DayNumber, dayNumber, isWeekend } from './civil-date.ts';
import type { CalendarConfig } from './schema.ts';
import { createZone, type Zone } from './zone.ts';

/** What a daily season is lived by: how far clocks are ahead, and the weekdays that are lived as a Sunday is. Plain data, for records. */
export interface LivedDays {
  readonly clocks: readonly { readonly from: Instant; readonly aheadMs: DurationMs }[];
  readonly restDays: readonly DayNumber[];
}

/** No zone changes its clocks forth and back within a week. */
const LOOK_MS = 7 * DAY_MS;

const clocksBetween = (zone: Zone, from: Instant, to: Instant): LivedDays['clocks'] => {
  const clocks = [{ from, aheadMs: zone.aheadAt(from) }];
  for (let at = from; at < to; at += LOOK_MS) {
    const before = zone.aheadAt(at);
    const after = zone.aheadAt(at + LOOK_MS);
    if (before === after) continue;
    let [low, high] = [at, at + LOOK_MS];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (zone.aheadAt(middle) === before) low = middle;
      else high = middle;
    }
    clocks.push({ from: high, aheadMs: after });
  }
  return clocks;
};

/** Clocks and bank holidays of whole years, the last one included. */
export const livedDays = (config: CalendarConfig, firstYear: number, lastYear: number): LivedDays => {
  const days = createDays(config);
  const [first, last] = [dayNumber(firstYear, 1, 1), dayNumber(lastYear, 12, 31)];
  const restDays: DayNumber[] = [];
  for (let day = first; day <= last; day += 1) if (!isWeekend(day) && days.holidayOf(day) !== undefined) restDays.push(day);
  return { clocks: clocksBetween(createZone(config.zone), first * DAY_MS, (last + 1) * DAY_MS), restDays };
};
