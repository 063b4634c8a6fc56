import { calendarSteps, DAY_MS, MINUTE_MS, type TimeScale } from '../../core/time.ts';
import type { DeskOptions } from './desk.ts';

/**
 * A second look before a person is woken: what a rollout, a burst of one client's errors or an export that comes late
 * does is over within two minutes. At least so many steps of a compressed day.
 */
const LEAST_MS = 2 * MINUTE_MS;
const LEAST_STEPS = 4;
/** Slowness alone after a rollout: caches fill and code is compiled within five minutes. */
const ROLLOUT_MS = 5 * MINUTE_MS;
/** Steps without a finding before an incident is over. */
export const QUIET_STEPS = 5;
const INCIDENTS_KEPT = 100;
/** A change explains what began within this time after it; at least so many steps of a compressed day. */
const CHANGE_WINDOW_MS = 15 * MINUTE_MS;
const CHANGE_WINDOW_STEPS = 40;
const ONSET_TOLERANCE_STEPS = 4;

/** How the desk works on a time scale: the same live and on somebody's history. */
export const deskOptionsOf = (scale: TimeScale, dimensions: readonly string[]): DeskOptions => ({
  policy: {
    stepMs: scale.stepMs,
    leastSteps: Math.max(LEAST_STEPS, calendarSteps(LEAST_MS, scale)),
    rolloutSteps: Math.max(LEAST_STEPS, calendarSteps(ROLLOUT_MS, scale)),
    changeWindowMs: Math.max(CHANGE_WINDOW_STEPS * scale.stepMs, CHANGE_WINDOW_MS * (scale.dayLengthMs / DAY_MS)),
    onsetToleranceMs: ONSET_TOLERANCE_STEPS * scale.stepMs,
    dimensions,
  },
  quietSteps: QUIET_STEPS,
  keep: INCIDENTS_KEPT,
});
