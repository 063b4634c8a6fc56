import type { HolidayCalendar } from '../holiday-rule.ts';

export const france: HolidayCalendar = {
  name: 'France, without Alsace-Moselle and overseas',
  source: 'Code du travail, article L3133-1',
  rules: [
    { kind: 'fixed', name: "Jour de l'an", month: 1, day: 1 },
    { kind: 'easter', name: 'Lundi de Pâques', offset: 1 },
    { kind: 'fixed', name: 'Fête du Travail', month: 5, day: 1 },
    { kind: 'fixed', name: 'Victoire 1945', month: 5, day: 8 },
    { kind: 'easter', name: 'Ascension', offset: 39 },
    { kind: 'easter', name: 'Lundi de Pentecôte', offset: 50 },
    { kind: 'fixed', name: 'Fête nationale', month: 7, day: 14 },
    { kind: 'fixed', name: 'Assomption', month: 8, day: 15 },
    { kind: 'fixed', name: 'Toussaint', month: 11, day: 1 },
    { kind: 'fixed', name: 'Armistice 1918', month: 11, day: 11 },
    { kind: 'fixed', name: 'Noël', month: 12, day: 25 },
  ],
};
