import { LIMITS } from '../../core/limits.ts';
import type { Instant } from '../../core/time.ts';

export interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** The years in which a stamp given in the wrong unit is told from nonsense: 2001 to 2096. */
const PLAUSIBLE_SECONDS = { from: 1e9, to: 4e9 };

/** "seconds", if reading the number as seconds gives a date of this century; likewise finer units. */
const likelyUnit = (nanos: number): string | undefined => {
  const units = [
    ['seconds', 1],
    ['milliseconds', 1e3],
    ['microseconds', 1e6],
  ] as const;
  return units.find(([, perSecond]) => nanos >= PLAUSIBLE_SECONDS.from * perSecond && nanos <= PLAUSIBLE_SECONDS.to * perSecond)?.[0];
};

/** The last nanosecond of int64, in the year 2262: what is later was negative before it became unsigned. */
const LAST_MS = 9_223_372_036_854;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(0)} s`;

/**
 * Why a time is not accepted; undefined when it is. `field` names it in the message.
 * @param ms the stamp in whole milliseconds
 * @param nanos the stamp as sent, as a float64
 */
export const timeProblem = (field: string, ms: Instant, nanos: number, now: Instant): Problem | undefined => {
  if (nanos === 0) return { reason: 'bad_timestamp', message: `${field} is 0` };
  if (ms > LAST_MS) return { reason: 'bad_timestamp', message: `${field} is negative or after the year 2262` };
  const unit = likelyUnit(nanos);
  if (unit !== undefined) return { reason: 'bad_timestamp', message: `${field} ${nanos} looks like ${unit}; nanoseconds are expected` };
  if (ms > now + LIMITS.futureMs) {
    return {
      reason: 'too_far_in_future',
      message: `${field} is ${seconds(ms - now)} ahead of our clock, ${seconds(LIMITS.futureMs)} allowed`,
    };
  }
  if (ms < now - LIMITS.latenessMs) {
    return { reason: 'too_old', message: `${field} is ${seconds(now - ms)} old, ${seconds(LIMITS.latenessMs)} allowed` };
  }
  return undefined;
};
