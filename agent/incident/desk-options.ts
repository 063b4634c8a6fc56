import { DAY_MS, MINUTE_MS, type TimeScale } from '../../core/time.ts';
import type { DeskOptions } from './desk.ts';

/** A second look before a person is woken; steps without a finding before an incident is over. */
const LEAST_STEPS = 4;
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
    leastSteps: LEAST_STEPS,
    changeWindowMs: Math.max(CHANGE_WINDOW_STEPS * scale.stepMs, CHANGE_WINDOW_MS * (scale.dayLengthMs / DAY_MS)),
    onsetToleranceMs: ONSET_TOLERANCE_STEPS * scale.stepMs,
    dimensions,
  },
  quietSteps: QUIET_STEPS,
  keep: INCIDENTS_KEPT,
});
