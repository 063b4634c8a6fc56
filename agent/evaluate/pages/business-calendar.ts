import { easterSunday } from '../../../core/calendar/index.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../../core/time.ts';

/** Rule by which clocks change. Not asked of the runtime: the same fleet must come out on every machine. */
export type ClockRule = 'none' | 'europe' | 'america';

const SUNDAY = 0;

/** The nth Sunday of a month (n = 0: the last one), midnight UTC. */
const sundayOf = (year: number, month: number, nth: number): Instant => {
  if (nth === 0) {
    const last = Date.UTC(year, month + 1, 0);
    return last - new Date(last).getUTCDay() * DAY_MS;
  }
  const first = Date.UTC(year, month, 1);
  const until = (7 + SUNDAY - new Date(first).getUTCDay()) % 7;
  return first + (until + 7 * (nth - 1)) * DAY_MS;
};

/** Hours of daylight saving time of a year: EU directive 2000/84/EC, US Energy Policy Act of 2005. */
const summerOf = (year: number, rule: ClockRule, standardMs: number): readonly [Instant, Instant] => {
  if (rule === 'europe') return [sundayOf(year, 2, 0) + HOUR_MS, sundayOf(year, 9, 0) + HOUR_MS];
  return [sundayOf(year, 2, 2) + 2 * HOUR_MS - standardMs, sundayOf(year, 10, 1) + HOUR_MS - standardMs];
};

/** What clocks on the wall are ahead of UTC at an instant. */
export const offsetAt = (at: Instant, rule: ClockRule, standardMs: number): number => {
  if (rule === 'none') return standardMs;
  const [from, to] = summerOf(new Date(at).getUTCFullYear(), rule, standardMs);
  return at >= from && at < to ? standardMs + HOUR_MS : standardMs;
};

/** Instants of [from, to) at which clocks change. */
export const clockChanges = (from: Instant, to: Instant, rule: ClockRule, standardMs: number): readonly Instant[] => {
  if (rule === 'none') return [];
  const changes: Instant[] = [];
  for (let year = new Date(from).getUTCFullYear(); year <= new Date(to).getUTCFullYear(); year += 1)
    changes.push(...summerOf(year, rule, standardMs));
  return changes.filter((at) => at >= from && at < to);
};

/** Days on which banks of the euro area's payment system rest (TARGET closing days), as midnights UTC. */
export const bankHolidaysOf = (year: number): readonly Instant[] => {
  const easter = easterSunday(year) * DAY_MS;
  return [Date.UTC(year, 0, 1), easter - 2 * DAY_MS, easter + DAY_MS, Date.UTC(year, 4, 1), Date.UTC(year, 11, 25), Date.UTC(year, 11, 26)];
};

export interface LocalDay {
  /** Days since the epoch, by the local calendar. */
  readonly number: number;
  readonly weekday: number;
  readonly holiday: boolean;
  readonly dayOfMonth: number;
  readonly daysInMonth: number;
  /** The last bank business day of the month. */
  readonly monthEnd: boolean;
  /** Salaries: the 25th, or the business day before it. */
  readonly payday: boolean;
}

const isBusinessDay = (midnight: Instant): boolean => {
  const date = new Date(midnight);
  const weekday = date.getUTCDay();
  return weekday !== 0 && weekday !== 6 && !bankHolidaysOf(date.getUTCFullYear()).includes(midnight);
};

const businessDayBefore = (midnight: Instant): Instant => (isBusinessDay(midnight) ? midnight : businessDayBefore(midnight - DAY_MS));

export const localDayOf = (number: number): LocalDay => {
  const midnight = number * DAY_MS;
  const date = new Date(midnight);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const lastOfMonth = Date.UTC(year, month + 1, 0);
  return {
    number,
    weekday: date.getUTCDay(),
    holiday: bankHolidaysOf(year).includes(midnight),
    dayOfMonth: date.getUTCDate(),
    daysInMonth: new Date(lastOfMonth).getUTCDate(),
    monthEnd: businessDayBefore(lastOfMonth) === midnight,
    payday: businessDayBefore(Date.UTC(year, month, 25)) === midnight,
  };
};
