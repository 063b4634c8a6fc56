import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { calendarSteps, DAY_MS, HOUR_MS, MINUTE_MS, type TimeScale } from '../../core/time.ts';
import { betaTail } from '../special-functions.ts';
import { exhaustionOf } from './exhaustion.ts';
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
import { createBurnOracle, integratedBetaTail } from './oracle.fixture.ts';
import { quietRequests, randomSeries, requestsUntilPage, SHORT_DAY } from './series.fixture.ts';

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

  it('says how long it lasts at this pace, with an interval that holds the truth four times in five', () => {
    const random = seededRandom(21);
    let covered = 0;
    for (let round = 0; round < 300; round += 1) {
      const burn = createBurnRate({ ...options, target: 0.9 });
      scoreBurn(burn, step(0, 100_000, 0));
      let bad = 0;
      for (let event = 0; event < 400; event += 1) bad += random() < 0.3 ? 1 : 0;
      scoreBurn(burn, step(1, 400 - bad, bad));
      const lasts = exhaustionOf(burn, { good: 400 - bad, bad }, 1);
      const truth = ((0.1 * 100_400 - bad) / (0.3 * 400)) * 1_000;
      if (lasts !== undefined && lasts.q10 <= truth && truth <= lasts.q90) covered += 1;
    }
    expect(covered / 300).toBeGreaterThan(0.73);
    expect(covered / 300).toBeLessThan(0.87);
    const burn = createBurnRate(options);
    live(burn, 0, 500, 50, 0);
    live(burn, 500, 503, 35, 15);
    // 251 failures are allowed by 25,150 requests, 60 are spent, and 12 go with every step of a window of 5.
    expect(scoreBurn(burn, step(503, 35, 15))?.because).toMatch(/76 % of the budget is left, spent at this pace in 16 s \(14 s to 19 s\)$/);
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

  it('lets an alert go when nothing new failed for a day, whatever stands in its windows', () => {
    const burn = createBurnRate(options);
    live(burn, 0, 20, 1, 0);
    live(burn, 20, 25, 0, 1);
    for (let index = 25; index < 142; index += 1) scoreBurn(burn, step(index, 0, 0));
    expect(severityOf(burn)).toBe('page');
    live(burn, 142, 146, 0, 0);
    expect(severityOf(burn)).toBeUndefined();
  });

  it('with rules of its own waits for as long as they say', () => {
    const rule = { severity: 'page', factor: 2, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, afterMs: HOUR_MS, label: '1 h' } as const;
    const burn = createBurnRate({ ...options, rules: [rule] });
    live(burn, 0, 100, 1_000, 0);
    live(burn, 100, 105, 900, 100);
    expect(severityOf(burn)).toBeUndefined();
    live(burn, 105, 107, 900, 100);
    expect(severityOf(burn)).toBe('page');
  });

  it('of time slices counts slices, so that a night weighs as much as a day', () => {
    const budgeting = { kind: 'timeslices', sliceMs: HOUR_MS, target: 0.9 } as const;
    const burn = createBurnRate({ ...options, budgeting });
    live(burn, 0, 50, 10_000, 0);
    live(burn, 50, 55, 1, 1);
    live(burn, 55, 100, 10_000, 500);
    expect(budgetRemaining(burn)).toBeCloseTo(1 - 1 / 20 / 0.01, 9);
    const shares = createBurnRate({ ...options, budgeting: { kind: 'ratio-timeslices', sliceMs: HOUR_MS } });
    live(shares, 0, 50, 10_000, 0);
    live(shares, 50, 55, 1, 1);
    expect(budgetRemaining(shares)).toBeCloseTo(1 - 0.5 / 11 / 0.01, 9);
  });

  it('that begins anew with the calendar forgets what was spent before', () => {
    const burn = createBurnRate({ ...options, periodStart: (at) => Math.floor(at / 300_000) * 300_000 });
    live(burn, 0, 299, 10, 10);
    expect(budgetRemaining(burn)).toBeLessThan(-10);
    live(burn, 299, 310, 10, 0);
    expect(budgetRemaining(burn)).toBe(1);
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
        expect(Buffer.compare(snapshotBurnRate(burn), snapshotBurnRate(whole))).toBe(0);
      }),
      { numRuns: 12, seed: 3 },
    );
    expect(() => restoreBurnRate(new Uint8Array(16), options)).toThrow('burn-rate snapshot of checkout: 16 bytes');
  });

  it('continue from a snapshot of the format before', () => {
    const burn = createBurnRate(options);
    live(burn, 0, 500, 50, 0);
    live(burn, 500, 504, 35, 15);
    const { recent, budget, scalars } = burn;
    // Newest index, good, bad, breached at, newest end; firing by rule from 8, burning since from 16.
    const fields = [...scalars.subarray(0, 5), 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 501_000, 501_000, 501_000, 501_000, 0, 0, 0, 0];
    const old = new Uint8Array(Float64Array.from([1, recent.length, budget.length, ...fields, ...recent, ...budget]).buffer);
    const restored = restoreBurnRate(old, options);
    expect(severityOf(restored)).toBe('page');
    live(restored, 504, 505, 35, 15);
    live(burn, 504, 505, 35, 15);
    expect(burnWindows(restored)).toEqual(burnWindows(burn));
    expect(budgetRemaining(restored)).toBe(budgetRemaining(burn));
  });
});

describe('the rules of the workbook', () => {
  it('are those of a recount in whole numbers, at every step of random series', () => {
    const random = seededRandom(11);
    const seen = { counted: 0, posterior: 0, fired: 0 };
    for (let series = 0; series < 20; series += 1) {
      const target = (['0.9', '0.99', '0.995', '0.999', '0.99999'] as const)[series % 5] as string;
      const burn = createBurnRate({ ...options, target: Number(target) });
      const oracle = createBurnOracle(BURN_RULES, target, SHORT_DAY, betaTail);
      for (const next of randomSeries(random, 50)) {
        scoreBurn(burn, next);
        const verdicts = oracle.observe(next);
        expect(burnWindows(burn).map(({ firing, basis }) => ({ firing, basis }))).toEqual(
          verdicts.map(({ firing, basis }) => ({ firing, basis })),
        );
        for (const { basis, firing } of verdicts) {
          seen[basis] += 1;
          seen.fired += firing ? 1 : 0;
        }
      }
    }
    expect(Math.min(seen.counted, seen.posterior, seen.fired)).toBeGreaterThan(200);
  });

  it('take a share that is just the line for what it is in decimals', () => {
    const burn = createBurnRate({ ...options, target: 0.9 });
    // 60 % of 1000 is 6 times a budget of 10 %, not more, though 6 * (1 - 0.9) is less than 0.6 in binary.
    live(burn, 0, 30, 400, 600);
    expect(burnWindows(burn)[1]).toMatchObject({ basis: 'counted', firing: false });
    live(burn, 30, 31, 399, 601);
    expect(burnWindows(burn)[1]?.firing).toBe(true);
  });
});

describe('a service of few requests', () => {
  const night = { ...options, target: 0.999, scale: { stepMs: 60_000, dayLengthMs: DAY_MS } };
  const told = (requestsPerHour: number, fails: (request: number) => boolean, count: number): readonly number[] => {
    const burn = createBurnRate(night);
    const pages: number[] = [];
    let request = 0;
    for (const next of quietRequests(seededRandom(5), requestsPerHour, count, fails)) {
      scoreBurn(burn, next);
      if (severityOf(burn) === 'page') pages.push(request);
      request += 1;
    }
    return pages;
  };

  it('wakes nobody over one failed request, nor over two', () => {
    expect(told(4, (request) => request === 500, 1_000)).toEqual([]);
    expect(told(4, (request) => request === 500 || request === 501, 1_000)).toEqual([]);
  });

  it('of which every fifth request fails is found with the third failure, however slowly they come', () => {
    for (const rate of [0.5, 2, 9]) {
      const pages = told(rate, (request) => request >= 500 && request % 5 === 4, 600);
      expect(pages[0]).toBe(514);
    }
  });

  it('is quiet again after five good requests', () => {
    const pages = told(4, (request) => request >= 500 && request < 503, 600);
    expect(pages).toEqual([502, 503, 504, 505, 506]);
  });

  it('of which a fifth fail by chance is found within 15 requests, more often than not', () => {
    const random = seededRandom(8);
    const found = Array.from({ length: 40 }, () => requestsUntilPage({ target: 0.999, requestsPerHour: 5 }, 100, random));
    expect(found.filter((requests) => requests <= 15).length).toBeGreaterThan(20);
  });
});

describe('the tail of a Beta', () => {
  it('is that of a numerical integral of its density', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-5, max: 0.999, noNaN: true }),
        fc.double({ min: 0.4, max: 300, noNaN: true }),
        fc.double({ min: 0.4, max: 300, noNaN: true }),
        (x, a, b) => {
          expect(Math.abs(betaTail(x, a, b) - integratedBetaTail(x, a, b))).toBeLessThan(1e-8);
        },
      ),
      { numRuns: 200, seed: 4 },
    );
  });

  it('agrees with closed forms', () => {
    expect(betaTail(0.3, 1, 1)).toBeCloseTo(0.7, 12);
    // P(X > x) for Beta(1, b) is (1 - x)^b.
    expect(betaTail(0.1, 1, 20)).toBeCloseTo(Math.exp(20 * Math.log(0.9)), 12);
    // Beta(2, 3) at 0.4: 0.4752.
    expect(betaTail(0.4, 2, 3)).toBeCloseTo(0.4752, 10);
    expect(betaTail(0.5, 30_000, 30_000)).toBeCloseTo(0.5, 6);
  });
});
