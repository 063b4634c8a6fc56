import { z } from 'zod';
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from './time.ts';

const UNITS: readonly (readonly [string, DurationMs])[] = [
  ['w', 7 * DAY_MS],
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
];

/** As Prometheus writes durations: `10s`, `1h30m`, `400ms`. */
const PATTERN = /^(\d+(\.\d+)?(ms|[smhdw]))+$/;

/** Milliseconds of a duration as users write it, a number being seconds; undefined when it is none. */
export const parseDuration = (written: number | string): DurationMs | undefined => {
  if (typeof written === 'number') return Number.isFinite(written) && written >= 0 ? Math.round(written * SECOND_MS) : undefined;
  if (!PATTERN.test(written)) return undefined;
  let total = 0;
  for (const [, amount, unit] of written.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    total += Number(amount) * (UNITS.find(([name]) => name === unit)?.[1] as number);
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
};

/** The shortest text that parses to the same duration: 90,000 is `1m30s`. */
export const formatDuration = (duration: DurationMs): string => {
  let rest = Math.max(0, Math.round(duration));
  let text = '';
  for (const [unit, size] of UNITS) {
    // A week is written as days: nobody reads `4w` faster than `28d`.
    if (unit === 'w' || rest < size) continue;
    text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text === '' ? '0s' : text;
};

const EXPECTED = 'expected a duration: seconds as a number, or text like 10s, 5m, 24h, 1h30m';

/** What a duration in the file becomes: milliseconds, at least `least`. */
export const durationSchema = (least: DurationMs = 1): z.ZodType<DurationMs, number | string> =>
  z.union([z.number(), z.string().regex(PATTERN, EXPECTED)], { error: () => EXPECTED }).transform((written, context) => {
    const duration = parseDuration(written);
    if (duration === undefined || duration < least) {
      context.addIssue({ code: 'custom', message: `expected a duration of at least ${formatDuration(least)}` });
      return z.NEVER;
    }
    return duration;
  });
