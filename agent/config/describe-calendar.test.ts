import { expect, it } from 'vitest';
import { calendarSchema } from '../../core/calendar/index.ts';
import { calendarLines } from './describe-calendar.ts';

it('the check of a configuration shows the days to come that are unlike others', () => {
  const config = calendarSchema.parse({ country: 'GB', zone: 'Europe/London', paydays: [{ kind: 'business-day', n: -1 }] });
  expect(calendarLines(config, Date.parse('2026-03-25T12:00:00Z'))).toEqual([
    'Calendar: GB bank holidays, days and clocks of Europe/London',
    '  2026-03-29 Sunday: clocks change: 23 hours',
    '  2026-03-31 Tuesday: payday, month-end, quarter-end',
    '  2026-04-01 Wednesday: month-start',
    '  2026-04-02 Thursday: before-holiday',
    '  2026-04-03 Friday: Good Friday',
    '  2026-04-06 Monday: Easter Monday',
    '  2026-04-07 Tuesday: after-holiday',
    '  2026-04-30 Thursday: payday, month-end',
  ]);
});
