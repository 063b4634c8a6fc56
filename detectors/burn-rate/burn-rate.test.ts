import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarSteps, DAY_MS, type TimeScale } from '../../core/time.ts';
import { betaTail } from '../special-functions.ts';
import {
  BURN_RULES,
  type BurnRate,
  breachedAt,
  budgetRemaining,
  burnWindows,
  createBurnRate,
  restoreBurnRate,
  scoreBurn,
  severityOf,
  snapshotBurnRate,
} from './index.ts';

const scale: TimeScale = { stepMs: 1_000, dayLengthMs: 120_000 };
const options = { objective: 'checkout', service: 'gateway', tenant: 'default', target: 0.99, scale };
const step = (index: number, good: number, bad: number) => ({ index, endsAt: (index + 1) * 1_000, good, bad });

const live = (burn: BurnRate, from: number, to: number, good: number, bad: number): void => {
  for (let index = from; index < to; index += 1) scoreBurn(burn, step(index, good, bad));
};

describe('an error budget', () => {
  it('that loses a third of its events pages within the short window, and says since when', () => {
    const burn = createBurnRate(options);
    live(burn, 0, 500, 50, 0);
    expect(severityOf(burn)).toBeUndefined();
    live(burn, 500, 503, 35, 15);
    const finding = scoreBurn(burn, step(503, 35, 15));
    expect(severityOf(burn)).toBe('page');
    expect(finding).toMatchObject({ detector: 'burn-rate', harmful: true, service: 'gateway', name: 'slo:checkout', since: 501_000 });
    expect(finding?.because).toContain('in windows of 1 h and 5 min');
  });

  it('that burns slowly for a day asks for a ticket, not for a page', () => {
    const burn = createBurnRate(options);
    live(burn, 0, 400, 1_000, 1);
    live(burn, 400, 540, 1_000, 42);
    expect(severityOf(burn)).toBe('ticket');
  });

  it('is quiet again soon after the errors end', () => {
    const burn = createBurnRate(options);
    live(burn, 0, 500, 50, 0);
    live(burn, 500, 520, 35, 15);
    expect(severityOf(burn)).toBe('page');
    live(burn, 520, 560, 50, 0);
    expect(severityOf(burn)).not.toBe('page');
  });

  it('of little traffic is not burned by one failed request, but by a row of them', () => {
    const burn = createBurnRate(options);
    for (let index = 0; index < 600; index += 12) scoreBurn(burn, step(index, 1, 0));
    expect(scoreBurn(burn, step(601, 0, 1))).toBeUndefined();
    live(burn, 602, 606, 0, 1);
    expect(severityOf(burn)).toBe('page');
  });

  it('keeps burning while nothing is seen: absent resolves nothing', () => {
    const burn = createBurnRate(options);
    live(burn, 0, 500, 50, 0);
    live(burn, 500, 504, 10, 40);
    scoreBurn(burn, step(505, 0, 0));
    expect(severityOf(burn)).toBe('page');
    expect(scoreBurn(burn, step(506, Number.NaN, 1))).toBeDefined();
  });

  it('knows what is left of it and when it was spent', () => {
    const burn = createBurnRate(options);
    expect(budgetRemaining(burn)).toBeNaN();
    live(burn, 0, 100, 100, 0);
    expect(budgetRemaining(burn)).toBe(1);
    live(burn, 100, 110, 50, 50);
    expect(budgetRemaining(burn)).toBeLessThan(0);
    expect(breachedAt(burn)).toBe(103_000);
    live(burn, 110, 110 + 28 * 120 + 10, 100, 0);
    expect(budgetRemaining(burn)).toBe(1);
    expect(breachedAt(burn)).toBeUndefined();
  });

  it('refuses a target that is no share', () => {
    expect(() => createBurnRate({ ...options, target: 1 })).toThrow('objective checkout: target must lie in (0, 1), got 1');
  });
});

const counts = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 40 }), good: fc.integer({ min: 0, max: 50 }), bad: fc.integer({ min: 0, max: 10 }) }),
  {
    minLength: 1,
    maxLength: 120,
  },
);

describe('burn windows', () => {
  it('equal a count over all steps ever seen', () => {
    fc.assert(
      fc.property(counts, (series) => {
        const burn = createBurnRate(options);
        const seen: { index: number; good: number; bad: number }[] = [];
        let index = 1_000;
        for (const { gap, good, bad } of series) {
          index += gap > 35 ? gap * 12 : gap;
          seen.push({ index, good, bad });
          scoreBurn(burn, step(index, good, bad));
        }
        burnWindows(burn).forEach((window, i) => {
          const rule = BURN_RULES[i] as (typeof BURN_RULES)[number];
          for (const [calendarMs, burned] of [
            [rule.longMs, window.longBurn],
            [rule.shortMs, window.shortBurn],
          ] as const) {
            const inside = seen.filter((s) => s.index > index - calendarSteps(calendarMs, scale));
            const bad = inside.reduce((sum, s) => sum + s.bad, 0);
            const total = inside.reduce((sum, s) => sum + s.good + s.bad, 0);
            if (total === 0) expect(burned).toBeNaN();
            else expect(burned).toBeCloseTo(bad / total / 0.01, 6);
          }
        });
        const bucket = calendarSteps(DAY_MS / 24, scale);
        const oldest = Math.floor(index / bucket) - Math.ceil(calendarSteps(28 * DAY_MS, scale) / bucket) + 1;
        const inside = seen.filter((s) => Math.floor(s.index / bucket) >= oldest);
        const bad = inside.reduce((sum, s) => sum + s.bad, 0);
        const total = inside.reduce((sum, s) => sum + s.good + s.bad, 0);
        if (total > 0) expect(budgetRemaining(burn)).toBeCloseTo(1 - bad / (0.01 * total), 6);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('continue bit for bit from a snapshot', () => {
    fc.assert(
      fc.property(counts, fc.nat({ max: 100 }), (series, cut) => {
        let burn = createBurnRate(options);
        const whole = createBurnRate(options);
        let index = 0;
        series.forEach(({ gap, good, bad }, i) => {
          index += gap;
          if (i === cut) burn = restoreBurnRate(snapshotBurnRate(burn), options);
          expect(scoreBurn(burn, step(index, good, bad))).toEqual(scoreBurn(whole, step(index, good, bad)));
        });
        expect(snapshotBurnRate(burn)).toEqual(snapshotBurnRate(whole));
      }),
      { numRuns: 30, seed: 3 },
    );
    expect(() => restoreBurnRate(new Uint8Array(16), options)).toThrow('burn-rate snapshot of checkout: 16 bytes');
  });
});

describe('the tail of a Beta', () => {
  it('agrees with closed forms', () => {
    expect(betaTail(0.3, 1, 1)).toBeCloseTo(0.7, 12);
    // P(X > x) for Beta(1, b) is (1 - x)^b.
    expect(betaTail(0.1, 1, 20)).toBeCloseTo(Math.exp(20 * Math.log(0.9)), 12);
    // Beta(2, 3) at 0.4: 0.4752.
    expect(betaTail(0.4, 2, 3)).toBeCloseTo(0.4752, 10);
    expect(betaTail(0.5, 30_000, 30_000)).toBeCloseTo(0.5, 6);
  });
});
