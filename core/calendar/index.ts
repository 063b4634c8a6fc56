export { type BusinessCalendar, type CalendarDay, createBusinessCalendar, type DayEffect } from './business-calendar.ts';
export { easterSunday } from './civil-date.ts';
export { type LivedDays, livedDays } from './lived-days.ts';
export { type CalendarConfig, calendarSchema } from './schema.ts';
