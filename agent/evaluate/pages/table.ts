import type { FalsePage } from './life.ts';
import { P_LEVELS } from './p-values.ts';
import type { Rate } from './rate-figures.ts';
import type { Comparison } from './realism.ts';
import type { RecordedLife } from './recorded-faults.ts';
import { type DelayLine, delayLines, LEAST_RATE, type PagesSummary } from './summary.ts';

const percent = (share: number): string => (Number.isNaN(share) ? '-' : `${Math.round(100 * share)} %`);
const seconds = (value: number): string => (Number.isFinite(value) ? `${Math.round(value)} s` : 'never');
const minutes = (value: number): string =>
  Number.isNaN(value) ? '' : Number.isFinite(value) ? `${Math.round(value)} min` : value > 0 ? 'never burnt' : 'never';

const columns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, place) => Math.max(...rows.map((row) => (row[place] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

const rateLine = (what: string, { events, exposure, rate, low, high, poissonUpper }: Rate): string =>
  exposure === 0
    ? `${what}: nothing was lived through`
    : `${what}: ${events} in ${Math.round(exposure)} service-weeks, ${rate.toFixed(4)} each; 95 % interval by fleet ${low.toFixed(4)} to ${high.toFixed(4)}, upper 95 % limit by count ${poissonUpper.toFixed(4)}`;

const early = ({ early: share }: DelayLine): string =>
  share === undefined ? '' : `${percent(share.value)} (${percent(share.low)} to ${percent(share.high)})`;

const delayTable = (lines: readonly DelayLine[]): readonly string[] =>
  columns([
    ['fault', 'step', 'trials', 'told', 'p50', 'p95', 'in 3 min', 'in 3 steps', '10 min early', 'median lead'],
    ...lines.map((line) => [
      line.kind,
      `${line.stepSeconds} s`,
      String(line.trials),
      percent(line.told),
      seconds(line.p50Seconds),
      seconds(line.p95Seconds),
      percent(line.withinThreeMinutes),
      percent(line.withinThreeSteps),
      early(line),
      minutes(line.leadMinutes),
    ]),
  ]);

export const likenessTable = (comparisons: readonly Comparison[]): string =>
  columns([
    ['of the chance in steps', 'recorded: least', 'median', 'most', 'fleets: 10 %', 'median', '90 %'],
    ...comparisons.map(({ figure, recorded, generated }) => [figure, ...[...recorded, ...generated].map((value) => value.toFixed(2))]),
  ]).join('\n');

/** Faults on top of a recording, in steps: its days may be short. */
export const recordedTable = ({ steps, services, pages, trials }: RecordedLife): string => {
  const stepMs = trials[0]?.stepMs ?? 1;
  const clean = trials.filter(({ spoiled }) => !spoiled);
  const inSteps = (value: number): string => (Number.isFinite(value) ? String(Math.round((value * 1_000) / stepMs)) : 'never');
  return [
    `Recorded: ${steps} steps of ${services} services, ${pages} pages without a fault; ${trials.length - clean.length} trials left out: somebody had just been told`,
    ...columns([
      ['fault', 'trials', 'told', 'p50 steps', 'p95 steps', 'in 3 steps', '10 steps before the burn rate'],
      ...delayLines(clean, stepMs).map((line) => [
        line.kind,
        String(line.trials),
        percent(line.told),
        inSteps(line.p50Seconds),
        inSteps(line.p95Seconds),
        percent(line.withinThreeSteps),
        early(line),
      ]),
    ]),
  ].join('\n');
};

/** What somebody was woken for and what was going on: read to find the cause. */
export const pageLine = ({ draw, localTime, age, signal, because, meanwhile }: FalsePage): string =>
  `  fleet ${draw}, ${localTime}, day ${age.toFixed(1)}: ${signal.split('|').slice(1).join(' ')}: ${because}${meanwhile.length === 0 ? '' : ` [${meanwhile.join('; ')}]`}`;

/** The figures as text, for a terminal. */
export const pagesTable = (summary: PagesSummary): string =>
  [
    rateLine(`False pages of ${summary.fleets} fleets`, summary.falsePages),
    rateLine('  without the first week', summary.falsePagesSettled),
    ...summary.pages.map(pageLine),
    '',
    ...(summary.delays.length === 0
      ? []
      : [
          `Faults in services of at least ${LEAST_RATE} requests a second (${summary.spoiled} trials left out: somebody had just been told)`,
          ...delayTable(summary.delays),
          '',
        ]),
    ...(summary.delaysSparse.length === 0 ? [] : ['Faults in services with less traffic', ...delayTable(summary.delaysSparse), '']),
    ...(summary.rates.length === 0
      ? []
      : [
          'How often tier 1 says p or less, of clean points, effect floors off',
          ...columns([
            ['kind', 'points', ...P_LEVELS.map((level) => `p <= ${level}`)],
            ...summary.rates.map(({ kind, points, share }) => [
              kind,
              String(points),
              ...share.map((one, place) => `${one.toExponential(2)} (x${(one / (P_LEVELS[place] as number)).toFixed(2)})`),
            ]),
          ]),
        ]),
  ].join('\n');
