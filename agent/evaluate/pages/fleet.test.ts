import { describe, expect, it } from 'vitest';
import { createSignalTable } from '../../../core/signal.ts';
import { bankHolidaysOf, clockChanges, localDayOf } from './business-calendar.ts';
import { createDraws } from './draws.ts';
import { surroundingsOf } from './effects.ts';
import { createFleet } from './fleet.ts';
import { drawFleet } from './parameters.ts';
import { poissonUpperLimit } from './rate-figures.ts';
import type { Watch } from './watched.ts';

const HOUR = 3_600_000;
const isoOf = (instants: readonly number[]): readonly string[] => instants.map((at) => new Date(at).toISOString().slice(0, 16));

describe('the calendar', () => {
  it('changes clocks when the law says', () => {
    const [from, to] = [Date.UTC(2025, 0, 1), Date.UTC(2026, 0, 1)];
    expect(isoOf(clockChanges(from, to, 'europe', HOUR))).toEqual(['2025-03-30T01:00', '2025-10-26T01:00']);
    expect(isoOf(clockChanges(from, to, 'america', -5 * HOUR))).toEqual(['2025-03-09T07:00', '2025-11-02T06:00']);
    expect(clockChanges(from, to, 'none', HOUR)).toEqual([]);
  });

  it('closes banks on Good Friday and Easter Monday, and ends months on business days', () => {
    expect(isoOf(bankHolidaysOf(2026)).map((day) => day.slice(0, 10))).toEqual([
      '2026-01-01',
      '2026-04-03',
      '2026-04-06',
      '2026-05-01',
      '2026-12-25',
      '2026-12-26',
    ]);
    const day = (iso: string) => localDayOf(Date.parse(iso) / 86_400_000);
    expect(day('2025-05-30')).toMatchObject({ monthEnd: true, weekday: 5 });
    expect(day('2025-05-31')).toMatchObject({ monthEnd: false });
    expect(day('2025-10-24')).toMatchObject({ payday: true });
    expect(day('2025-12-24')).toMatchObject({ payday: true, holiday: false });
  });
});

describe('counts', () => {
  const moments = (draw: () => number): { readonly mean: number; readonly variance: number } => {
    const values = Array.from({ length: 20_000 }, draw);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, variance: values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length };
  };

  it.each([0.15, 3, 19, 25, 4_000])('of mean %d have its variance', (mean) => {
    const draws = createDraws(5);
    const seen = moments(() => draws.poisson(mean));
    expect(seen.mean / mean).toBeCloseTo(1, 1);
    expect(seen.variance / mean).toBeCloseTo(1, 1);
  });

  it.each([
    [10, 0.3],
    [400, 0.01],
    [3_000, 0.2],
    [50, 0.9],
  ])('of %d trials at %d are binomial', (trials, probability) => {
    const draws = createDraws(6);
    const seen = moments(() => draws.binomial(trials, probability));
    expect(seen.mean / (trials * probability)).toBeCloseTo(1, 1);
    expect(seen.variance / (trials * probability * (1 - probability))).toBeCloseTo(1, 1);
  });

  it('have the upper limit of the table: half of chi-square', () => {
    expect(poissonUpperLimit(0)).toBeCloseTo(2.9957, 3);
    expect(poissonUpperLimit(5)).toBeCloseTo(10.513, 3);
    expect(poissonUpperLimit(29)).toBeCloseTo(39.541, 2);
  });
});

describe('a fleet', () => {
  const lived = (watch: Watch): readonly string[] => {
    const parameters = drawFleet({ seed: 3, draw: 4, weeks: 1, stepMs: 60_000 });
    const signals = createSignalTable();
    const fleet = createFleet(parameters, signals, surroundingsOf(parameters).effects, { watch });
    return Array.from({ length: 300 }, () => {
      const { length, signal, value, weight } = fleet.next();
      return Array.from(signal.subarray(0, length), (id, row) => ({ ...signals.describe(id), row }))
        .filter(({ harm }) => harm !== 'none')
        .map(({ key, row }) => `${key} ${value[row]} ${weight[row]}`);
    }).flat();
  };

  it('comes out the same twice, and with everything watched as with what pages alone', () => {
    const few = lived('what-pages');
    expect(few.length).toBeGreaterThan(5_000);
    expect(lived('what-pages')).toEqual(few);
    expect([...lived('everything')].sort()).toEqual([...few].sort());
  });

  it('lives through clock changes, bank holidays and month ends in its forty draws', () => {
    const fleets = Array.from({ length: 40 }, (_, draw) => drawFleet({ seed: 1, draw, weeks: 4, stepMs: 15_000 }));
    const changed = fleets.filter(
      ({ from, steps, clock, standardMs }) => clockChanges(from, from + steps * 15_000, clock, standardMs).length > 0,
    );
    expect(changed.length).toBeGreaterThanOrEqual(14);
    const days = fleets.map(({ from }) => Array.from({ length: 28 }, (_, day) => localDayOf(from / 86_400_000 + day)));
    expect(days.filter((all) => all.some(({ holiday, weekday }) => holiday && weekday % 6 !== 0)).length).toBeGreaterThanOrEqual(13);
    expect(days.filter((all) => all.some(({ monthEnd }) => monthEnd)).length).toBeGreaterThanOrEqual(35);
    const peaks = fleets.map(({ peak }) => peak).sort((a, b) => a - b);
    expect(peaks[0]).toBeLessThan(0.03);
    expect(peaks.at(-1)).toBeGreaterThan(1_000);
  });
});
