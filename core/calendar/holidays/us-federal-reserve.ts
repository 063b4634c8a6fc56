import type { HolidayCalendar } from '../holiday-rule.ts';

export const usFederalReserve: HolidayCalendar = {
  name: 'Federal Reserve Banks, United States',
  source: 'Board of Governors, K.8: holidays observed by the Federal Reserve System (a Saturday is not moved, a Sunday goes to Monday)',
  rules: [
    { kind: 'fixed', name: "New Year's Day", month: 1, day: 1, moved: 'sunday-to-monday' },
    { kind: 'nth-weekday', name: 'Birthday of Martin Luther King, Jr.', month: 1, weekday: 1, nth: 3 },
    { kind: 'nth-weekday', name: "Washington's Birthday", month: 2, weekday: 1, nth: 3 },
    { kind: 'nth-weekday', name: 'Memorial Day', month: 5, weekday: 1, nth: -1 },
    { kind: 'fixed', name: 'Juneteenth National Independence Day', month: 6, day: 19, moved: 'sunday-to-monday', from: 2022 },
    { kind: 'fixed', name: 'Independence Day', month: 7, day: 4, moved: 'sunday-to-monday' },
    { kind: 'nth-weekday', name: 'Labor Day', month: 9, weekday: 1, nth: 1 },
    { kind: 'nth-weekday', name: 'Columbus Day', month: 10, weekday: 1, nth: 2 },
    { kind: 'fixed', name: 'Veterans Day', month: 11, day: 11, moved: 'sunday-to-monday' },
    { kind: 'nth-weekday', name: 'Thanksgiving Day', month: 11, weekday: 4, nth: 4 },
    { kind: 'fixed', name: 'Christmas Day', month: 12, day: 25, moved: 'sunday-to-monday' },
  ],
};
