import { clamp } from '../../core/math.ts';
import { DAY_MS, type DurationMs, type Instant, stepsPerDay, type TimeScale } from '../../core/time.ts';
import { EFFECT_FLOORS, type EffectFloors } from './floors.ts';

export interface SeasonalOptions {
  readonly scale: TimeScale;
  /** False findings of one service accepted in one week of the scale (seven days of `dayLengthMs`). */
  readonly falseFindingsPerServiceWeek?: number;
  /** Signals that share that budget: a service's golden signals, its edges and its larger slices. */
  readonly signalsPerService?: number;
  readonly floors?: EffectFloors;
  /** What the clocks and the calendar of the people behind the traffic say; clocks on UTC and no bank holidays when left out. */
  readonly calendar?: SeasonalCalendar;
}

/** Plain data, so that a decision record holds it. */
export interface SeasonalCalendar {
  /** What local clocks are ahead of UTC from an instant on, in order; the first holds before it too. */
  readonly clocks: readonly { readonly from: Instant; readonly aheadMs: DurationMs }[];
  /** Local days, counted from 1970-01-01, that are lived as a Sunday is. */
  readonly restDays: readonly number[];
}

/** Everything the kernel needs, derived once from the time scale and the page budget. Lengths are steps. */
export interface SeasonalConstants {
  readonly slots: number;
  /** 2 where a day is a real one, so that weekdays and weekends differ; else 1. */
  readonly classes: number;
  readonly dayLengthMs: number;
  readonly stepsPerDay: number;
  readonly stepsPerSlot: number;
  readonly levelGain: number;
  /** Of a level that no season supports yet. */
  readonly youngLevelGain: number;
  readonly scaleGain: number;
  readonly histogramMemory: number;
  readonly reanchorAfter: number;
  readonly priceDecay: number;
  /** Evidence at which a finding opens. */
  readonly openAt: number;
  readonly evidenceCeiling: number;
  readonly floors: EffectFloors;
  readonly clocks: SeasonalCalendar['clocks'];
  readonly restDays: ReadonlySet<number>;
}

export const DEFAULT_FALSE_FINDINGS_PER_SERVICE_WEEK = 0.05;
export const DEFAULT_SIGNALS_PER_SERVICE = 20;
/** Observations before a signal may open. */
export const YOUNG_OBSERVATIONS = 20;
/** -log10 p of one step counts at most this much, so that no single step opens anything. */
export const STEP_EVIDENCE_CAP = 4;
export const CLOSE_AT = 1;
export const CALM_STEPS = 3;
/** Steps with evidence a finding needs. */
export const MINIMUM_EVIDENT_STEPS = 2;
/** Every finding makes the next one of the same signal dearer by this much evidence, at most by half the opening level. */
export const PRICE_PER_FINDING = 0.3;

/**
 * For calibrated independent p-values the rate at which max(0, S - log10 p - 1) passes h is about
 * 0.08 exp(-1.987 h) a step (Lundberg's equation for the exponent; the constant by simulation). Solved for h
 * at the budget. Each signal runs two sums, one a direction.
 */
export const openingEvidence = (stepsPerWeek: number, signals: number, budget: number): number =>
  Math.max(3, Math.log((0.08 * stepsPerWeek * signals * 2) / budget) / 1.987);

export const seasonalConstants = (options: SeasonalOptions): SeasonalConstants => {
  const { scale } = options;
  const budget = options.falseFindingsPerServiceWeek ?? DEFAULT_FALSE_FINDINGS_PER_SERVICE_WEEK;
  const signals = options.signalsPerService ?? DEFAULT_SIGNALS_PER_SERVICE;
  if (!(scale.stepMs > 0) || !(scale.dayLengthMs > 0)) throw new RangeError('seasonal bank: step and day must be longer than 0 ms');
  if (!(budget > 0)) throw new RangeError(`seasonal bank: falseFindingsPerServiceWeek must be above 0, got ${budget}`);
  if (!(signals > 0)) throw new RangeError(`seasonal bank: signalsPerService must be above 0, got ${signals}`);
  const perDay = stepsPerDay(scale);
  const slots = perDay >= 96 ? 48 : 24;
  const openAt = openingEvidence(7 * perDay, signals, budget);
  return {
    slots,
    classes: scale.dayLengthMs === DAY_MS ? 2 : 1,
    dayLengthMs: scale.dayLengthMs,
    stepsPerDay: perDay,
    stepsPerSlot: perDay / slots,
    // One hour of the calendar; at least 20 steps, so that a slow climb is not swallowed by the level.
    levelGain: 1 / Math.max(20, perDay / 24),
    youngLevelGain: 1 / Math.max(20, perDay / 144),
    scaleGain: 1 / clamp(perDay, 600, 5_000),
    histogramMemory: clamp(perDay, 1_000, 8_000),
    // Evidence must end some time: after most of a day the new level is the level.
    reanchorAfter: Math.max(40, Math.round(0.75 * perDay)),
    priceDecay: Math.exp(-Math.LN2 / (7 * perDay)),
    openAt,
    evidenceCeiling: 2 * openAt,
    floors: options.floors ?? EFFECT_FLOORS,
    clocks: scale.dayLengthMs === DAY_MS ? (options.calendar?.clocks ?? []) : [],
    restDays: new Set(options.calendar?.restDays),
  };
};
