import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../core/random.ts';
import type { SignalKind } from '../../core/signal.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import type { Finding } from '../finding.ts';
import { createSeasonalBank, ensureSignal, type SeasonalCalendar, scoreStep } from './index.ts';
import { binomial, type Point, poisson, stepOf, syntheticSignals } from './synthetic.ts';

/** What was found to wake people for nothing, each as it came: a real day in steps of five minutes, one signal. */
const SCALE = { stepMs: 5 * MINUTE_MS, dayLengthMs: DAY_MS };
const STEPS_A_DAY = DAY_MS / SCALE.stepMs;
/** A Monday, 00:00 UTC, four weeks before clocks in Berlin go back. */
const MONDAY = Date.UTC(2025, 8, 29);
const CLOCKS_BACK = Date.UTC(2025, 9, 26, 1);

const random = seededRandom(11);
const noisy = (rate: number): Point => ({ value: poisson(random, rate * 300) / 300, weight: 300 });

const live = (
  kind: SignalKind,
  days: number,
  pointAt: (at: number) => Point | undefined,
  calendar?: SeasonalCalendar,
): readonly (Finding & { readonly day: number })[] => {
  const signals = syntheticSignals([kind]);
  const bank = createSeasonalBank({ scale: SCALE, ...(calendar === undefined ? {} : { calendar }) });
  for (const signal of signals) ensureSignal(bank, signal);
  const first = MONDAY / SCALE.stepMs;
  return Array.from({ length: days * STEPS_A_DAY }, (_, step) =>
    scoreStep(bank, stepOf(first + step, [pointAt(MONDAY + step * SCALE.stepMs)], signals, SCALE)).map((finding) => ({
      ...finding,
      day: Math.floor(step / STEPS_A_DAY),
    })),
  ).flat();
};

/** The first week teaches what a day and a Sunday are. */
const settled = <F extends { readonly day: number }>(findings: readonly F[]): readonly F[] => findings.filter(({ day }) => day >= 7);
const harmful = <F extends Finding>(findings: readonly F[]): readonly F[] => findings.filter((finding) => finding.harmful);

/** Quiet at night, steep between six and nine, by a clock. */
const shopAt = (local: number): number => {
  const hour = (local % DAY_MS) / HOUR_MS;
  return hour < 6 || hour >= 22 ? 2 : hour < 9 ? 2 + 6 * (hour - 6) : hour < 18 ? 20 : 20 - 4.5 * (hour - 18);
};

const aheadAt = (at: number): number => (at < CLOCKS_BACK ? 2 : 1) * HOUR_MS;
const BERLIN: SeasonalCalendar = {
  clocks: [
    { from: MONDAY, aheadMs: 2 * HOUR_MS },
    { from: CLOCKS_BACK, aheadMs: HOUR_MS },
  ],
  restDays: [],
};

describe('the Monday after clocks changed', () => {
  const traffic = (at: number): Point => noisy(shopAt(at + aheadAt(at)));

  it('brings its morning by the clock on the wall, and nothing is found', () => {
    expect(settled(harmful(live('rate', 30, traffic, BERLIN)))).toEqual([]);
  });

  it('would look like lost traffic by the sun', () => {
    const findings = settled(harmful(live('rate', 30, traffic)));
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.every(({ day }) => day >= 27)).toBe(true);
  });
});

describe('a bank holiday', () => {
  // The Friday of the third week, lived as a Sunday.
  const HOLIDAY = MONDAY + 18 * DAY_MS;
  const isRest = (at: number): boolean => {
    const day = Math.floor(at / DAY_MS);
    return (day + 4) % 7 === 0 || (day + 4) % 7 === 6 || day * DAY_MS === HOLIDAY;
  };
  const traffic = (at: number): Point => noisy(shopAt(at) * (isRest(at) ? 0.35 : 1));

  it('that the calendar names is no fall', () => {
    expect(settled(harmful(live('rate', 20, traffic, { clocks: [], restDays: [HOLIDAY / DAY_MS] })))).toEqual([]);
  });

  it('that nobody named is one, on that day alone', () => {
    expect(new Set(settled(harmful(live('rate', 20, traffic))).map(({ day }) => day))).toEqual(new Set([18]));
  });
});

describe('the first Saturday', () => {
  it('is learned and not reported, for nothing is known of Saturdays from five weekdays', () => {
    const daylight = (at: number): number => 1 - Math.cos((2 * Math.PI * (at % DAY_MS)) / DAY_MS);
    const traffic = (at: number): Point => noisy(8 + (at - MONDAY >= 5 * DAY_MS ? 1.5 : 5) * daylight(at));
    expect(harmful(live('rate', 7, traffic)).filter(({ day }) => day >= 5)).toEqual([]);
  });
});

describe('a Sunday night that becomes Monday', () => {
  it('slowly is no fall at midnight, although nights of working days begin higher', () => {
    const blended = (at: number): number => {
      // Hours since Friday, 22:00.
      const fromFriday = ((at - MONDAY) / HOUR_MS + 50) % 168;
      const rest = Math.max(0, Math.min(1, fromFriday / 4, (52 - fromFriday) / 4));
      return 20 * (1 - 0.5 * rest);
    };
    expect(settled(harmful(live('rate', 30, (at) => noisy(blended(at)))))).toEqual([]);
  });
});

describe('a job that sends for ten minutes every morning', () => {
  const jobAt = (at: number): boolean => at % DAY_MS >= 6 * HOUR_MS && at % DAY_MS < 6 * HOUR_MS + 10 * MINUTE_MS;

  it('leaves no missing traffic behind when it ends', () => {
    expect(harmful(live('rate', 8, (at) => noisy(20 * (jobAt(at) ? 3 : 1))))).toEqual([]);
  });
});

describe('a batch that ends after an evening', () => {
  const isBatch = (at: number): boolean => at - MONDAY >= 9 * DAY_MS + 18 * HOUR_MS && at - MONDAY < 9 * DAY_MS + 22 * HOUR_MS;

  it('is no fall: traffic is what this time of day always has', () => {
    expect(harmful(live('rate', 11, (at) => noisy(20 * (isBatch(at) ? 2.5 : 1))))).toEqual([]);
  });

  it('does not hide that half of the usual traffic goes missing', () => {
    const half = (at: number): Point => noisy(20 * (at - MONDAY >= 10 * DAY_MS ? 0.5 : 1));
    expect(harmful(live('rate', 11, half)).length).toBeGreaterThan(0);
  });
});

describe('a share of few events that drifts for an hour at a time', () => {
  it('is told from a fault', () => {
    const keep = Math.exp(-SCALE.stepMs / HOUR_MS);
    let wave = 0;
    const declined = (fault: number) => (): Point => {
      wave = keep * wave + Math.sqrt(1 - keep * keep) * gaussian(random);
      const events = poisson(random, 60);
      return { value: binomial(random, events, Math.min(1, 0.06 * Math.exp(0.3 * wave) + fault)) / events, weight: events };
    };
    expect(live('ratio', 21, declined(0))).toEqual([]);
    const broken = (at: number): Point => declined(at - MONDAY >= 20.5 * DAY_MS ? 0.3 : 0)();
    expect(live('ratio', 21, broken).length).toBeGreaterThan(0);
  });
});
