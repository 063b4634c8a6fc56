export {
  type BusinessCalendar,
  type CalendarDay,
  createBusinessCalendar,
  type DayEffect,
  type LivedDays,
  livedDays,
} from './business-calendar.ts';
export { type CalendarConfig, calendarSchema } from './schema.ts';
