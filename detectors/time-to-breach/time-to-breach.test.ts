import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { createSignalTable } from '../../core/signal.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { runCalm, runRamp } from './evaluation.ts';
import { breachFinding, createTimeToBreach, observeBreach, restoreBreach, snapshotBreach } from './index.ts';
import { fitTrend } from './kernel.ts';
import { createCalm, createRamp } from './ramps.ts';

const options = { stepMs: MINUTE_MS, dayLengthMs: DAY_MS, leadMs: HOUR_MS };
const live = (state: ReturnType<typeof createTimeToBreach>, from: number, to: number, valueAt: (minute: number) => number, bound = 1) => {
  let seen: ReturnType<typeof observeBreach>;
  for (let index = from; index < to; index += 1)
    seen = observeBreach(state, { index, endsAt: (index + 1) * MINUTE_MS, value: valueAt(index), bound });
  return seen;
};

const pool = createSignalTable().register(
  { tenant: 'default', service: 'risk', name: 'db.client.connection.count', scope: { kind: 'service' } },
  'gauge',
  '{connection}',
  'rise',
);

describe('a pool that leaks', () => {
  const random = seededRandom(3);
  const noisy = (value: number): number => value + 0.4 * (random() - 0.5);

  it('is told of before it is empty, with when, how sure and why', () => {
    const state = createTimeToBreach(options);
    expect(live(state, 0, 1_440, () => noisy(20), 50)?.firing).toBe(false);
    // From 20 to 50 connections in two hours.
    const seen = live(state, 1_440, 1_440 + 80, (minute) => noisy(20 + (minute - 1_440) / 4), 50);
    expect(seen?.firing).toBe(true);
    const truth = 40 * MINUTE_MS;
    expect(seen?.q10).toBeLessThan(truth);
    expect(seen?.q90).toBeGreaterThan(truth);
    expect(Math.abs((seen?.q50 ?? 0) - truth)).toBeLessThan(15 * MINUTE_MS);
    const finding = seen === undefined ? undefined : breachFinding(seen, pool, 50, HOUR_MS);
    expect(finding).toMatchObject({ detector: 'time-to-breach', upper: 50 });
    expect(finding?.since).toBeGreaterThan(1_440 * MINUTE_MS);
    expect(finding?.because).toMatch(
      /^db.client.connection.count of risk is at \d+ % of its bound and rising by \d+ % an hour: reached in \d+ min/,
    );
  });

  it('wakes somebody once even its late time lies within the lead target, it is most of the way there and two days are known', () => {
    const tellings = (begins: number) => {
      const state = createTimeToBreach(options);
      live(state, 0, begins, () => noisy(20), 50);
      return Array.from({ length: 110 }, (_, minute) => begins + minute).flatMap((minute) => {
        const seen = live(state, minute, minute + 1, (at) => noisy(20 + (at - begins) / 4), 50);
        const finding = seen === undefined ? undefined : breachFinding(seen, pool, 50, HOUR_MS);
        return seen === undefined || finding === undefined ? [] : [{ harmful: finding.harmful, ...seen }];
      });
    };
    expect(tellings(1_440).filter(({ harmful }) => harmful)).toEqual([]);
    const told = tellings(3 * 1_440);
    expect(told[0]).toMatchObject({ harmful: false });
    const plain = told.filter(({ harmful }) => harmful);
    expect(plain.length).toBeGreaterThan(5);
    for (const { q90, level } of plain) {
      expect(q90).toBeLessThanOrEqual(HOUR_MS);
      expect(level).toBeGreaterThanOrEqual(0.8);
    }
  });

  it('is let go when it stops leaking', () => {
    const state = createTimeToBreach(options);
    live(state, 0, 1_440, () => noisy(20), 50);
    live(state, 1_440, 1_520, (minute) => noisy(20 + (minute - 1_440) / 4), 50);
    expect(live(state, 1_520, 1_600, () => noisy(40), 50)?.firing).toBe(false);
  });

  it('that is full is reached now', () => {
    const state = createTimeToBreach(options);
    live(state, 0, 600, () => noisy(20), 50);
    expect(live(state, 600, 610, () => 50, 50)).toMatchObject({ q10: 0, q50: 0, q90: 0 });
  });
});

describe('a gauge that only looks like it', () => {
  it.each(['flat', 'daily-swing', 'saw-tooth', 'spikes', 'level-shifts'] as const)('wakes nobody: %s', (kind) => {
    expect(runCalm(createCalm(kind, 77, 5))).toBe(0);
  });

  it('with gaps, nonsense and steps seen twice gives no nonsense', () => {
    const state = createTimeToBreach(options);
    const values = [Number.NaN, 1e308, -1e308, Number.POSITIVE_INFINITY, 0, -0, 0.5];
    for (let index = 0; index < 2_000; index += 1) {
      if (index % 7 < 3) continue;
      const step = {
        index,
        endsAt: (index + 1) * MINUTE_MS,
        value: values[index % values.length] as number,
        bound: index % 11 === 0 ? 0 : 1,
      };
      const seen = observeBreach(state, step);
      expect(observeBreach(state, step)).toEqual(seen);
      if (seen !== undefined) for (const time of [seen.q10, seen.q50, seen.q90]) expect(time >= 0).toBe(true);
      if (seen !== undefined) expect(seen.q10 <= seen.q50 && seen.q50 <= seen.q90).toBe(true);
    }
  });
});

describe('a seeded ramp', () => {
  it('of every kind is told of before its breach', () => {
    for (const kind of ['linear', 'accelerating', 'saw-tooth', 'daily-swing'] as const) {
      const result = runRamp(createRamp(kind, 12));
      expect(result.falseBefore, kind).toBe(0);
      expect(result.leadMinutes, kind).toBeGreaterThan(0);
    }
  });
});

describe('the trend of a window', () => {
  const trendOf = (valueAt: (i: number) => number): Float64Array => {
    const out = new Float64Array(5);
    fitTrend(
      Float64Array.from({ length: 128 }, (_, i) => valueAt(i)),
      127,
      out,
    );
    return out;
  };

  it('is the line itself where there is one', () => {
    const [slope, level] = trendOf((i) => 0.1 + 0.002 * i);
    expect(slope).toBeCloseTo(0.002, 9);
    expect(level).toBeCloseTo(0.1 + 0.002 * 127, 9);
  });

  it('is no slope where a level jumped, and none of a spike', () => {
    for (let at = 100; at < 124; at += 1) {
      expect(trendOf((i) => (i < at ? 0.2 : 0.8))[0]).toBeCloseTo(0, 9);
      expect(trendOf((i) => (i >= at && i < at + 3 ? 0.9 : 0.2))[0]).toBeCloseTo(0, 9);
    }
  });

  it('of a window that is mostly empty is none', () => {
    expect(trendOf((i) => (i % 5 === 0 ? 0.5 : Number.NaN))[0]).toBeNaN();
  });
});

describe('a restart', () => {
  it('continues bit for bit, on a ramp and in the midst of a block', () => {
    const random = seededRandom(8);
    const values = Array.from({ length: 1_000 }, (_, minute) => 20 + Math.max(0, (minute - 800) / 8) + random());
    const whole = createTimeToBreach(options);
    live(whole, 0, 901, (minute) => values[minute] as number, 50);
    const restored = restoreBreach(snapshotBreach(whole), options);
    if (!restored.ok) throw new Error(restored.error.message);
    const [went, came] = [whole, restored.value].map((state) => live(state, 901, 1_000, (minute) => values[minute] as number, 50));
    expect(came).toEqual(went);
    expect(snapshotBreach(restored.value)).toEqual(snapshotBreach(whole));
  });

  it('is refused from bytes that are cut, of another format, or of another lead target', () => {
    const bytes = snapshotBreach(createTimeToBreach(options));
    const other = bytes.slice();
    other[7] = 0x7f;
    for (const [wrong, wanted] of [
      [bytes.slice(0, -1), options],
      [other, options],
      [bytes, { ...options, leadMs: 61 * MINUTE_MS }],
    ] as const)
      expect(restoreBreach(wrong, wanted)).toMatchObject({ ok: false, error: { code: 'SNAPSHOT_UNREADABLE' } });
  });
});
