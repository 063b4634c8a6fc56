import type { HolidayCalendar } from '../holiday-rule.ts';
import { englandAndWales } from './england-and-wales.ts';
import { france } from './france.ts';
import { germany } from './germany.ts';
import { india } from './india.ts';
import { target2 } from './target2.ts';
import { usFederalReserve } from './us-federal-reserve.ts';

/** Every calendar of bank holidays, one line each. */
export const HOLIDAY_CALENDARS = {
  TARGET2: target2,
  US: usFederalReserve,
  GB: englandAndWales,
  DE: germany,
  FR: france,
  IN: india,
} as const satisfies Readonly<Record<string, HolidayCalendar>>;

export type HolidayCalendarName = keyof typeof HOLIDAY_CALENDARS;
