import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { civilDate, easterSunday, formatDay, parseDay } from './civil-date.ts';
import { holidaysOf } from './holiday-rule.ts';
import { HOLIDAY_CALENDARS, type HolidayCalendarName } from './holidays/index.ts';

describe('Easter', () => {
  it('falls where the printed tables say (United States Census Bureau, Easter dates 1600 to 2099)', () => {
    const table =
      '1943-04-25 2000-04-23 2005-03-27 2008-03-23 2011-04-24 2016-03-27 2018-04-01 2019-04-21 2020-04-12 2021-04-04 2022-04-17 2023-04-09 ' +
      '2024-03-31 2025-04-20 2026-04-05 2027-03-28 2028-04-16 2029-04-01 2030-04-21 2031-04-13 2032-03-28 2033-04-17 2034-04-09 2035-03-25 2038-04-25';
    for (const date of table.split(' ')) expect(formatDay(easterSunday(Number(date.slice(0, 4))))).toBe(date);
  });

  it('is what a second, unrelated formula gives (Oudin 1940)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_900, max: 2_400 }), (year) => {
        const g = year % 19;
        const c = Math.floor(year / 100);
        const h = (c - Math.floor(c / 4) - Math.floor((8 * c + 13) / 25) + 19 * g + 15) % 30;
        const i = h - Math.floor(h / 28) * (1 - Math.floor(29 / (h + 1)) * Math.floor((21 - g) / 11));
        const j = (year + Math.floor(year / 4) + i + 2 - c + Math.floor(c / 4)) % 7;
        const month = 3 + Math.floor((i - j + 40) / 44);
        expect(civilDate(easterSunday(year))).toEqual({ year, month, day: i - j + 28 - 31 * Math.floor(month / 4) });
      }),
    );
  });
});

/** What those who close publish (Federal Reserve K.8, gov.uk/bank-holidays, the list of the ECB, the laws of DE and FR), written down independently of the rules and not fetched anew. */
const PUBLISHED: readonly (readonly [HolidayCalendarName, number, string])[] = [
  ['TARGET2', 2024, '01-01 03-29 04-01 05-01 12-25 12-26'],
  ['TARGET2', 2026, '01-01 04-03 04-06 05-01 12-25 12-26'],
  ['US', 2021, '01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25 12-25'],
  ['US', 2022, '01-01 01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26'],
  ['US', 2023, '01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-11 11-23 12-25'],
  ['US', 2026, '01-01 01-19 02-16 05-25 06-19 07-04 09-07 10-12 11-11 11-26 12-25'],
  ['GB', 2020, '01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28'],
  ['GB', 2021, '01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28'],
  ['GB', 2022, '01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27'],
  ['GB', 2023, '01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26'],
  ['GB', 2026, '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28'],
  ['DE', 2024, '01-01 03-29 04-01 05-01 05-09 05-20 10-03 12-25 12-26'],
  ['FR', 2024, '01-01 04-01 05-01 05-08 05-09 05-20 07-14 08-15 11-01 11-11 12-25'],
  ['IN', 2026, '01-26 04-01 04-03 04-14 05-01 08-15 10-02 12-25'],
];

describe('bank holidays', () => {
  it.each(PUBLISHED)('of %s in %i are the published ones', (name, year, days) => {
    const ours = [...holidaysOf(HOLIDAY_CALENDARS[name], year).keys()].sort((a, b) => a - b).map((day) => formatDay(day).slice(5));
    expect(ours.join(' ')).toBe(days);
  });

  it('that never were are refused as days', () => {
    for (const text of ['2026-02-29', '2026-13-01', '2026-00-10', '26-01-01', '2026-1-1', '', 'tomorrow'])
      expect(parseDay(text)).toBeUndefined();
    expect(parseDay('2024-02-29')).toBe(19_782);
  });
});
