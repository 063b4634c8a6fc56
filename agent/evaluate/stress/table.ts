import type { Standing } from './contest.ts';
import type { FallsFound } from './falls.ts';
import type { ServiceStanding } from './service-contest.ts';
import type { StressResult } from './stress-task.ts';

/** What `evaluate detection --stress` found. */
interface StressReport {
  readonly series: readonly Standing[];
  readonly services: readonly ServiceStanding[];
  readonly falls: readonly FallsFound[];
}

const ORDER = { behind: 0, level: 1, ahead: 2 } as const;

const cells = (row: readonly string[], widths: readonly number[]): string =>
  row
    .map((cell, k) => (k === 0 ? cell.padEnd(widths[k] ?? 0) : cell.padStart(widths[k] ?? 0)))
    .join('  ')
    .trimEnd();

const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, k) => Math.max(...rows.map((row) => row[k]?.length ?? 0)));
  return rows.map((row) => `  ${cells(row, widths)}`).join('\n');
};

const bestRival = (standing: Standing): string => {
  const best = standing.rivals.reduce<Standing['rivals'][number] | undefined>(
    (a, b) => (a !== undefined && a.found >= b.found ? a : b),
    undefined,
  );
  return best === undefined ? 'none' : `${best.found} ${best.name}`;
};

const standingRow = (standing: Standing): readonly string[] => [
  standing.shape,
  standing.verdict,
  `${standing.found}/${standing.events}`,
  bestRival(standing),
  (standing.falseAlarms / standing.weeks).toFixed(2),
];

const HEAD = ['shape', '', 'found', 'best rival at equal false alarms', 'false alarms a week'];

const worstFirst = <T extends Standing>(standings: readonly T[]): readonly T[] =>
  [...standings].sort((a, b) => ORDER[a.verdict] - ORDER[b.verdict]);

const SHARES_TO_REACH: Readonly<Record<number, number>> = { 0.1: 0.5, 0.2: 0.9, 0.3: 0.95, 0.5: 0.99 };

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The tables of the stress suite, worst first. */
export const stressTables = ({ series, services, falls }: StressReport): string =>
  [
    'Synthetic series (rivals: the best threshold on their score, chosen with the labels in view, at no more false alarms than ours)',
    aligned([HEAD, ...worstFirst(series).map(standingRow)]),
    '',
    'Synthetic services',
    aligned([
      [...HEAD, 'one of three names right'],
      ...worstFirst(services).map((standing) => [
        ...standingRow(standing),
        standing.found === 0 ? '-' : `${standing.blamedRight}/${standing.found}`,
      ]),
    ]),
    '',
    'Sustained falls of counts at one minute, found within 30 minutes',
    aligned([
      ['depth', 'found', 'to reach', 'median delay', 'false alarms a week'],
      ...falls.map((fall) => [
        percent(fall.depth),
        percent(fall.found / fall.falls),
        percent(SHARES_TO_REACH[fall.depth] ?? 0),
        Number.isNaN(fall.medianDelaySeconds) ? '-' : `${fall.medianDelaySeconds / 60} min`,
        (fall.falseAlarms / fall.weeks).toFixed(2),
      ]),
    ]),
  ].join('\n');

export const stressReport = (results: readonly StressResult[]): StressReport => ({
  series: results.flatMap((result) => (result.kind === 'series' ? [result.standing] : [])),
  services: results.flatMap((result) => (result.kind === 'service' ? [result.standing] : [])),
  falls: results.flatMap((result) => (result.kind === 'falls' ? [result.falls] : [])),
});
