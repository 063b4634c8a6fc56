import type { HolidayCalendar } from '../holiday-rule.ts';

/**
 * The days that are the same every year. Holi, Diwali, Eid and others follow the moon and are announced state by state,
 * year by year: list them under `holidays` in the configuration.
 */
export const india: HolidayCalendar = {
  name: 'India, fixed dates',
  source: 'the three national holidays, and bank holidays under the Negotiable Instruments Act 1881 that most states keep',
  rules: [
    { kind: 'fixed', name: 'Republic Day', month: 1, day: 26 },
    { kind: 'fixed', name: 'Yearly closing of accounts', month: 4, day: 1 },
    { kind: 'fixed', name: 'Ambedkar Jayanti', month: 4, day: 14 },
    { kind: 'easter', name: 'Good Friday', offset: -2 },
    { kind: 'fixed', name: 'May Day', month: 5, day: 1 },
    { kind: 'fixed', name: 'Independence Day', month: 8, day: 15 },
    { kind: 'fixed', name: 'Gandhi Jayanti', month: 10, day: 2 },
    { kind: 'fixed', name: 'Christmas', month: 12, day: 25 },
  ],
};
