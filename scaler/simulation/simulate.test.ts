import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HPA_DEFAULT_BEHAVIOR, HPA_DEFAULT_TOLERANCE } from './hpa.ts';
import { hpaPolicy, planPolicy, staticPolicy } from './policies.ts';
import { type SimulatedObservation, type SimulatedWorld, simulate } from './simulate.ts';

const world: SimulatedWorld = {
  stepMs: 1_000,
  leadMs: 3_000,
  loadPerReplica: 10,
  utilizationLimit: 1,
  scrapeLagSteps: 1,
  minReplicas: 1,
  maxReplicas: 10,
  initialReplicas: 2,
};

const listOf = (values: ArrayLike<number>): number[] => Array.from(values);

describe('simulate', () => {
  it('has an order of step k ready a whole lead after the end of step k, and pays for it from then on', () => {
    const result = simulate(world, new Array(8).fill(20), ({ step }) => (step >= 1 ? 4 : 2));
    expect(listOf(result.timeline.replicas)).toEqual([2, 2, 4, 4, 4, 4, 4, 4]);
    expect(listOf(result.timeline.ready)).toEqual([2, 2, 2, 2, 2, 4, 4, 4]);
    expect(result.replicaSeconds).toBe(28);
  });

  it('loses removed replicas at once, those that still start first', () => {
    const orders = [4, 4, 3, 1, 1];
    const result = simulate({ ...world, leadMs: 10_000 }, new Array(5).fill(10), ({ step }) => orders[step] as number);
    expect(listOf(result.timeline.replicas)).toEqual([2, 4, 4, 3, 1]);
    expect(listOf(result.timeline.ready)).toEqual([2, 2, 2, 2, 1]);
  });

  it('shows a policy the load only after the scrape lag, and nothing of later steps', () => {
    const seen: SimulatedObservation[] = [];
    simulate(world, [1, 2, 3], (observation) => {
      seen.push(observation);
      return 2;
    });
    expect(seen.map(({ step, now, load, loadStep }) => [step, now, load, loadStep])).toEqual([
      [0, 1_000, Number.NaN, -1],
      [1, 2_000, 1, 0],
      [2, 3_000, 2, 1],
    ]);
  });

  it('counts a violation only above the limit, in seconds and in requests', () => {
    const result = simulate({ ...world, utilizationLimit: 0.9 }, [18, 19, 9, 36], staticPolicy(2));
    expect(result.violationSeconds).toBe(2);
    expect(result.violatedRequestShare).toBeCloseTo(55 / 82, 12);
    expect(result.clairvoyantReplicaSeconds).toBe(2 + 3 + 1 + 4);
  });

  it('lets an absent load cost and violate nothing', () => {
    const result = simulate(world, [Number.NaN, Number.NaN], staticPolicy(3));
    expect(result).toMatchObject({ violationSeconds: 0, violatedRequestShare: 0, replicaSeconds: 5, clairvoyantReplicaSeconds: 0 });
  });

  it('counts changes of direction', () => {
    const orders = [3, 4, 4, 2, 5, 1];
    expect(simulate(world, new Array(6).fill(1), ({ step }) => orders[step] as number).flips).toBe(3);
  });

  it('keeps every policy within the bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 50 }), { minLength: 1, maxLength: 60 }), (orders) => {
        const { timeline } = simulate(world, new Array(orders.length).fill(5), ({ step }) => orders[step] as number);
        for (const replicas of timeline.replicas) {
          expect(replicas).toBeGreaterThanOrEqual(1);
          expect(replicas).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});

describe('the rival in the simulator', () => {
  const settings = { targetPercent: 50, tolerance: HPA_DEFAULT_TOLERANCE, behavior: HPA_DEFAULT_BEHAVIOR, syncMs: 15_000, windowSteps: 1 };

  it('acts only at its syncs', () => {
    const { timeline } = simulate({ ...world, leadMs: 0 }, new Array(40).fill(20), hpaPolicy(world, settings));
    expect(listOf(timeline.replicas).slice(0, 3)).toEqual([2, 2, 2]);
    expect(timeline.replicas.indexOf(4)).toBe(16);
  });

  it('averages its metric over the window, and adds no more than its rate limit within 15 s', () => {
    const averaging = { ...settings, syncMs: 1_000, windowSteps: 4, tolerance: { up: 0, down: 0 } };
    const { timeline } = simulate({ ...world, leadMs: 0 }, [5, 5, 5, 45, 45, 45, 45, 45, 45], hpaPolicy(world, averaging));
    expect(listOf(timeline.replicas)).toEqual([2, 2, 2, 2, 2, 3, 5, 6, 6]);
  });

  it('holds while the metric is absent', () => {
    const load = [20, 20, ...new Array<number>(10).fill(Number.NaN)];
    const { timeline } = simulate(world, load, hpaPolicy(world, { ...settings, syncMs: 1_000 }));
    expect(timeline.replicas.at(-1)).toBe(4);
  });
});

describe('ours in the simulator', () => {
  const policy = {
    target: 'simulation',
    minReplicas: 1,
    maxReplicas: 10,
    loadPerReplica: 10,
    risk: 0.05,
    leadMs: 3_000,
    stabilizationMs: 3_000,
    up: { replicas: 4, percent: 100, windowMs: 1_000 },
    down: { replicas: 0, percent: 100, windowMs: 1_000 },
    mode: 'act' as const,
  };

  it('reacts with a quarter of headroom while it has no forecast, within its rate limit', () => {
    const load = [10, 10, 10, 50, 50, 50, 50, 50, 50, 50, 50];
    const { timeline } = simulate(world, load, planPolicy(world, policy, { observe: () => {}, forecast: () => undefined }));
    expect(listOf(timeline.ready).slice(7)).toEqual([2, 6, 7, 7]);
  });

  it('has replicas ready when a forecast rise arrives, and no earlier than the lead asks for', () => {
    const load = [...new Array<number>(10).fill(10), ...new Array<number>(10).fill(50)];
    let newest = -1;
    const oracle = {
      observe: (step: number) => {
        newest = step;
      },
      forecast: (horizonSteps: number, madeAt: number) => ({
        madeAt,
        startsAt: (newest + 2) * 1_000,
        stepMs: 1_000,
        levels: [0.5, 0.95],
        quantiles: [0, 1].map(() => Float64Array.from({ length: horizonSteps }, (_, ahead) => load[newest + 1 + ahead] ?? 50)),
        coverage: [0.5, 0.95],
        seasonSteps: 0,
        because: 'an oracle',
      }),
    };
    const { timeline, violationSeconds } = simulate(world, load, planPolicy(world, policy, oracle));
    expect(violationSeconds).toBe(0);
    expect(timeline.ready.indexOf(5)).toBeGreaterThanOrEqual(8);
  });
});
