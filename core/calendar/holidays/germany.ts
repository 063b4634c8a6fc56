import type { HolidayCalendar } from '../holiday-rule.ts';

/** Holidays of every state; those of single states belong into the configuration. */
export const germany: HolidayCalendar = {
  name: 'Germany, holidays of all states',
  source: 'Feiertagsgesetze of the sixteen states; 3 October: Einigungsvertrag, article 2 (2)',
  rules: [
    { kind: 'fixed', name: 'Neujahr', month: 1, day: 1 },
    { kind: 'easter', name: 'Karfreitag', offset: -2 },
    { kind: 'easter', name: 'Ostermontag', offset: 1 },
    { kind: 'fixed', name: 'Tag der Arbeit', month: 5, day: 1 },
    { kind: 'easter', name: 'Christi Himmelfahrt', offset: 39 },
    { kind: 'easter', name: 'Pfingstmontag', offset: 50 },
    { kind: 'fixed', name: 'Tag der Deutschen Einheit', month: 10, day: 3, from: 1990 },
    { kind: 'once', name: 'Reformationstag (500 years)', date: '2017-10-31' },
    { kind: 'fixed', name: 'Erster Weihnachtstag', month: 12, day: 25 },
    { kind: 'fixed', name: 'Zweiter Weihnachtstag', month: 12, day: 26 },
  ],
};
