import { quantile } from '../../../core/math.ts';
import { printable } from '../../report/report-text.ts';
import type { JitterReport, SetReport } from '../run/evaluate.ts';
import type { Estimate } from '../score/bootstrap.ts';
import { NAB_PROFILES } from '../score/nab.ts';
import { type Figure, figuresOf } from './figures.ts';
import { type ContenderSummary, type SeriesSummary, shapeOf } from './summary.ts';

const WORST_SHOWN = 6;
/** Up to so many series each gets a line of its own. */
const SERIES_SHOWN = 12;
const ABSENT = '–';

const DIGITS: Readonly<Record<Figure['unit'], number>> = { score: 1, share: 3, rate: 2, percent: 1, minutes: 0, hours: 1 };
const AFTER: Readonly<Record<Figure['unit'], string>> = { score: '', share: '', rate: '', percent: ' %', minutes: ' min', hours: ' h' };

const written = (value: number, unit: Figure['unit']): string => {
  if (!Number.isFinite(value)) return ABSENT;
  return `${(unit === 'percent' ? 100 * value : value).toFixed(DIGITS[unit])}${AFTER[unit]}`;
};

const bare = (value: number, unit: Figure['unit']): string => (unit === 'percent' ? 100 * value : value).toFixed(DIGITS[unit]);

const withInterval = ({ value, low, high }: Estimate, unit: Figure['unit']): string =>
  Number.isNaN(low) || unit === 'hours' ? written(value, unit) : `${written(value, unit)} [${bare(low, unit)}, ${bare(high, unit)}]`;

/** Columns as wide as their widest cell. */
const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number)))
      .join('  ')
      .trimEnd(),
  );
};

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const nameOf = ({ name, threshold }: ContenderSummary): string =>
  threshold === undefined ? name : `${name} (at its best threshold here, ${threshold.toFixed(1)})`;

const cost = ({ events, found, falseAlarms }: SeriesSummary): number => events - found + falseAlarms;

const worstOf = (ours: ContenderSummary, noun: string): readonly string[] => {
  const worst = [...ours.series].sort((a, b) => cost(b) - cost(a)).filter((one) => cost(one) > 0);
  if (worst.length === 0) return [];
  const shown = worst
    .slice(0, WORST_SHOWN)
    .map((one) => [printable(one.series), `${one.found} of ${one.events} ${noun}`, `${one.falseAlarms} false`]);
  return [
    `Worst of ${ours.name} (${worst.length} of ${ours.series.length} series with a miss or a false alarm):`,
    ...indented(table(shown)),
    '',
  ];
};

const mainTable = (report: SetReport): readonly string[] => {
  const figures = figuresOf(shapeOf(report.set));
  const known = figures.filter(({ key }) =>
    report.contenders.some((one) => one.figures.some((entry) => entry.key === key && Number.isFinite(entry.estimate.value))),
  );
  const blank = known.map(() => '');
  const published = [...(report.published?.scores ?? [])].sort((a, b) => (b.scores[0] as number) - (a.scores[0] as number));
  return table([
    ['', ...known.map(({ title }) => title)],
    ...report.contenders.map((one) => [
      nameOf(one),
      ...known.map((figure) => {
        const estimate = one.figures.find(({ key }) => key === figure.key)?.estimate;
        return estimate === undefined ? ABSENT : withInterval(estimate, figure.unit);
      }),
    ]),
    ...published.map(({ name, scores }) => [
      `${name}, published`,
      ...scores.map((value) => value.toFixed(1)),
      ...blank.slice(scores.length),
    ]),
  ]);
};

const bestThresholds = (contenders: readonly ContenderSummary[]): readonly string[] => {
  const rows = contenders.flatMap(({ name, bestThreshold }) =>
    bestThreshold === undefined ? [] : [[name, ...bestThreshold.map(({ score }) => score.toFixed(1))]],
  );
  if (rows.length === 0) return [];
  return [
    '',
    'The best single threshold on `score`, every row above it a detection:',
    ...indented(table([['', ...NAB_PROFILES.map(({ name }) => name)], ...rows])),
  ];
};

const perSeries = (contenders: readonly ContenderSummary[]): readonly string[] => {
  const [first] = contenders;
  if (first === undefined || first.series.length > SERIES_SHOWN) return [];
  const best = (place: number): number => Math.max(...contenders.slice(1).map(({ series }) => series[place]?.vusPr ?? Number.NaN));
  const above = first.series.filter(({ vusPr }, place) => vusPr > best(place)).length;
  return [
    '',
    `VUS-PR by series (${first.name} is above every other on ${above} of ${first.series.length}), and events found / false alarms / events of ${first.name}:`,
    ...indented(
      table([
        ['', ...contenders.map(({ name }) => name), 'found/false/events'],
        ...first.series.map(({ series, found, falseAlarms, events }, place) => [
          printable(series),
          ...contenders.map((one) => written(one.series[place]?.vusPr ?? Number.NaN, 'share')),
          `${found}/${falseAlarms}/${events}`,
        ]),
      ]),
    ),
  ];
};

export const renderSet = (report: SetReport): string => {
  const [ours] = report.contenders;
  const noun = report.set.judgedBy === 'windows' ? 'windows' : 'events';
  const head = `${printable(report.set.name)}: ${report.seriesCount} series, ${ours?.counts.events ?? 0} ${noun}, ${report.weeks.toFixed(1)} series-weeks`;
  const check =
    report.selfCheck === undefined ? [] : ['The scorer against published scores:', ...indented(report.selfCheck.lines.map(printable)), ''];
  return [
    head,
    '='.repeat(head.length),
    ...check,
    ...(ours === undefined ? [] : worstOf(ours, noun)),
    ...mainTable(report),
    ...bestThresholds(report.contenders),
    ...perSeries(report.contenders),
    '',
  ].join('\n');
};

export const renderJitter = (report: JitterReport): string => {
  const figures = figuresOf(shapeOf(report.set));
  const rows = report.figures.flatMap(({ key, shipped, drawn }) => {
    const figure = figures.find((one) => one.key === key);
    const known = drawn.filter((value) => !Number.isNaN(value));
    if (figure === undefined || known.length === 0) return [];
    const [low, median, high] = [0.1, 0.5, 0.9].map((q) => quantile(known, q)) as [number, number, number];
    return [
      [
        figure.title,
        written(shipped, figure.unit),
        written(median, figure.unit),
        `[${bare(low, figure.unit)}, ${bare(high, figure.unit)}]`,
      ],
    ];
  });
  const head = `${printable(report.set.name)}: ${report.contender}, ${report.figures[0]?.drawn.length ?? 0} draws of all constants x0.7 to 1.4`;
  return [head, '-'.repeat(head.length), ...table([['', 'shipped', 'median', '[10 %, 90 %]'], ...rows]), ''].join('\n');
};
