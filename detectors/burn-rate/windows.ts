import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';

/** One rule: both windows must burn at least `factor` times the budget's own pace. */
export interface BurnRule {
  readonly severity: 'page' | 'ticket';
  readonly factor: number;
  readonly longMs: number;
  /** So that the alert ends soon after the burning does. */
  readonly shortMs: number;
  readonly label: string;
}

/** Multi-window, multi-burn-rate rules of the SRE Workbook (chapter 5), calendar durations of a 28 to 30 day budget. */
export const BURN_RULES: readonly BurnRule[] = [
  { severity: 'page', factor: 14.4, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, label: '1 h and 5 min' },
  { severity: 'page', factor: 6, longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, label: '6 h and 30 min' },
  { severity: 'ticket', factor: 3, longMs: DAY_MS, shortMs: 2 * HOUR_MS, label: '1 d and 2 h' },
  { severity: 'ticket', factor: 1, longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS, label: '3 d and 6 h' },
];
