import { z } from 'zod';
import { parseDay } from './civil-date.ts';
import { HOLIDAY_CALENDARS, type HolidayCalendarName } from './holidays/index.ts';
import { isZone } from './zone.ts';

const day = z
  .string()
  .refine((text) => parseDay(text) !== undefined, 'expected a day such as 2026-12-24')
  .describe('A day, YYYY-MM-DD');
const name = z.string().min(1).max(100);
const zone = z.string().refine(isZone, 'expected a time zone such as Europe/Berlin');
const weekday = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);

const payday = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('business-day').describe('The nth business day of every month'),
    n: z
      .int()
      .min(-23)
      .max(23)
      .refine((n) => n !== 0, 'expected 1 for the first, -1 for the last')
      .describe('1 is the first of the month, -1 the last'),
  }),
  z.strictObject({
    kind: z.literal('day-of-month').describe('The same day of every month'),
    day: z.int().min(1).max(31).describe('Day of the month; in a shorter month its last'),
    moved: z
      .enum(['previous', 'next', 'stays'])
      .prefault('previous')
      .describe('Where it goes when it is no business day: the business day before, the one after, or nowhere'),
  }),
  z.strictObject({
    kind: z.literal('weekday').describe('Every week or every second week'),
    weekday: weekday.describe('Day of the week'),
    everyWeeks: z.int().min(1).max(4).prefault(1).describe('1 for every week, 2 for every second one'),
    from: day.prefault('1970-01-01').describe('A day in a week that counts'),
  }),
]);

const cutoff = z.strictObject({
  name: name.describe('What is cut off, for example TARGET or FPS'),
  time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time such as 17:00')
    .describe('Time of day on every business day'),
  zone: zone.optional().describe('Zone of that time; the zone of the calendar when left out'),
});

const event = z
  .strictObject({
    name: name.describe('What it is, for example Black Friday'),
    from: day.describe('First day'),
    to: day.optional().describe('Last day; the first when left out'),
    yearly: z.boolean().prefault(false).describe('Whether it comes back on the same dates every year'),
  })
  .refine(({ from, to }) => to === undefined || (parseDay(from) ?? 0) <= (parseDay(to) ?? 0), {
    path: ['to'],
    message: 'ends before it begins',
  });

const countries = Object.keys(HOLIDAY_CALENDARS) as [HolidayCalendarName, ...HolidayCalendarName[]];

/** The business calendar as it is configured: plain data. */
export const calendarSchema = z.strictObject({
  country: z.enum(countries).optional().describe('Whose bank holidays are kept; none when left out'),
  zone: zone.prefault('UTC').describe('Zone by which days begin and clocks change'),
  holidays: z.array(day).max(1_000).prefault([]).describe('Further bank holidays: of a state, or those that follow the moon'),
  paydays: z.array(payday).max(20).prefault([]).describe('When wages are paid; shown by `foreshock check`, no detector expects it yet'),
  cutoffs: z
    .array(cutoff)
    .max(50)
    .prefault([])
    .describe('Until when a settlement system takes payments of the day; no detector expects it yet'),
  events: z
    .array(event)
    .max(500)
    .prefault([])
    .describe('Days that are known to be unlike others; shown by `foreshock check`, no detector expects them yet'),
});

export type CalendarConfig = z.output<typeof calendarSchema>;
export type Payday = CalendarConfig['paydays'][number];
