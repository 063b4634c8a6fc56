import type { TailEvidenceConstants } from './constants.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** Prices and memories are stated for steps of this length. */
const REFERENCE_STEP_SECONDS = 300;

/** What follows from the constants and the length of a step, computed once. */
export interface Pace {
  readonly rowsPerSlot: number;
  readonly reanchorRows: number;
  /** Share of the level, grain and Poisson noise that counts as usual in a departure that has lasted. */
  readonly lastingFloor: number;
  readonly slowGain: number;
  readonly mixedGain: number;
  readonly offsetGain: number;
  readonly briefGain: number;
  readonly peakFading: number;
  readonly alertFading: number;
  readonly openAt: number;
  readonly closeAt: number;
  readonly price: number;
  readonly staleSeconds: number;
}

const halving = (steps: number): number => Math.exp(-Math.LN2 / steps);

export const paceOf = (c: TailEvidenceConstants, stepSeconds: number): Pace => {
  const logLength = Math.log(stepSeconds / REFERENCE_STEP_SECONDS);
  const usually = -Math.log(c.openChance) * Math.LOG10E;
  const openAt = Math.max(usually / 2, usually + c.openPerDecade * logLength * Math.LOG10E);
  const finer = Math.min(0, logLength);
  const slower = Math.exp(c.finerSmoothing * finer);
  return {
    rowsPerSlot: HOUR_SECONDS / stepSeconds,
    reanchorRows: Math.max(c.reanchorRows, (c.reanchorDays * DAY_SECONDS) / stepSeconds),
    // Finer steps add up over more rows: what a mean of so many usually does shrinks, and so does what matters of it.
    lastingFloor: Math.exp(finer),
    slowGain: c.slowGain * slower,
    mixedGain: c.mixedGain * slower,
    offsetGain: c.offsetGain * Math.exp(finer),
    briefGain: 1 - Math.exp(-stepSeconds / c.briefSeconds),
    peakFading: halving((c.peakHours * HOUR_SECONDS * Math.exp(finer - logLength)) / stepSeconds),
    alertFading: halving((c.alertDays * DAY_SECONDS) / stepSeconds),
    openAt,
    closeAt: c.closeShare * openAt,
    price: c.price * Math.exp(-c.priceStep * (logLength - finer)),
    staleSeconds: c.staleHours * HOUR_SECONDS,
  };
};
