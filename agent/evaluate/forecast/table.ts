import { INTERVALS, type SeriesScores } from './judge.ts';
import { ratioTo, summarize } from './summary.ts';

export const RIVALS: readonly string[] = ['persistence', 'yesterday'];
const HEADLINE_MINUTES = 30;

const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '-');

const columns = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] as readonly string[]).map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join('  '),
    )
    .join('\n');
};

/** One block a horizon, the series with the largest ratio first. */
const horizonTable = (all: readonly SeriesScores[], who: string, minutes: number): string => {
  const rows = all
    .flatMap((series) => {
      const horizon = series.horizons.find((one) => one.minutes === minutes);
      const own = horizon?.scores.find(({ contender }) => contender === who);
      if (horizon === undefined || own === undefined) return [];
      const rival = (name: string) => horizon.scores.find(({ contender }) => contender === name);
      const ratio = ratioTo(series, minutes, who, RIVALS);
      const over = ['persistence', 'yesterday', 'last week'];
      return [
        {
          ratio,
          cells: [
            series.series,
            String(horizon.judgedSteps),
            fixed(ratio, 3),
            ...over.map((name) => fixed(own.pinball / (rival(name)?.pinball ?? Number.NaN), 3)),
            fixed(100 * own.wape, 2),
            ...over.map((name) => fixed(100 * (rival(name)?.wape ?? Number.NaN), 2)),
            ...own.coverage.map((share) => fixed(100 * share, 1)),
          ],
        },
      ];
    })
    .sort((a, b) => b.ratio - a.ratio);
  const over = ['/persist', '/yesterday', '/week', 'WAPE %', 'persist', 'yesterday', 'week'];
  const header = [
    `${minutes} min ahead`,
    'steps',
    'ratio',
    ...over,
    ...INTERVALS.map(({ nominal }) => `in ${Math.round(100 * nominal)} %`),
  ];
  return columns([header, ...rows.map(({ cells }) => cells)]);
};

/** Figures of one contender, `who`, beside the baselines. */
export const forecastTable = (all: readonly SeriesScores[], who: string): string => {
  const minutes = [...new Set(all.flatMap((series) => series.horizons.map((horizon) => horizon.minutes)))].sort((a, b) => a - b);
  const summaries = summarize(all, who, RIVALS, minutes);
  return [
    `${who}: mean pinball loss over the better of persistence and yesterday ("ratio"), each with residual quantiles of a week`,
    ...minutes.map((minute) => `\n${horizonTable(all, who, minute)}`),
    '',
    ...summaries.map(
      ({ minutes: minute, ratio, worst, coverageOff }) =>
        `${minute} min: ratio ${fixed(ratio.value, 3)} (95 % interval over series ${fixed(ratio.low, 3)} to ${fixed(ratio.high, 3)}), worst ${fixed(worst, 3)}; ` +
        `coverage off by at most ${INTERVALS.map(({ nominal }, i) => `${fixed(coverageOff[i] as number, 2)} at ${Math.round(100 * nominal)} %`).join(', ')} (points)${minute === HEADLINE_MINUTES ? '  <- the stated goal: 0.85, 1.02; 1.5, 1.5, 1.5, 0.5' : ''}`,
    ),
  ].join('\n');
};
