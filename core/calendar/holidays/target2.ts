import type { HolidayCalendar } from '../holiday-rule.ts';

export const target2: HolidayCalendar = {
  name: 'TARGET (T2), Eurosystem',
  source: 'European Central Bank, long-term calendar for TARGET closing days from 2002 (ecb.europa.eu)',
  rules: [
    { kind: 'fixed', name: "New Year's Day", month: 1, day: 1 },
    { kind: 'easter', name: 'Good Friday', offset: -2 },
    { kind: 'easter', name: 'Easter Monday', offset: 1 },
    { kind: 'fixed', name: 'Labour Day', month: 5, day: 1 },
    { kind: 'fixed', name: 'Christmas Day', month: 12, day: 25 },
    { kind: 'fixed', name: '26 December', month: 12, day: 26 },
  ],
};
