/** Integer milliseconds since the Unix epoch, in a float64. */
export type Instant = number;
/** Milliseconds. Durations that users see or set are seconds and are converted at that boundary. */
export type DurationMs = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/**
 * The one compression knob. Every period the product derives from the calendar (the daily season, SLO windows,
 * a "week" of the page budget) is scaled by it, so that a demo lives through days in minutes with the code that
 * runs in production.
 */
export interface TimeScale {
  /** Length of one step. */
  readonly stepMs: DurationMs;
  /** Length of one day: 86,400,000 in production. */
  readonly dayLengthMs: DurationMs;
}

export const stepsPerDay = (scale: TimeScale): number => Math.max(1, Math.round(scale.dayLengthMs / scale.stepMs));

/** A duration of the calendar (for example one hour of an SLO window) on this scale, in steps, at least one. */
export const calendarSteps = (calendarMs: DurationMs, scale: TimeScale): number =>
  Math.max(1, Math.round((calendarMs * (scale.dayLengthMs / DAY_MS)) / scale.stepMs));

/** Index of the step that contains an instant: step k covers [k * stepMs, (k + 1) * stepMs). */
export const stepIndexAt = (at: Instant, stepMs: DurationMs): number => Math.floor(at / stepMs);

export const stepStart = (index: number, stepMs: DurationMs): Instant => index * stepMs;
