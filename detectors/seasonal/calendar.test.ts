import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { createSignalTable } from '../../core/signal.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { createSeasonalBank, ensureSignal, type SeasonalCalendar, scoreStep, snapshot } from './index.ts';

const STEP = 15 * MINUTE_MS;
const START = Date.UTC(2026, 1, 23);
const EASTER_MONDAY = Date.UTC(2026, 3, 6) / DAY_MS;

/** Payments a second: little at night, most in the afternoon, and a third of it on days of rest. */
const loadAt = (at: number, rests: boolean): number => {
  const hour = (at % DAY_MS) / HOUR_MS;
  return (rests ? 0.35 : 1) * (6 + 40 * Math.exp(-((hour - 15) * (hour - 15)) / 18));
};

/** Steps with an open finding on Easter Monday, after six weeks; and the state at the end. */
const live = (calendar?: SeasonalCalendar): { readonly odd: number; readonly state: Uint8Array } => {
  const signals = createSignalTable();
  const signal = signals.register(
    { tenant: 'default', service: 'gateway', name: 'requests', scope: { kind: 'service' } },
    'rate',
    '1/s',
    'fall',
  );
  const bank = createSeasonalBank({ scale: { stepMs: STEP, dayLengthMs: DAY_MS }, ...(calendar === undefined ? {} : { calendar }) });
  ensureSignal(bank, signal);
  const random = seededRandom(11);
  let odd = 0;
  for (let startsAt = START; startsAt < (EASTER_MONDAY + 1) * DAY_MS; startsAt += STEP) {
    const day = Math.floor(startsAt / DAY_MS);
    const weekday = (day + 4) % 7;
    const value = loadAt(startsAt, weekday === 0 || weekday === 6 || day === EASTER_MONDAY) * (0.97 + 0.06 * random());
    const findings = scoreStep(bank, {
      index: startsAt / STEP,
      startsAt,
      endsAt: startsAt + STEP,
      length: 1,
      signal: Uint32Array.of(signal.id),
      value: Float64Array.of(value),
      weight: Float64Array.of(STEP / 1_000),
    });
    if (day === EASTER_MONDAY && findings.length > 0) odd += 1;
  }
  return { odd, state: snapshot(bank) };
};

describe('Easter Monday', () => {
  it('is a sudden fall to whoever does not know it, and a day of rest to whoever does', () => {
    expect(live().odd).toBeGreaterThan(0);
    expect(live({ clocks: [], restDays: [EASTER_MONDAY] }).odd).toBe(0);
  });

  it('changes no bit of what was learned where no calendar is configured', () => {
    expect(live({ clocks: [], restDays: [] }).state).toEqual(live().state);
  });
});
