import { THRESHOLDS } from '../baselines/threshold.ts';
import type { DataSet } from '../data/discover.ts';
import type { CaseFigures } from '../run/judge.ts';
import { bootstrap, type Estimate } from '../score/bootstrap.ts';
import { type NabBest, nabBestThreshold } from '../score/nab-sweep.ts';
import { aimOf, type Figure, figuresOf } from './figures.ts';

export interface ContenderSummary {
  readonly name: string;
  readonly baseline: boolean;
  /** The one of THRESHOLDS that is best for a baseline on this set, chosen with the labels in view. */
  readonly threshold?: number;
  readonly figures: readonly { readonly key: string; readonly estimate: Estimate }[];
  readonly counts: { readonly events: number; readonly found: number; readonly falseAlarms: number };
  /** What one threshold on `score` would reach at best. */
  readonly bestThreshold?: readonly NabBest[];
  readonly series: readonly SeriesSummary[];
}

export interface SeriesSummary {
  readonly series: string;
  readonly events: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly vusPr: number;
  readonly aucPr: number;
  readonly longestAlertHours: number;
}

export const shapeOf = ({ judgedBy, kind }: Pick<DataSet, 'judgedBy' | 'kind'>): 'windows' | 'univariate' | 'multivariate' =>
  judgedBy === 'windows' ? 'windows' : kind;

const countsOf = ({ alarms }: CaseFigures): { readonly events: number; readonly found: number; readonly falseAlarms: number } =>
  alarms.nab === undefined ? alarms : { events: alarms.nab.windows, found: alarms.nab.hits, falseAlarms: alarms.nab.falseAlarms };

const atThreshold = (cases: readonly CaseFigures[], k: number): readonly CaseFigures[] =>
  cases.map((one) => ({ ...one, alarms: one.swept?.[k] ?? one.alarms }));

/** The threshold a baseline would wish for: nothing it could know by itself, so it is never shown too weak. */
const bestFor = (cases: readonly CaseFigures[], aim: Figure): number => {
  const reached = THRESHOLDS.map((_, k) => aim.of(atThreshold(cases, k)));
  return reached.reduce((best, value, k) => (value > (reached[best] as number) ? k : best), 0);
};

export const summarize = (
  set: Pick<DataSet, 'judgedBy' | 'kind'>,
  name: string,
  baseline: boolean,
  cases: readonly CaseFigures[],
): ContenderSummary => {
  const shape = shapeOf(set);
  const k = baseline ? bestFor(cases, aimOf(shape)) : undefined;
  const judged = k === undefined ? cases : atThreshold(cases, k);
  const steps = judged.flatMap(({ nabSteps }) => nabSteps ?? []);
  const series = judged.map((one) => {
    const { events, found, falseAlarms } = countsOf(one);
    return { series: one.series, events, found, falseAlarms, vusPr: one.volume, aucPr: one.area, longestAlertHours: one.longestAlertHours };
  });
  return {
    name,
    baseline,
    ...(k === undefined ? {} : { threshold: THRESHOLDS[k] as number }),
    figures: figuresOf(shape).map((figure) => ({ key: figure.key, estimate: bootstrap(judged, (drawn) => figure.of(drawn)) })),
    counts: series.reduce(
      (sum, one) => ({ events: sum.events + one.events, found: sum.found + one.found, falseAlarms: sum.falseAlarms + one.falseAlarms }),
      { events: 0, found: 0, falseAlarms: 0 },
    ),
    ...(steps.length === 0 ? {} : { bestThreshold: nabBestThreshold(steps) }),
    series,
  };
};
