import { alertAt, THRESHOLDS } from '../baselines/threshold.ts';
import { stepSecondsOf } from '../contender.ts';
import { type Constants, type ContenderSpec, entryOf } from '../contenders/registry.ts';
import type { EvaluationCase } from '../data/case.ts';
import { addBlame, type BlameScore, scoreBlame } from '../score/blame.ts';
import { scoreEvents } from '../score/events.ts';
import { type NabRows, type NabTally, nabRows, nabTally } from '../score/nab.ts';
import { type NabSteps, nabSteps } from '../score/nab-sweep.ts';
import { areaUnderPrecisionRecall, bufferLengthOf, volumeUnderPrecisionRecall } from '../score/precision-recall.ts';
import { flagsOf, risingEdges, runsOf } from '../score/ranges.ts';

/** What alarms did on one series. All of it can be added up over series. */
export interface AlarmFigures {
  readonly events: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly delays: readonly number[];
  readonly rowsOutside: number;
  readonly alertRowsOutside: number;
  readonly blame: BlameScore;
  /** Alerts of which it is known whether they open with the three metrics blamed most put right, and those that do not. */
  readonly undone: { readonly judged: number; readonly undone: number };
  readonly nab?: NabTally;
}

export interface CaseFigures {
  readonly series: string;
  readonly rows: number;
  readonly weeks: number;
  readonly alarms: AlarmFigures;
  /** The same at each of THRESHOLDS, for a baseline. */
  readonly swept?: readonly AlarmFigures[];
  readonly volume: number;
  readonly area: number;
  readonly longestAlertHours: number;
  readonly nabSteps?: NabSteps;
}

const WEEK_SECONDS = 604_800;
const HOUR_SECONDS = 3_600;

interface Verdicts {
  readonly score: Float64Array;
  readonly evidence: Float64Array;
  readonly alert: Uint8Array;
  readonly top?: readonly (readonly string[])[];
  readonly undone?: readonly boolean[];
}

const verdictsOn = (item: EvaluationCase, spec: ContenderSpec): Verdicts => {
  const entry = entryOf(spec);
  const constants: Constants = spec.constants ?? entry.constants ?? {};
  if (entry.kind === 'univariate' && item.kind === 'univariate') {
    const { labels: _, ...series } = item.series;
    return entry.create(constants).run(series);
  }
  if (entry.kind === 'multivariate' && item.kind === 'multivariate') {
    const { labels: _, ...test } = item.test;
    return entry.create(constants).run(item.train, test);
  }
  throw new TypeError(`${spec.name} cannot run on ${item.name}`);
};

const alarmFigures = (
  item: EvaluationCase,
  alert: Uint8Array,
  step: number,
  { top, undone = [] }: Pick<Verdicts, 'top' | 'undone'>,
  nab: NabRows | undefined,
): AlarmFigures => {
  const score = scoreEvents(alert, item.events, step);
  const blamed = item.kind === 'multivariate' ? item.blamed : [];
  const blame = addBlame(
    score.detections.map(({ event, row }) => {
      const { first, last } = item.events[event] as (typeof item.events)[number];
      const metrics = blamed.filter(({ rows }) => rows.first <= last && rows.last >= first).flatMap((one) => one.metrics);
      return scoreBlame(top?.[row] ?? [], metrics);
    }),
  );
  return {
    events: score.events,
    found: score.detections.length,
    falseAlarms: score.falseAlarms.length,
    delays: score.detections.map(({ delaySeconds }) => delaySeconds),
    rowsOutside: score.rowsOutside,
    alertRowsOutside: score.alertRowsOutside,
    blame,
    undone: { judged: undone.length, undone: undone.filter(Boolean).length },
    ...(nab === undefined ? {} : { nab: nabTally(nab, risingEdges(alert)) }),
  };
};

/** A case with what every contender on it is judged by, worked out once. */
export interface PreparedCase {
  readonly item: EvaluationCase;
  readonly step: number;
  readonly labels: Uint8Array;
  readonly longestBuffer: number;
  readonly nab?: NabRows;
}

export const prepareCase = (item: EvaluationCase, judgedBy: 'windows' | 'events'): PreparedCase => {
  const { timestamps } = item.kind === 'univariate' ? item.series : item.test;
  const values = item.kind === 'univariate' ? item.series.values : (item.test.values[0] as Float64Array);
  return {
    item,
    step: stepSecondsOf(timestamps),
    labels: flagsOf(item.events, timestamps.length),
    longestBuffer: bufferLengthOf(values),
    ...(judgedBy === 'windows' ? { nab: nabRows(timestamps.length, item.events) } : {}),
  };
};

/** Runs one contender over one series and holds what it says against the labels, which it is not shown. */
export const judgeCase = (prepared: PreparedCase, spec: ContenderSpec, keepsSteps: boolean): CaseFigures => {
  const { item, step, labels, longestBuffer, nab } = prepared;
  const verdicts = verdictsOn(item, spec);
  const { score, evidence, alert } = verdicts;
  const rows = labels.length;
  const isBaseline = entryOf(spec).baseline;
  return {
    series: item.name,
    rows,
    weeks: (rows * step) / WEEK_SECONDS,
    alarms: alarmFigures(item, alert, step, verdicts, nab),
    ...(isBaseline ? { swept: THRESHOLDS.map((threshold) => alarmFigures(item, alertAt(evidence, threshold), step, verdicts, nab)) } : {}),
    volume: volumeUnderPrecisionRecall(labels, score, longestBuffer),
    area: areaUnderPrecisionRecall(labels, score),
    longestAlertHours: (runsOf(alert).reduce((most, { first, last }) => Math.max(most, last - first + 1), 0) * step) / HOUR_SECONDS,
    ...(nab === undefined || !keepsSteps ? {} : { nabSteps: nabSteps(nab, score) }),
  };
};
