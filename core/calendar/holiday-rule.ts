import { type DayNumber, dayNumber, daysInMonth, easterSunday, isWeekend, parseDay, weekdayOf } from './civil-date.ts';

/** Where a holiday goes that falls on a weekend. */
type Moved =
  /** Stays where it is. */
  | 'stays'
  /** The next weekday that is no holiday itself (England and Wales). */
  | 'next-weekday'
  /** From Sunday to Monday; a Saturday stays (Federal Reserve Banks). */
  | 'sunday-to-monday';

interface Years {
  /** First and last year in which the rule holds. */
  readonly from?: number;
  readonly to?: number;
}

/** How a bank holiday follows from the year. */
export type HolidayRule = Years & { readonly name: string } & (
    | { readonly kind: 'fixed'; readonly month: number; readonly day: number; readonly moved?: Moved }
    | { readonly kind: 'easter'; readonly offset: number }
    /** The nth weekday of a month, 0 is Sunday; -1 is the last. */
    | { readonly kind: 'nth-weekday'; readonly month: number; readonly weekday: number; readonly nth: number }
    /** A day of one year only: a coronation, a funeral, a holiday moved for a jubilee. */
    | { readonly kind: 'once'; readonly date: string }
  ) & {
    /** Years in which the rule gave way to a day of its own. */
    readonly except?: readonly number[];
  };

export interface HolidayCalendar {
  readonly name: string;
  /** Where the rules are published. */
  readonly source: string;
  readonly rules: readonly HolidayRule[];
}

const nthWeekday = (year: number, month: number, weekday: number, nth: number): DayNumber => {
  if (nth > 0) {
    const first = dayNumber(year, month, 1);
    return first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (nth - 1);
  }
  const last = dayNumber(year, month, daysInMonth(year, month));
  return last - ((weekdayOf(last) - weekday + 7) % 7) + 7 * (nth + 1);
};

const plainDay = (rule: HolidayRule, year: number): DayNumber | undefined => {
  if (year < (rule.from ?? year) || year > (rule.to ?? year) || rule.except?.includes(year)) return undefined;
  switch (rule.kind) {
    case 'fixed':
      return dayNumber(year, rule.month, rule.day);
    case 'easter':
      return easterSunday(year) + rule.offset;
    case 'nth-weekday':
      return nthWeekday(year, rule.month, rule.weekday, rule.nth);
    case 'once': {
      const day = parseDay(rule.date);
      return rule.date.startsWith(`${year}-`) ? day : undefined;
    }
  }
};

/** Holidays of a year by day. A holiday that was moved is listed where it is kept. */
export const holidaysOf = (calendar: HolidayCalendar, year: number): ReadonlyMap<DayNumber, string> => {
  const holidays = new Map<DayNumber, string>();
  const waiting: { readonly day: DayNumber; readonly name: string }[] = [];
  for (const rule of calendar.rules) {
    const day = plainDay(rule, year);
    if (day === undefined) continue;
    const moved = rule.kind === 'fixed' ? (rule.moved ?? 'stays') : 'stays';
    if (moved === 'next-weekday' && isWeekend(day)) waiting.push({ day, name: rule.name });
    else holidays.set(moved === 'sunday-to-monday' && weekdayOf(day) === 0 ? day + 1 : day, rule.name);
  }
  // After all others, in order: Christmas on a Saturday takes the Monday, and Boxing Day then the Tuesday.
  for (const { day, name } of waiting.sort((a, b) => a.day - b.day)) {
    let kept = day + 1;
    while (isWeekend(kept) || holidays.has(kept)) kept += 1;
    holidays.set(kept, `${name} (substitute day)`);
  }
  return holidays;
};
