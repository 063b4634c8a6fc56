import { MINUTE_MS } from '../../core/time.ts';

/** Every number of the verdict on a rollout. */
export const DEPLOY_CONSTANTS = {
  /** How long a rollout is watched before it is judged; at least so many steps. */
  windowMs: 30 * MINUTE_MS,
  leastSteps: 24,
  /** Its first part is left out: pods start, caches are cold. */
  settlePart: 1 / 6,
  /** Part of the window's steps that a signal must have. */
  leastFilled: 0.25,
  /** Windows without a change, kept for what chance does to such a window: a day of them. */
  quietWindows: 48,
  leastQuietWindows: 8,
  /** Robust spreads beyond which a quiet window counts no further. */
  quietClip: 3,
  /** Two-sided 99 %: three signals are asked, and half of the changes are deploys. */
  normalQuantile: 2.576,
  /** An effect that is surely not chance is told from here on: parts of the expected latency, points of errors, parts of the expected traffic. */
  leastLatency: 0.05,
  leastErrors: 0.003,
  leastTraffic: 0.25,
  /** 'No worse' is said when the interval excludes so much harm. */
  harmLatency: 0.2,
  harmErrors: 0.01,
  harmTraffic: 0.25,
  /** Expectations are marked so often in a window, for changes that are told late. */
  marks: 6,
} as const;
