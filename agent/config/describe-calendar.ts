import { type CalendarConfig, createBusinessCalendar } from '../../core/calendar/index.ts';
import { HOUR_MS, type Instant } from '../../core/time.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Far enough to see an end of a month and what comes with it. */
const DAYS_SHOWN = 45;
const LINES_SHOWN = 8;

/** What the calendar knows of the days to come, for `foreshock check`: wrong zones and paydays are seen before they matter. */
export const calendarLines = (config: CalendarConfig, now: Instant): readonly string[] => {
  const calendar = createBusinessCalendar(config);
  const lines: string[] = [];
  let day = calendar.dayAt(now);
  for (let ahead = 0; ahead < DAYS_SHOWN && lines.length < LINES_SHOWN; ahead += 1) {
    const hours = day.clocks.length > 1 ? [`clocks change: ${(day.endsAt - day.startsAt) / HOUR_MS} hours`] : [];
    const words = [...(day.holiday === undefined ? [] : [day.holiday]), ...day.effects, ...day.events, ...hours];
    if (words.length > 0) lines.push(`  ${day.date} ${WEEKDAYS[day.weekday]}: ${words.join(', ')}`);
    day = calendar.dayAt(day.endsAt);
  }
  return [`Calendar: ${config.country ?? 'no'} bank holidays, days and clocks of ${config.zone}`, ...lines];
};
