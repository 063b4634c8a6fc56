import { type DurationMs, type Instant, MINUTE_MS } from '../time.ts';
import { civilDate, type DayNumber, dayNumber, daysInMonth, formatDay, isWeekend, parseDay, weekdayOf } from './civil-date.ts';
import { holidaysOf } from './holiday-rule.ts';
import { HOLIDAY_CALENDARS } from './holidays/index.ts';
import type { CalendarConfig, Payday } from './schema.ts';
import { createZone } from './zone.ts';

/** What a day does to payments, beyond being a workday or not. */
export type DayEffect = 'payday' | 'month-start' | 'month-end' | 'quarter-end' | 'year-end' | 'before-holiday' | 'after-holiday';

/** One local day, computed once. */
export interface CalendarDay {
  /** "2026-04-03". */
  readonly date: string;
  /** Local day, counted from 1970-01-01. */
  readonly day: DayNumber;
  readonly startsAt: Instant;
  /** Start of the next; 23 or 25 hours later where clocks change. */
  readonly endsAt: Instant;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly dayClass: 'workday' | 'weekend' | 'holiday';
  readonly holiday?: string;
  /** Place among the business days of its month: 1 is the first, -1 the last. Absent on other days. */
  readonly businessDay?: { readonly fromStart: number; readonly fromEnd: number };
  readonly effects: readonly DayEffect[];
  /** Names of configured events. */
  readonly events: readonly string[];
  /** In order of time; none on days on which nothing settles. */
  readonly cutoffs: readonly { readonly name: string; readonly at: Instant }[];
  /** What clocks are ahead of UTC from an instant on: one entry, two on the days on which they change. */
  readonly clocks: readonly { readonly from: Instant; readonly aheadMs: DurationMs }[];
}

export interface BusinessCalendar {
  /** The same object for every instant of a day. */
  dayAt(at: Instant): CalendarDay;
}

/** Days kept; more than a year, so that living through history asks for each once. */
const DAYS_KEPT = 512;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

export interface Days {
  holidayOf(day: DayNumber): string | undefined;
  isBusinessDay(day: DayNumber): boolean;
  /** Business days of the month of a day, in order. */
  businessDaysAround(day: DayNumber): readonly DayNumber[];
}

export const createDays = (config: CalendarConfig): Days => {
  const own = new Set(config.holidays.map(parseDay));
  const years = new Map<number, ReadonlyMap<DayNumber, string>>();
  const holidayOf = (day: DayNumber): string | undefined => {
    if (own.has(day)) return 'configured holiday';
    if (config.country === undefined) return undefined;
    const { year } = civilDate(day);
    let holidays = years.get(year);
    if (holidays === undefined) {
      holidays = holidaysOf(HOLIDAY_CALENDARS[config.country], year);
      years.set(year, holidays);
    }
    return holidays.get(day);
  };
  const isBusinessDay = (day: DayNumber): boolean => !isWeekend(day) && holidayOf(day) === undefined;
  return {
    holidayOf,
    isBusinessDay,
    businessDaysAround(day) {
      const { year, month } = civilDate(day);
      const first = dayNumber(year, month, 1);
      return Array.from({ length: daysInMonth(year, month) }, (_, at) => first + at).filter(isBusinessDay);
    },
  };
};

/** The nearest business day in a direction, this one included; at most two weeks away. */
const nearest = (days: Days, day: DayNumber, direction: 1 | -1): DayNumber => {
  for (let away = 0; away <= 14; away += 1) if (days.isBusinessDay(day + direction * away)) return day + direction * away;
  return day;
};

const isPayday = (rule: Payday, day: DayNumber, days: Days): boolean => {
  switch (rule.kind) {
    case 'business-day':
      return days.businessDaysAround(day).at(rule.n > 0 ? rule.n - 1 : rule.n) === day;
    case 'day-of-month': {
      // Wages of the month before or after may have been moved here.
      const { year, month } = civilDate(day);
      return [-1, 0, 1].some((away) => {
        const [y, m] = [year + Math.floor((month - 1 + away) / 12), ((month - 1 + away + 12) % 12) + 1];
        const meant = dayNumber(y, m, Math.min(rule.day, daysInMonth(y, m)));
        return day === (rule.moved === 'stays' ? meant : nearest(days, meant, rule.moved === 'next' ? 1 : -1));
      });
    }
    case 'weekday': {
      if (WEEKDAYS[weekdayOf(day)] !== rule.weekday) return false;
      // Weeks from Monday on, so that a day names the week it is in.
      const week = (of: DayNumber): number => Math.floor((of + 3) / 7);
      return (week(day) - week(parseDay(rule.from) ?? 0)) % rule.everyWeeks === 0;
    }
  }
};

const effectsOf = (day: DayNumber, config: CalendarConfig, days: Days): readonly DayEffect[] => {
  const effects: DayEffect[] = [];
  if (config.paydays.some((rule) => isPayday(rule, day, days))) effects.push('payday');
  const business = days.businessDaysAround(day);
  const { month } = civilDate(day);
  if (business[0] === day) effects.push('month-start');
  if (business.at(-1) === day) {
    effects.push('month-end');
    if (month % 3 === 0) effects.push('quarter-end');
    if (month === 12) effects.push('year-end');
  }
  if (days.isBusinessDay(day)) {
    if (days.holidayOf(day + 1) !== undefined) effects.push('before-holiday');
    if (days.holidayOf(day - 1) !== undefined) effects.push('after-holiday');
  }
  return effects;
};

const eventsOf = (day: DayNumber, config: CalendarConfig): readonly string[] =>
  config.events.flatMap(({ name, from, to, yearly }) => {
    const [first, last] = [parseDay(from) as DayNumber, parseDay(to ?? from) as DayNumber];
    if (!yearly) return day >= first && day <= last ? [name] : [];
    const began = civilDate(first);
    // An event around New Year's Eve began in the year before.
    const { year } = civilDate(day);
    return [year - 1, year].some((of) => {
      const start = dayNumber(of, began.month, began.day);
      return day >= start && day <= start + (last - first);
    })
      ? [name]
      : [];
  });

const minutesOf = (time: string): number => 60 * Number(time.slice(0, 2)) + Number(time.slice(3));

/**
 * What is known of days before they come: whether banks work, which business day of the month it is, paydays, ends of
 * months, cut-offs and configured events, in the zone of the people behind the payments. A function of its configuration
 * and of the zone rules of the runtime; each day is computed once.
 */
export const createBusinessCalendar = (config: CalendarConfig): BusinessCalendar => {
  const zone = createZone(config.zone);
  const cutoffZones = config.cutoffs.map((cutoff) => createZone(cutoff.zone ?? config.zone));
  const days = createDays(config);
  const known = new Map<DayNumber, CalendarDay>();
  let latest: CalendarDay | undefined;

  const clocksOf = (startsAt: Instant, endsAt: Instant): CalendarDay['clocks'] => {
    const [before, after] = [zone.aheadAt(startsAt), zone.aheadAt(endsAt - 1)];
    if (before === after) return [{ from: startsAt, aheadMs: before }];
    let [low, high] = [startsAt, endsAt - 1];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (zone.aheadAt(middle) === before) low = middle;
      else high = middle;
    }
    return [
      { from: startsAt, aheadMs: before },
      { from: high, aheadMs: after },
    ];
  };

  const compute = (day: DayNumber): CalendarDay => {
    const startsAt = zone.startOf(day);
    const endsAt = zone.startOf(day + 1);
    const holiday = days.holidayOf(day);
    const business = days.isBusinessDay(day);
    const ordered = business ? days.businessDaysAround(day) : [];
    const place = ordered.indexOf(day);
    const cutoffs = business
      ? config.cutoffs.map(({ name, time }, at) => ({
          name,
          at: (cutoffZones[at] as (typeof cutoffZones)[number]).instantOf(day, minutesOf(time) * MINUTE_MS),
        }))
      : [];
    return {
      date: formatDay(day),
      day,
      startsAt,
      endsAt,
      weekday: weekdayOf(day),
      dayClass: holiday !== undefined ? 'holiday' : isWeekend(day) ? 'weekend' : 'workday',
      ...(holiday === undefined ? {} : { holiday }),
      ...(place < 0 ? {} : { businessDay: { fromStart: place + 1, fromEnd: place - ordered.length } }),
      effects: effectsOf(day, config, days),
      events: eventsOf(day, config),
      cutoffs: cutoffs.sort((a, b) => a.at - b.at),
      clocks: clocksOf(startsAt, endsAt),
    };
  };

  return {
    dayAt(at) {
      if (latest !== undefined && at >= latest.startsAt && at < latest.endsAt) return latest;
      const day = zone.dayOf(at);
      let found = known.get(day);
      if (found === undefined) {
        if (known.size >= DAYS_KEPT) known.clear();
        found = compute(day);
        known.set(day, found);
      }
      latest = found;
      return found;
    },
  };
};
