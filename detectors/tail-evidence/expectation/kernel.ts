import { clamp } from '../../../core/math.ts';
import type { TailEvidenceConstants } from '../constants.ts';
import { C, CHANNEL_SCALARS, CHANNELS_AT, RESIDUAL, S, SCALARS, SEASON, SLOTS } from '../layout.ts';
import type { Pace } from '../pace.ts';

const DAY_SECONDS = 86_400;
const DAYS_A_WEEK = 7;
/** 1970-01-01 was a Thursday; the week begins on Sunday. */
const WEEKDAY_OF_EPOCH = 4;

const learnSpread = (f: Float64Array, at: number, size: number, gain: number, atMost: number, floor: number): void => {
  const spread = f[at] as number;
  f[at] = Math.max(floor, spread + gain * (Math.min(size, atMost) - spread));
};

const followCentre = (f: Float64Array, residual: number, floor: number, c: TailEvidenceConstants): void => {
  const rows = (f[S.centreRows] as number) + 1;
  f[S.centreRows] = rows;
  const gain = Math.max(1 / rows, 1 / c.centreMemory);
  const spread = f[S.centreSpread] as number;
  const young = rows <= c.youngRows;
  f[S.centre] = (f[S.centre] as number) + gain * (young ? residual : clamp(residual, -c.centreClip * spread, c.centreClip * spread));
  learnSpread(f, S.centreSpread, Math.abs(residual), gain, young ? Number.MAX_VALUE : c.spreadClip * spread, floor);
};

/**
 * The new level becomes the centre and the season moves along. Whatever says what is usual is at least as large as
 * around the new level, and what has been adding up against the old one ends: that story has been told.
 */
const moveTo = (f: Float64Array, g: Float32Array, c: TailEvidenceConstants): void => {
  const level = f[S.runMean] as number;
  const spread = f[S.runSpread] as number;
  const shift = level - (f[S.centre] as number);
  f[S.centre] = level;
  f[S.interim] = level;
  f[S.centreRows] = c.youngRows;
  f[S.magnitude] = Math.max(f[S.magnitude] as number, Math.abs(level));
  f[S.centreSpread] = Math.max(f[S.centreSpread] as number, spread);
  f[S.seasonSpread] = Math.max(f[S.seasonSpread] as number, spread);
  f[S.levelSpread] = Math.max(f[S.levelSpread] as number, spread);
  f[S.mixedSpread] = Math.max(f[S.mixedSpread] as number, spread);
  f[S.ripple] = Math.max(f[S.ripple] as number, spread);
  f[S.effect] = Math.max(f[S.effect] as number, spread);
  for (let at = CHANNELS_AT; at < SCALARS; at += CHANNEL_SCALARS) f[at + C.usual] = Math.max(f[at + C.usual] as number, spread);
  for (let slot = 0; slot < SEASON.kindRows; slot += 1) g[slot] = (g[slot] as number) + shift;
  f[S.offset] = 0;
  f[S.slowMean] = 0;
  f[S.mixedMean] = 0;
  f[S.brief] = 0;
  f[S.run] = 0;
};

/** Clipped steps with a spread that has shrunk would never reach a new level: a centre left for long on one side is given up. */
const reanchor = (f: Float64Array, g: Float32Array, x: number, c: TailEvidenceConstants, pace: Pace): void => {
  const residual = x - (f[S.centre] as number);
  const beyond = Math.abs(residual) > c.reanchorBeyond * (f[S.centreSpread] as number);
  const run = f[S.run] as number;
  const side = residual > 0 ? 1 : -1;
  if (!beyond || run * side < 0) {
    f[S.run] = Math.abs(run) <= c.reanchorRelief ? 0 : run - Math.sign(run) * c.reanchorRelief;
    return;
  }
  const length = Math.abs(run) + 1;
  f[S.run] = length * side;
  if (length <= 1) {
    f[S.runMean] = x;
    f[S.runSpread] = 0;
  } else {
    const error = x - (f[S.runMean] as number);
    f[S.runMean] = (f[S.runMean] as number) + error / length;
    f[S.runSpread] = (f[S.runSpread] as number) + (Math.abs(error) - (f[S.runSpread] as number)) / length;
  }
  if (length >= pace.reanchorRows) moveTo(f, g, c);
};

/** What this hour brings on such days; a kind of day seldom seen borrows from all days. */
const hourValue = (g: Float32Array, slot: number, kind: number, rowsPerSlot: number): number => {
  const visits = (g[SEASON.kindRows + kind + slot] as number) / rowsPerSlot;
  const trust = visits / (visits + 1);
  return trust * (g[SEASON.byKind + kind + slot] as number) + (1 - trust) * (g[SEASON.all + slot] as number);
};

const teachHour = (
  g: Float32Array,
  value: number,
  count: number,
  x: number,
  weight: number,
  limit: number,
  rowsPerSlot: number,
  c: TailEvidenceConstants,
): void => {
  const rows = (g[count] as number) + weight;
  g[count] = rows;
  const error = x - (g[value] as number);
  const gain = weight * Math.min(1, Math.max(1 / rows, c.seasonGain / rowsPerSlot));
  g[value] = (g[value] as number) + gain * (rows <= rowsPerSlot ? error : clamp(error, -limit, limit));
};

/** Departures of a row from what was expected before it, written to `residuals`; then every expectation learns the row. */
export const departures = (
  f: Float64Array,
  g: Float32Array,
  residuals: Float64Array,
  at: number,
  x: number,
  c: TailEvidenceConstants,
  pace: Pace,
): void => {
  const rows = f[S.rows] as number;
  const young = rows <= c.youngRows;
  if (rows === 1) {
    f[S.centre] = x;
    f[S.interim] = x;
    f[S.level] = x;
  }
  const floor = 1e-3 * Math.abs(f[S.centre] as number) + 1e-9;
  const rowsPerSlot = pace.rowsPerSlot;

  const days = at / DAY_SECONDS;
  const day = Math.floor(days);
  const weekday = (((day + WEEKDAY_OF_EPOCH) % DAYS_A_WEEK) + DAYS_A_WEEK) % DAYS_A_WEEK;
  const kind = weekday === 0 || weekday === 6 ? SLOTS : 0;
  const hour = (days - day) * SLOTS - 0.5;
  const before = Math.floor(hour);
  const late = hour - before;
  const low = (before + SLOTS) % SLOTS;
  const high = (before + 1) % SLOTS;
  const seen = Math.min(g[SEASON.allRows + low] as number, g[SEASON.allRows + high] as number);
  const season =
    seen >= c.slotVisits * rowsPerSlot
      ? (1 - late) * hourValue(g, low, kind, rowsPerSlot) + late * hourValue(g, high, kind, rowsPerSlot)
      : (f[S.interim] as number);

  const fromCentre = x - (f[S.centre] as number);
  const fromSeason = x - season;
  const fromLevel = x - (f[S.level] as number);
  const fromOffset = fromSeason - (f[S.offset] as number);
  const offsetError = f[S.offsetError] as number;
  const centreError = f[S.centreError] as number;
  // By inverse cubed error: the better expectation has nearly all the say.
  const ratio = (offsetError + floor) / (centreError + floor);
  const byCentre = (ratio * ratio * ratio) / (1 + ratio * ratio * ratio);
  const fromMixed = (1 - byCentre) * fromOffset + byCentre * fromCentre;

  const seasonSpread = f[S.seasonSpread] as number;
  const mixedSpread = f[S.mixedSpread] as number;
  const levelSpread = f[S.levelSpread] as number;
  const seasonLimit = young ? Number.MAX_VALUE : c.slowClip * seasonSpread;
  const mixedLimit = young ? Number.MAX_VALUE : c.slowClip * mixedSpread;
  f[S.slowMean] = (f[S.slowMean] as number) + pace.slowGain * (clamp(fromSeason, -seasonLimit, seasonLimit) - (f[S.slowMean] as number));
  f[S.mixedMean] = (f[S.mixedMean] as number) + pace.mixedGain * (clamp(fromMixed, -mixedLimit, mixedLimit) - (f[S.mixedMean] as number));

  residuals[RESIDUAL.centre] = fromCentre;
  residuals[RESIDUAL.season] = fromSeason;
  residuals[RESIDUAL.level] = fromLevel;
  residuals[RESIDUAL.slow] = f[S.slowMean] as number;
  residuals[RESIDUAL.mixed] = f[S.mixedMean] as number;
  residuals[RESIDUAL.fromMixed] = fromMixed;

  const errorGain = Math.max(1 / rows, 1 / c.errorMemory);
  learnSpread(f, S.offsetError, Math.abs(fromOffset), errorGain, young ? Number.MAX_VALUE : c.errorClip * (offsetError + floor), 0);
  learnSpread(f, S.centreError, Math.abs(fromCentre), errorGain, young ? Number.MAX_VALUE : c.errorClip * (centreError + floor), 0);
  f[S.offset] = (f[S.offset] as number) + pace.offsetGain * clamp(fromOffset, -seasonLimit, seasonLimit);

  const fromInterim = x - (f[S.interim] as number);
  const interimLimit = young ? Number.MAX_VALUE : c.spreadClip * seasonSpread;
  f[S.interim] = (f[S.interim] as number) + Math.max(1 / rows, 1 / c.interimMemory) * clamp(fromInterim, -interimLimit, interimLimit);
  const hourLimit = c.seasonClip * seasonSpread;
  teachHour(g, SEASON.byKind + kind + low, SEASON.kindRows + kind + low, x, 1 - late, hourLimit, rowsPerSlot, c);
  teachHour(g, SEASON.all + low, SEASON.allRows + low, x, 1 - late, hourLimit, rowsPerSlot, c);
  if (late > 0) {
    teachHour(g, SEASON.byKind + kind + high, SEASON.kindRows + kind + high, x, late, hourLimit, rowsPerSlot, c);
    teachHour(g, SEASON.all + high, SEASON.allRows + high, x, late, hourLimit, rowsPerSlot, c);
  }

  const levelLimit = young ? Number.MAX_VALUE : c.levelClip * levelSpread;
  f[S.level] = (f[S.level] as number) + c.levelGain * clamp(fromLevel, -levelLimit, levelLimit);
  const gain = Math.max(1 / rows, 1 / c.centreMemory);
  const seasonGain = Math.max(1 / rows, 1 / c.seasonSpreadMemory);
  learnSpread(f, S.seasonSpread, Math.abs(fromSeason), seasonGain, young ? Number.MAX_VALUE : c.spreadClip * seasonSpread, floor);
  learnSpread(f, S.mixedSpread, Math.abs(fromMixed), gain, young ? Number.MAX_VALUE : c.spreadClip * mixedSpread, floor);
  learnSpread(f, S.levelSpread, Math.abs(fromLevel), gain, young ? Number.MAX_VALUE : c.spreadClip * levelSpread, floor);
  followCentre(f, fromCentre, floor, c);
  if (!young) reanchor(f, g, x, c, pace);
};
