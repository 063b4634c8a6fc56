import type { DurationMs, Instant } from '../../core/time.ts';
import type { TheirAlert } from './alerts.ts';
import type { Column, Grid } from './columns.ts';
import type { PageBeside } from './match.ts';
import type { ExpectedBand, Withheld } from './relive.ts';
import type { ScalingComparison } from './scaling.ts';
import type { TrialSignal } from './signals.ts';

/** One page of ours with what it was seen in. */
export interface ReportedPage extends PageBeside {
  /** Of the symptom, on the grid of the whole history; absent when it is no signal that was read. */
  readonly symptom: { readonly signal: TrialSignal; readonly band: ExpectedBand } | undefined;
}

export interface ServiceCoverage {
  readonly service: string;
  readonly source: string;
  readonly errors: string;
  readonly durations: string;
  readonly requestsPerSecond: number;
  /** Share of steps in which it was observed, whole history. */
  readonly observed: number;
  /** The same by equal parts of the history, for the picture. */
  readonly strip: readonly number[];
}

/** Everything the trial found out. Read-only results; nothing of it was sent anywhere. */
export interface TrialReport {
  readonly server: string;
  readonly version: string;
  readonly createdAt: Instant;
  readonly timeZone: string;
  readonly grid: Grid;
  /** Steps of the grid before the judged part; fewer were learned from where the history begins later. */
  readonly learnSteps: number;
  readonly learnedMs: DurationMs;
  readonly judgedFrom: Instant;
  readonly judgedTo: Instant;
  readonly askedMs: DurationMs;
  readonly intervalMs: DurationMs;
  readonly falsePagesPerServiceWeek: number;
  readonly pages: readonly ReportedPage[];
  readonly withheld: readonly Withheld[];
  readonly alertsRecorded: boolean;
  /** Of the judged part. */
  readonly alerts: readonly TheirAlert[];
  readonly onlyTheirs: readonly TheirAlert[];
  readonly scaling: readonly ScalingComparison[];
  /** Workloads whose replicas are known and whose load is not. */
  readonly unmatchedWorkloads: readonly string[];
  readonly coverage: readonly ServiceCoverage[];
  readonly calls: number;
  readonly leftOut: readonly string[];
  readonly notes: readonly string[];
  readonly queries: readonly string[];
  readonly cost: {
    readonly seconds: number;
    readonly requests: number;
    readonly retries: number;
    readonly bytes: number;
    readonly samples: number;
    readonly signals: number;
  };
}

const plain = (column: Column): readonly (number | null)[] => Array.from(column, (value) => (Number.isFinite(value) ? value : null));

/** The report for machines: everything but the columns behind the pictures. */
export const reportAsJson = (report: TrialReport): string =>
  `${JSON.stringify(
    report,
    (key, value: unknown) => {
      if (key === 'symptom' || key === 'load' || key === 'replicas') return undefined;
      if (value instanceof Float32Array) return plain(value);
      return typeof value === 'number' && !Number.isFinite(value) ? null : value;
    },
    1,
  )}\n`;
