import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../core/random.ts';
import { DAY_MS, MINUTE_MS } from '../../core/time.ts';
import { estimateCapacity, isotonic } from './capacity.ts';
import { type Column, emptyColumn, type Grid } from './columns.ts';
import { learnLead } from './lead.ts';
import { daysOf, monthAhead, weeklyDrift } from './month-ahead.ts';

/** Ends at midnight of a Sunday. */
const grid = (days: number): Grid => {
  const steps = (days * DAY_MS) / (5 * MINUTE_MS);
  return { firstEnd: Date.UTC(2026, 2, 22) - (steps - 1) * 5 * MINUTE_MS, stepMs: 5 * MINUTE_MS, steps };
};

const filled = (on: Grid, value: (at: number, step: number) => number): Column => {
  const column = emptyColumn(on);
  for (let step = 0; step < on.steps; step += 1) column[step] = value(on.firstEnd + step * on.stepMs, step);
  return column;
};

const wave = (at: number): number => 0.5 - 0.5 * Math.cos((2 * Math.PI * (at % DAY_MS)) / DAY_MS);

describe('what one replica carries', () => {
  const on = grid(14);
  const ready = filled(on, () => 4);

  it('is the load above which most steps are slow', () => {
    const random = seededRandom(3);
    const load = filled(on, (at) => 40 + 200 * wave(at));
    const logDuration = filled(on, (_, step) => Math.log(0.02) + 0.05 * gaussian(random) + ((load[step] as number) / 4 > 45 ? 0.6 : 0));
    const capacity = estimateCapacity({ load, ready, logDuration, errors: undefined, grid: on });
    expect(capacity).toMatchObject({ kind: 'estimated', basis: 'knee' });
    if (capacity.kind !== 'estimated') return;
    expect(capacity.estimate).toBeGreaterThan(43);
    expect(capacity.estimate).toBeLessThan(47);
    expect(capacity.low).toBeLessThanOrEqual(capacity.estimate);
    expect(capacity.high).toBeGreaterThanOrEqual(capacity.estimate);
  });

  it('is at least what was carried when nothing was ever slow, an incident at low load notwithstanding', () => {
    const load = filled(on, (at) => 40 + 200 * wave(at));
    const logDuration = filled(on, (_, step) => Math.log(0.02) + (step % 2_016 < 20 ? 1 : 0));
    const capacity = estimateCapacity({ load, ready, logDuration, errors: undefined, grid: on });
    expect(capacity).toMatchObject({ kind: 'estimated', basis: 'demonstrated', high: undefined });
    if (capacity.kind === 'estimated') expect(capacity.estimate).toBeGreaterThan(59);
  });

  it.each([
    ['two days', grid(2), /2|3 days/],
    ['an hour of steps', grid(1 / 24), /only 12 steps/],
  ])('is not known from %s', (_what, short, words) => {
    const capacity = estimateCapacity({
      load: filled(short, () => 10),
      ready: filled(short, () => 1),
      logDuration: undefined,
      errors: undefined,
      grid: short,
    });
    if (capacity.kind === 'unknown') expect(capacity.because).toMatch(words);
    else expect(capacity.basis).toBe('demonstrated');
  });

  it('is not known where replicas are absent', () => {
    expect(
      estimateCapacity({ load: filled(on, () => 10), ready: emptyColumn(on), logDuration: undefined, errors: undefined, grid: on }).kind,
    ).toBe('unknown');
  });

  it('pools what falls', () => {
    expect(isotonic([1, 3, 2, 4], [1, 1, 1, 1])).toEqual([1, 2.5, 2.5, 4]);
    expect(isotonic([3, 1], [1, 3])).toEqual([1.5, 1.5]);
  });
});

describe('the lead of a replica', () => {
  const on = grid(3);
  it('is learned from orders that were answered, at nine of ten of them', () => {
    const ordered = filled(on, (_, step) => 2 + (Math.floor(step / 40) % 2) * 3);
    const ready = filled(on, (_, step) => 2 + (Math.floor((step - 2) / 40) % 2 === 1 ? 3 : 0));
    expect(learnLead(ordered, ready, on, MINUTE_MS)).toMatchObject({ leadMs: 10 * MINUTE_MS, because: expect.stringContaining('90 % of') });
  });

  it('is assumed where nobody ever scaled', () => {
    const still = filled(on, () => 4);
    expect(learnLead(still, still, on, 7 * MINUTE_MS)).toMatchObject({
      leadMs: 7 * MINUTE_MS,
      because: expect.stringContaining('assumed'),
    });
  });
});

describe('the month ahead', () => {
  it('is thirty such days when every day is the same, and nothing drifts', () => {
    const on = grid(14);
    const replicas = filled(on, () => 4);
    const month = monthAhead(replicas, on, weeklyDrift(replicas, on));
    expect(month).toMatchObject({ kind: 'forecast' });
    if (month.kind === 'forecast') for (const total of [month.p10, month.p50, month.p90]) expect(total).toBeCloseTo(30 * 24 * 4, 3);
  });

  it('counts weekends as weekends and is less sure the more days differ', () => {
    const on = grid(14);
    const random = seededRandom(5);
    const week = (at: number): boolean => [0, 6].includes(new Date(at).getUTCDay());
    const calm = filled(on, (at) => (week(at) ? 2 : 6));
    const levels = new Map<number, number>();
    const level = (at: number): number => {
      const day = Math.floor((at - 1) / DAY_MS);
      if (!levels.has(day)) levels.set(day, 1 + 0.3 * gaussian(random));
      return levels.get(day) as number;
    };
    const wild = filled(on, (at, step) => (calm[step] as number) * level(at));
    const [sure, unsure] = [monthAhead(calm, on, 0), monthAhead(wild, on, 0.1)];
    // 22 March to 20 April 2026 holds 21 weekdays and 9 weekend days.
    if (sure.kind === 'forecast') expect(sure.p50 / 24).toBeCloseTo(21 * 6 + 9 * 2, 0);
    expect(sure.kind === 'forecast' && unsure.kind === 'forecast' && unsure.p90 - unsure.p10 > 5 * (sure.p90 - sure.p10)).toBe(true);
  });

  it('is not told from three days, and leaves out days that are mostly missing', () => {
    expect(
      monthAhead(
        filled(grid(3), () => 4),
        grid(3),
        undefined,
      ),
    ).toMatchObject({ kind: 'unknown', because: '3 whole days are known, 4 are needed' });
    const on = grid(6);
    const gappy = filled(on, (at) => (at > Date.UTC(2026, 2, 20) && at < Date.UTC(2026, 2, 20, 12) ? Number.NaN : 4));
    expect(daysOf(gappy, on)).toHaveLength(5);
  });

  it('knows nothing of growth from one week', () => {
    expect(
      weeklyDrift(
        filled(grid(7), () => 4),
        grid(7),
      ),
    ).toBeUndefined();
  });
});
