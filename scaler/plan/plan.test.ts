import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../core/outcome.ts';
import type { Forecast } from '../../detectors/forecast/forecast.ts';
import type { PastRecommendation, PlanInput, Recommendation, ScaleStatus, ScalingPolicy } from '../recommendation.ts';
import { plan, remember, stepFor } from './index.ts';

const NOW = 1_000_000;
const LEVELS = [0.1, 0.5, 0.9, 0.99];

const policy: ScalingPolicy = {
  target: 'process/gateway',
  minReplicas: 1,
  maxReplicas: 20,
  loadPerReplica: 12,
  risk: 0.01,
  leadMs: 5_000,
  stabilizationMs: 10_000,
  up: { replicas: 4, percent: 100, windowMs: 15_000 },
  down: { replicas: 20, percent: 100, windowMs: 15_000 },
  mode: 'act',
};

const statusOf = (replicas: number): Observation<ScaleStatus> => ({
  kind: 'observed',
  at: NOW,
  value: { replicas, ready: replicas, uid: 'u', generation: 7 },
});
const loadOf = (value: number): Observation<number> => ({ kind: 'observed', at: NOW, value });

/** Median as given, spread of a tenth of it to each side. */
const forecastOf = (medians: readonly number[], shift = 0): Forecast => ({
  madeAt: NOW,
  startsAt: NOW + 1_000,
  stepMs: 1_000,
  levels: LEVELS,
  quantiles: [-0.1, 0, 0.1, 0.2].map((spread) => Float64Array.from(medians, (median) => median * (1 + spread) + shift)),
  coverage: LEVELS,
  seasonSteps: 120,
  because: 'test',
});

const inputOf = (over: Partial<PlanInput> & { readonly replicas?: number } = {}): PlanInput => ({
  now: NOW,
  policy,
  status: statusOf(over.replicas ?? 3),
  load: loadOf(30),
  forecast: forecastOf(new Array(30).fill(30)),
  history: [],
  frozen: false,
  ...over,
});

describe('plan', () => {
  it('orders ahead of a rise that falls within the lead, and says what a plain autoscaler would do', () => {
    const rise = forecastOf([30, 33, 37, 42, 47, 51, 51, 51, 51, 51]);
    const recommendation = plan(inputOf({ forecast: rise }));
    expect(recommendation).toMatchObject({ kind: 'scale', current: 3, desired: 6, reactive: 3, limitedBy: [] });
    expect(recommendation.because).toBe('orders 6: load may reach 61/s within 6 s (q99), HPA would hold 3');
  });

  it('leaves alone what fits', () => {
    const recommendation = plan(inputOf());
    expect(recommendation).toMatchObject({ kind: 'hold', desired: 3, raw: 3, limitedBy: ['tolerance'] });
  });

  it('keeps replicas that the forecast wants back within twice the lead', () => {
    const dip = forecastOf([12, 12, 12, 12, 12, 12, 12, 48, 48, 48, 48]);
    const recommendation = plan(inputOf({ replicas: 5, load: loadOf(12), forecast: dip }));
    expect(recommendation).toMatchObject({ kind: 'hold', raw: 2, desired: 5, limitedBy: ['stabilization'] });
  });

  it('falls only to the largest recommendation of the stabilization window, whatever was done about it', () => {
    const history: PastRecommendation[] = [
      { at: NOW - 11_000, raw: 9, desired: 9 },
      { at: NOW - 9_000, raw: 6, desired: 8 },
    ];
    const recommendation = plan(inputOf({ replicas: 8, load: loadOf(12), forecast: forecastOf(new Array(30).fill(12)), history }));
    expect(recommendation).toMatchObject({ desired: 6, limitedBy: ['stabilization'] });
  });

  it('gives back replicas once both windows agree', () => {
    const recommendation = plan(inputOf({ replicas: 8, load: loadOf(12), forecast: forecastOf(new Array(30).fill(12)) }));
    expect(recommendation).toMatchObject({ kind: 'scale', desired: 2, raw: 2 });
    expect(recommendation.because).toContain('reduces to 2');
  });

  it('bounds a rise by the larger of both parts of the rate limit, counted from the start of its window', () => {
    const huge = forecastOf(new Array(30).fill(1_000));
    const history = [
      { at: NOW - 20_000, raw: 3, desired: 3 },
      { at: NOW - 5_000, raw: 80, desired: 6 },
    ];
    expect(plan(inputOf({ replicas: 6, forecast: huge, history }))).toMatchObject({ desired: 7, limitedBy: ['rate-limit'] });
    const later = history.map((past) => ({ ...past, at: past.at - 20_000 }));
    expect(plan(inputOf({ replicas: 6, forecast: huge, history: later }))).toMatchObject({ desired: 12, limitedBy: ['rate-limit'] });
  });

  it('names the user bound that holds', () => {
    const twelve = { ...policy, up: { replicas: 100, percent: 0, windowMs: 1_000 } };
    expect(plan(inputOf({ policy: twelve, forecast: forecastOf(new Array(30).fill(1_000)) }))).toMatchObject({
      desired: 20,
      limitedBy: ['max'],
    });
    const floor = { ...policy, minReplicas: 3 };
    expect(plan(inputOf({ policy: floor, load: loadOf(0), forecast: forecastOf(new Array(30).fill(0)) }))).toMatchObject({
      desired: 3,
      limitedBy: ['min'],
    });
  });

  it('never orders less than a reactive autoscaler when the load is above every forecast', () => {
    const recommendation = plan(inputOf({ load: loadOf(70), forecast: forecastOf(new Array(30).fill(10)) }));
    expect(recommendation).toMatchObject({ desired: 6, reactive: 6, limitedBy: ['reactive-floor'] });
    expect(recommendation.because).toContain('above what the forecast provides for');
  });

  it('is reactive with headroom before there is a forecast, and after one has run out or broken', () => {
    const broken = forecastOf([Number.NaN, 30]);
    const old = { ...forecastOf([30, 30]), startsAt: NOW - 60_000 };
    for (const forecast of [undefined, broken, old]) {
      expect(plan(inputOf({ forecast }))).toMatchObject({ desired: 4, limitedBy: ['cold-start'], reactive: 3 });
    }
  });

  it('holds while load or status is absent or stale, however long', () => {
    const absent = { kind: 'absent', reason: 'gap' } as const;
    const stale = { kind: 'stale', value: 0, at: NOW - 180_000, ageMs: 180_000 } as const;
    for (const load of [absent, stale, loadOf(Number.NaN), loadOf(-1)]) {
      const recommendation = plan(inputOf({ replicas: 9, load, forecast: forecastOf(new Array(30).fill(1)) }));
      expect(recommendation).toMatchObject({ kind: 'hold', desired: 9, limitedBy: ['absent-data'] });
    }
    expect(plan(inputOf({ status: absent }))).toMatchObject({ kind: 'hold', desired: undefined, limitedBy: ['absent-data'] });
    expect(plan(inputOf({ load: stale })).because).toBe('holds 3: load is 180 s old, and absent data never scales down');
  });

  it('raises to the minimum of the user even without data', () => {
    const policyOfFour = { ...policy, minReplicas: 4 };
    const recommendation = plan(inputOf({ policy: policyOfFour, load: { kind: 'absent', reason: 'never-seen' } }));
    expect(recommendation).toMatchObject({ kind: 'scale', desired: 4, limitedBy: ['absent-data', 'min'] });
  });

  it('moves nothing while frozen', () => {
    const recommendation = plan(inputOf({ frozen: true, load: loadOf(500) }));
    expect(recommendation).toMatchObject({ kind: 'hold', desired: 3, limitedBy: ['freeze'] });
  });

  it('refuses a policy that makes no sense, naming the field', () => {
    expect(() => plan(inputOf({ policy: { ...policy, loadPerReplica: 0 } }))).toThrow('process/gateway: loadPerReplica');
    expect(() => plan(inputOf({ policy: { ...policy, maxReplicas: 0 } }))).toThrow('maxReplicas');
    expect(() => plan(inputOf({ policy: { ...policy, risk: 1 } }))).toThrow('risk');
  });
});

describe('remember', () => {
  const recommendationAt = (at: number, raw: number | undefined, desired: number): Recommendation => ({
    ...plan(inputOf()),
    at,
    raw,
    desired,
    current: 8,
  });

  it('lets what stood at a first start count as a recommendation, so that a fresh agent reduces nothing at once', () => {
    const history = remember([], recommendationAt(NOW - 1_000, 2, 8), policy);
    const next = plan(inputOf({ replicas: 8, load: loadOf(12), forecast: forecastOf(new Array(30).fill(12)), history }));
    expect(next).toMatchObject({ kind: 'hold', desired: 8, limitedBy: ['stabilization'] });
  });

  it('lets a hold for want of data count as a wish for what stands', () => {
    expect(remember([{ at: 1, raw: 2, desired: 2 }], recommendationAt(2, undefined, 8), policy).at(-1)).toEqual({
      at: 2,
      raw: 8,
      desired: 8,
    });
  });

  it('keeps the windows and one entry before them, and no more', () => {
    let history: readonly PastRecommendation[] = [];
    for (let step = 0; step < 200; step += 1) history = remember(history, recommendationAt(NOW + step * 1_000, 2, 2), policy);
    expect(history.length).toBeLessThanOrEqual(17);
    expect(history[0]?.at).toBeLessThanOrEqual(NOW + 199_000 - 15_000);
  });
});

describe('stepFor', () => {
  it('binds the write to what was observed', () => {
    const recommendation = plan(inputOf({ load: loadOf(70) }));
    expect(stepFor(recommendation, statusOf(3))).toEqual({
      target: 'process/gateway',
      from: 3,
      to: 6,
      expectUid: 'u',
      expectGeneration: 7,
    });
  });

  it('writes nothing for a hold, nor on a status that has moved on', () => {
    expect(stepFor(plan(inputOf()), statusOf(3))).toBeUndefined();
    expect(stepFor(plan(inputOf({ load: loadOf(70) })), statusOf(4))).toBeUndefined();
  });
});

describe('plan, for any load and any history', () => {
  const anyPolicy = fc
    .record({
      minReplicas: fc.integer({ min: 0, max: 10 }),
      spread: fc.integer({ min: 1, max: 50 }),
      loadPerReplica: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
      risk: fc.double({ min: 0.0001, max: 0.5, noNaN: true }),
      leadMs: fc.integer({ min: 0, max: 400_000 }),
      stabilizationMs: fc.integer({ min: 0, max: 600_000 }),
      replicas: fc.integer({ min: 0, max: 10 }),
      percent: fc.integer({ min: 0, max: 300 }),
    })
    .map(
      (drawn): ScalingPolicy => ({
        ...policy,
        ...drawn,
        maxReplicas: drawn.minReplicas + drawn.spread,
        up: { replicas: drawn.replicas, percent: drawn.percent, windowMs: 15_000 },
        down: { replicas: drawn.replicas, percent: Math.min(100, drawn.percent), windowMs: 60_000 },
      }),
    );
  const anyHistory = fc
    .array(
      fc.record({
        ago: fc.integer({ min: -5_000, max: 700_000 }),
        raw: fc.integer({ min: 0, max: 1_000 }),
        desired: fc.integer({ min: 0, max: 100 }),
      }),
    )
    .map((entries) =>
      entries.toSorted((a, b) => b.ago - a.ago).map(({ ago, raw, desired }): PastRecommendation => ({ at: NOW - ago, raw, desired })),
    );
  const anyForecast = fc.option(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }), {
    nil: undefined,
  });
  const anyLoad = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constantFrom(0, 1e300));
  const anyInput = fc.record({
    policy: anyPolicy,
    history: anyHistory,
    medians: anyForecast,
    load: anyLoad,
    replicas: fc.integer({ min: 0, max: 60 }),
  });
  const toInput = (drawn: {
    policy: ScalingPolicy;
    history: PastRecommendation[];
    medians: number[] | undefined;
    load: number;
    replicas: number;
  }): PlanInput => ({
    now: NOW,
    policy: drawn.policy,
    status: statusOf(drawn.replicas),
    load: loadOf(drawn.load),
    forecast: drawn.medians === undefined ? undefined : forecastOf(drawn.medians),
    history: drawn.history,
    frozen: false,
  });

  it('stays within the bounds of the user and never below the reactive order', () => {
    fc.assert(
      fc.property(anyInput, (drawn) => {
        const { desired, reactive } = plan(toInput(drawn));
        expect(Number.isInteger(desired)).toBe(true);
        expect(desired).toBeGreaterThanOrEqual(drawn.policy.minReplicas);
        expect(desired).toBeLessThanOrEqual(drawn.policy.maxReplicas);
        expect(desired).toBeGreaterThanOrEqual(reactive as number);
      }),
      { numRuns: 500 },
    );
  });

  it('never goes down while load or status is absent or stale', () => {
    const anyGap: fc.Arbitrary<Observation<number>> = fc.oneof(
      fc.constantFrom({ kind: 'absent' as const, reason: 'gap' as const }, { kind: 'absent' as const, reason: 'read-failed' as const }),
      anyLoad.map((value) => ({ kind: 'stale' as const, value, at: 0, ageMs: NOW })),
      fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -3).map(loadOf),
    );
    fc.assert(
      fc.property(anyInput, anyGap, (drawn, load) => {
        expect(plan({ ...toInput(drawn), load }).desired).toBeGreaterThanOrEqual(drawn.replicas);
      }),
    );
  });

  it('says the same after a restart that passes the history back', () => {
    fc.assert(
      fc.property(anyInput, (drawn) => {
        const input = toInput(drawn);
        expect(plan({ ...input, history: JSON.parse(JSON.stringify(input.history)) as PastRecommendation[] })).toEqual(plan(input));
      }),
    );
  });

  it('never asks for less when the forecast is higher', () => {
    fc.assert(
      fc.property(
        anyInput,
        fc.double({ min: 1, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (drawn, factor, shift) => {
          fc.pre(drawn.medians !== undefined);
          const input = toInput(drawn);
          const higher = forecastOf(
            (drawn.medians as number[]).map((median) => median * factor),
            shift,
          );
          expect(plan({ ...input, forecast: higher }).desired).toBeGreaterThanOrEqual(plan(input).desired as number);
        },
      ),
    );
  });
});
