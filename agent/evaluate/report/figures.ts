import { quantile } from '../../../core/math.ts';
import type { CaseFigures } from '../run/judge.ts';
import { addBlame } from '../score/blame.ts';
import { f1Of, precisionOf } from '../score/events.ts';
import { addNabTallies, NAB_PROFILES, nabScore } from '../score/nab.ts';

/** One number about a detector on a data set: how it follows from its series, and how it is written. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: 'score' | 'share' | 'rate' | 'percent' | 'minutes' | 'hours';
  of(cases: readonly CaseFigures[]): number;
}

type Shape = 'windows' | 'univariate' | 'multivariate';

const SECONDS_A_MINUTE = 60;

const sum = (cases: readonly CaseFigures[], of: (one: CaseFigures) => number): number => cases.reduce((total, one) => total + of(one), 0);

/** Of the series that have a value: one without an event has no area. */
const meanOf = (cases: readonly CaseFigures[], of: (one: CaseFigures) => number): number => {
  const known = cases.map(of).filter((value) => !Number.isNaN(value));
  return known.reduce((total, value) => total + value, 0) / known.length;
};

const nabOf = (cases: readonly CaseFigures[]) => addNabTallies(cases.flatMap(({ alarms }) => alarms.nab ?? []));
const found = (cases: readonly CaseFigures[]): number => sum(cases, ({ alarms }) => alarms.found);
const falseAlarms = (cases: readonly CaseFigures[]): number => sum(cases, ({ alarms }) => alarms.falseAlarms);
const events = (cases: readonly CaseFigures[]): number => sum(cases, ({ alarms }) => alarms.events);
const delayMinutes = (cases: readonly CaseFigures[], q: number): number =>
  quantile(
    cases.flatMap(({ alarms }) => alarms.delays),
    q,
  ) / SECONDS_A_MINUTE;
const blameOf = (cases: readonly CaseFigures[]) => addBlame(cases.map(({ alarms }) => alarms.blame));

const RANKING: readonly Figure[] = [
  { key: 'vusPr', title: 'VUS-PR', unit: 'share', of: (cases) => meanOf(cases, ({ volume }) => volume) },
  { key: 'aucPr', title: 'AUC-PR', unit: 'share', of: (cases) => meanOf(cases, ({ area }) => area) },
];

const LONGEST: Figure = {
  key: 'longestAlertHours',
  title: 'longest alert',
  unit: 'hours',
  of: (cases) => cases.reduce((most, { longestAlertHours }) => Math.max(most, longestAlertHours), 0),
};

const WINDOWS: readonly Figure[] = [
  ...NAB_PROFILES.map(
    (profile): Figure => ({
      key: `nab-${profile.name}`,
      title: `NAB ${profile.name}`,
      unit: 'score',
      of: (cases) => nabScore(nabOf(cases), profile),
    }),
  ),
  {
    key: 'windowsHit',
    title: 'windows hit',
    unit: 'share',
    of: (cases) => nabOf(cases).hits / nabOf(cases).windows,
  },
  {
    key: 'falsePerSeriesWeek',
    title: 'false/week',
    unit: 'rate',
    of: (cases) => nabOf(cases).falseAlarms / sum(cases, ({ weeks, rows, alarms }) => (weeks * (alarms.nab?.scoredRows ?? 0)) / rows),
  },
  ...RANKING,
  LONGEST,
];

const EVENTS: readonly Figure[] = [
  { key: 'f1', title: 'event F1', unit: 'share', of: (cases) => f1Of(found(cases), falseAlarms(cases), events(cases)) },
  { key: 'precision', title: 'precision', unit: 'share', of: (cases) => precisionOf(found(cases), falseAlarms(cases)) },
  { key: 'recall', title: 'recall', unit: 'share', of: (cases) => found(cases) / events(cases) },
  { key: 'delayMedian', title: 'delay p50', unit: 'minutes', of: (cases) => delayMinutes(cases, 0.5) },
  { key: 'delayP90', title: 'p90', unit: 'minutes', of: (cases) => delayMinutes(cases, 0.9) },
  { key: 'falsePerSeriesWeek', title: 'false/week', unit: 'rate', of: (cases) => falseAlarms(cases) / sum(cases, ({ weeks }) => weeks) },
  {
    key: 'timeInAlarmOutside',
    title: 'in alarm outside',
    unit: 'percent',
    of: (cases) => sum(cases, ({ alarms }) => alarms.alertRowsOutside) / sum(cases, ({ alarms }) => alarms.rowsOutside),
  },
  ...RANKING,
  LONGEST,
];

/** Of series without a single event: there every alarm is false. */
const CLEAN: Figure = {
  key: 'falsePerCleanSeriesWeek',
  title: 'clean: false/week',
  unit: 'rate',
  of: (cases) => {
    const clean = cases.filter(({ alarms }) => alarms.events === 0);
    return falseAlarms(clean) / sum(clean, ({ weeks }) => weeks);
  },
};

const BLAME: readonly Figure[] = [
  { key: 'precisionAt3', title: 'blame P@3', unit: 'share', of: (cases) => blameOf(cases).precisionAt3 / blameOf(cases).judged },
  {
    key: 'undoneByThree',
    title: 'cleared by 3',
    unit: 'share',
    of: (cases) => sum(cases, ({ alarms }) => alarms.undone.undone) / sum(cases, ({ alarms }) => alarms.undone.judged),
  },
  { key: 'firstRight', title: 'first right', unit: 'share', of: (cases) => blameOf(cases).firstRight / blameOf(cases).judged },
];

export const figuresOf = (shape: Shape): readonly Figure[] => {
  if (shape === 'windows') return WINDOWS;
  return shape === 'univariate' ? [...EVENTS, CLEAN] : [...EVENTS, ...BLAME];
};

/** What a baseline's threshold is chosen by. */
export const aimOf = (shape: Shape): Figure => (shape === 'windows' ? WINDOWS[0] : EVENTS[0]) as Figure;
