import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS } from '../../core/time.ts';

/** One rule: both windows must burn more than `factor` times the budget's own pace. */
export interface BurnRule {
  readonly severity: 'page' | 'ticket';
  readonly factor: number;
  /** Calendar durations. */
  readonly longMs: DurationMs;
  /** So that the alert ends soon after the burning does. */
  readonly shortMs: DurationMs;
  readonly label: string;
  /** How long both must have burned before it is told: `alertAfter` of OpenSLO; 0 unless said. */
  readonly afterMs?: DurationMs;
}

/** Multi-window, multi-burn-rate rules of the SRE Workbook (chapter 5), calendar durations of a 28 to 30 day budget. */
export const BURN_RULES: readonly BurnRule[] = [
  { severity: 'page', factor: 14.4, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, label: '1 h and 5 min' },
  { severity: 'page', factor: 6, longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, label: '6 h and 30 min' },
  { severity: 'ticket', factor: 3, longMs: DAY_MS, shortMs: 2 * HOUR_MS, label: '1 d and 2 h' },
  { severity: 'ticket', factor: 1, longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS, label: '3 d and 6 h' },
];

/** Every number of the burn-rate detector that is no rule of the workbook. */
export const BURN_CONSTANTS = {
  /** A window that should hold at least so many bad events at the line is counted; with fewer, a share is an anecdote: its standard error is above a third. */
  countedFromBadAtLine: 10,
  /** The past may count for at most so many requests (20 are usual), so that it cannot outvote what is seen now. */
  priorEvents: 3,
  /** P(true bad share is above the line) at which a window of few requests burns. */
  certainty: 0.95,
  /** The same for the last few requests of a window that holds more: a second look at the same events. */
  certaintyOfFewer: 0.99,
  /** One failure is an anecdote and two may be one client that tries again: with three, a fifth failing is found in about 15 requests. */
  leastBad: 3,
  /** A long window with fewer requests looks further back until it holds so many. */
  leastLongEvents: 12,
  /** The same for the short window: it ends the alert after so many good requests. */
  leastShortEvents: 5,
  /** Nothing burns on without a new failure for longer than this part of a day (or its short window, where that is longer). */
  staleAfterDays: 1,
} as const;
