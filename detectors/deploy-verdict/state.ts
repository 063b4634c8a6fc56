import type { Instant } from '../../core/time.ts';

/** What one step of one signal showed, on the scale of its model. */
export interface ModelReading {
  readonly key: string;
  readonly service: string;
  readonly name: string;
  readonly seen: number;
  readonly expected: number;
  /** What the model has learned of today after this step: with a season, without one, and how much the season counts. */
  readonly offset: number;
  readonly level: number;
  readonly seasonShare: number;
  readonly weight: number;
  /** Whether an alert of the signal is open. */
  readonly open: boolean;
}

/** Sums over the steps of a window, against what the model expected as of its beginning. */
export interface Window {
  readonly offset: number;
  readonly level: number;
  /** Whether an alert was open at its beginning. */
  readonly blind: boolean;
  steps: number;
  weight: number;
  departures: number;
  expected: number;
  seen: number;
  /** Whether an alert was open in it. */
  odd: boolean;
}

export interface QuietWindow {
  readonly departure: number;
  readonly weight: number;
}

/** What the model knew at a time. */
interface Mark {
  readonly index: number;
  readonly offset: number;
  readonly level: number;
  readonly open: boolean;
}

export interface WatchedSignal {
  readonly service: string;
  readonly name: string;
  marks: Mark[];
  running: Window;
  quiet: QuietWindow[];
}

export interface Trial {
  readonly changeId: string;
  readonly service: string;
  readonly at: Instant;
  /** Index of the step it happened in; steps [from, to) are counted. */
  readonly began: number;
  from: number;
  readonly to: number;
  /** By signal; undefined until the step it happened in. */
  windows?: Record<string, Window>;
}

/** Plain data: its JSON is its snapshot. */
export interface DeployState {
  newestStep: number;
  /** Index of the first step of the running quiet windows. */
  quietFrom: number;
  /** Services that were changed in the running quiet windows or the ones before. */
  disturbed: Record<string, number>;
  signals: Record<string, WatchedSignal>;
  trials: Trial[];
}

export const windowFrom = (offset: number, level: number, blind: boolean): Window => ({
  offset,
  level,
  blind,
  steps: 0,
  weight: 0,
  departures: 0,
  expected: 0,
  seen: 0,
  odd: false,
});

/** Adds a step, judged by what was expected as of the beginning: what the model has learned since is taken back. */
export const addStep = (window: Window, reading: ModelReading, learned: { readonly offset: number; readonly level: number }): void => {
  const share = reading.seasonShare;
  const since = share * (learned.offset - window.offset) + (1 - share) * (learned.level - window.level);
  const expected = reading.expected - since;
  if (!Number.isFinite(expected) || !Number.isFinite(reading.seen) || !(reading.weight > 0)) return;
  window.steps += 1;
  window.weight += reading.weight;
  window.departures += reading.weight * (reading.seen - expected);
  window.expected += reading.weight * expected;
  window.seen += reading.weight * reading.seen;
  window.odd ||= reading.open;
};
