import type { HolidayCalendar } from '../holiday-rule.ts';

export const englandAndWales: HolidayCalendar = {
  name: 'England and Wales',
  source: 'gov.uk/bank-holidays; Banking and Financial Dealings Act 1971, schedule 1, and royal proclamations',
  rules: [
    { kind: 'fixed', name: "New Year's Day", month: 1, day: 1, moved: 'next-weekday' },
    { kind: 'easter', name: 'Good Friday', offset: -2 },
    { kind: 'easter', name: 'Easter Monday', offset: 1 },
    { kind: 'nth-weekday', name: 'Early May bank holiday', month: 5, weekday: 1, nth: 1, except: [2020] },
    { kind: 'once', name: 'Early May bank holiday (VE day)', date: '2020-05-08' },
    { kind: 'nth-weekday', name: 'Spring bank holiday', month: 5, weekday: 1, nth: -1, except: [2012, 2022] },
    { kind: 'once', name: 'Spring bank holiday', date: '2012-06-04' },
    { kind: 'once', name: "Queen's Diamond Jubilee", date: '2012-06-05' },
    { kind: 'once', name: 'Spring bank holiday', date: '2022-06-02' },
    { kind: 'once', name: 'Platinum Jubilee bank holiday', date: '2022-06-03' },
    { kind: 'once', name: 'State Funeral of Queen Elizabeth II', date: '2022-09-19' },
    { kind: 'once', name: 'Coronation of King Charles III', date: '2023-05-08' },
    { kind: 'nth-weekday', name: 'Summer bank holiday', month: 8, weekday: 1, nth: -1 },
    { kind: 'fixed', name: 'Christmas Day', month: 12, day: 25, moved: 'next-weekday' },
    { kind: 'fixed', name: 'Boxing Day', month: 12, day: 26, moved: 'next-weekday' },
  ],
};
