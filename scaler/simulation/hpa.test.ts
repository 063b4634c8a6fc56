import { describe, expect, it } from 'vitest';
import {
  createHpa,
  EMPTY_HPA_MEMORY,
  HPA_DEFAULT_BEHAVIOR,
  HPA_DEFAULT_SPEC,
  type HpaBehavior,
  type HpaMetric,
  type HpaObservation,
  type HpaPod,
  type HpaSpec,
  proposeReplicas,
  reconcileHpa,
} from './hpa.ts';

const NOW = 3_600_000;

const podsOf = (count: number, over: (index: number) => Partial<HpaPod> = () => ({})): HpaPod[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `p${index}`,
    phase: 'Running',
    ready: true,
    startedAt: 0,
    readySince: 1_000,
    ...over(index),
  }));

const observe = (replicas: number, over: Partial<HpaObservation> = {}): HpaObservation => ({
  now: NOW,
  specReplicas: replicas,
  statusReplicas: replicas,
  pods: podsOf(replicas),
  ...over,
});

const samplesOf = (values: readonly (number | undefined)[]): ReadonlyMap<string, { value: number; at: number; windowMs: number }> =>
  new Map(
    values.flatMap((value, index) => (value === undefined ? [] : [[`p${index}`, { value, at: NOW - 1_000, windowMs: 30_000 }] as const])),
  );

/** Requests of 100 per pod, so that a usage reads as percent. */
const cpu = (usage: readonly (number | undefined)[], target: number): HpaMetric => ({
  kind: 'resource-utilization',
  resource: 'cpu',
  samples: samplesOf(usage),
  requests: new Map(usage.map((_, index) => [`p${index}`, 100])),
  target,
});

const podsMetric = (values: readonly (number | undefined)[], target: number): HpaMetric => ({
  kind: 'pods',
  samples: samplesOf(values),
  target,
});

const proposalOf = (metric: HpaMetric, observation: HpaObservation, tolerance = 0.1): number | string => {
  const proposal = proposeReplicas(metric, observation, { up: tolerance, down: tolerance });
  return proposal.ok ? proposal.replicas : proposal.because;
};

describe('the documented examples', () => {
  it('doubles at 200m against a target of 100m', () => {
    expect(proposalOf(podsMetric([200, 200, 200], 100), observe(3))).toBe(6);
  });

  it('halves at 50m against a target of 100m', () => {
    expect(proposalOf(podsMetric([50, 50, 50, 50], 100), observe(4))).toBe(2);
  });

  it('takes 80 replicas to 72 at a ratio of 0.9 only without the tolerance of 10 %', () => {
    const metric = podsMetric(new Array(80).fill(90), 100);
    expect(proposalOf(metric, observe(80), 0)).toBe(72);
    expect(proposalOf(metric, observe(80), 0.1)).toBe(80);
  });

  it('keeps 80 replicas within 10 % and moves beyond', () => {
    expect(proposalOf(podsMetric(new Array(80).fill(110), 100), observe(80))).toBe(80);
    expect(proposalOf(podsMetric(new Array(80).fill(111), 100), observe(80))).toBe(89);
  });

  it('tells tolerances of both directions apart', () => {
    const tolerance = { up: 0, down: 0.05 };
    expect(proposeReplicas(podsMetric(new Array(80).fill(102), 100), observe(80), tolerance)).toEqual({ ok: true, replicas: 82 });
    expect(proposeReplicas(podsMetric(new Array(80).fill(96), 100), observe(80), tolerance)).toEqual({ ok: true, replicas: 80 });
  });
});

describe('pod metrics', () => {
  it.each<readonly [string, HpaMetric, number, number | string]>([
    ['rounds up', cpu([60, 61], 50), 2, 3],
    ['weighs utilization by request, as a mean over pods', cpu([300, 0, 0], 50), 3, 6],
    ['counts missing pods as idle before it scales up', podsMetric([300, undefined, undefined], 100), 3, 3],
    ['still scales up when the rest is hot enough', podsMetric([600, undefined, undefined], 100), 3, 6],
    ['counts missing pods as busy before it scales down (utilization: 100 % of the request)', cpu([10, undefined, undefined], 50), 3, 3],
    ['still scales down when the rest is idle enough', podsMetric([10, 10, 10, undefined], 100), 4, 2],
    ['keeps when the correction crosses the target', podsMetric([120, undefined], 100), 2, 2],
    ['fails without any sample', podsMetric([undefined, undefined], 100), 2, 'no metrics of ready pods'],
  ])('%s', (_, metric, replicas, expected) => {
    expect(proposalOf(metric, observe(replicas))).toBe(expected);
  });

  it('leaves deleted and failed pods out', () => {
    const pods = podsOf(4, (index) => (index === 0 ? { deleted: true } : index === 1 ? { phase: 'Failed' } : {}));
    expect(proposalOf(podsMetric([900, 900, 200, 200], 100), observe(4, { pods }))).toBe(4);
  });

  it('counts pending pods as idle before it scales up, and not at all before it scales down', () => {
    const pods = podsOf(4, (index) => (index < 2 ? { phase: 'Pending', ready: false } : {}));
    expect(proposalOf(podsMetric([undefined, undefined, 300, 300], 100), observe(4, { pods }))).toBe(6);
    expect(proposalOf(podsMetric([undefined, undefined, 50, 50], 100), observe(4, { pods }))).toBe(1);
  });

  it('ignores the CPU of a pod that starts, while it is not ready', () => {
    const starting = { startedAt: NOW - 60_000, ready: false, readySince: NOW - 60_000 };
    const pods = podsOf(2, (index) => (index === 1 ? starting : {}));
    expect(proposalOf(cpu([120, 400], 50), observe(2, { pods }))).toBe(3);
  });

  it('ignores a CPU sample whose window began before the young pod was ready', () => {
    const young = { startedAt: NOW - 60_000, ready: true, readySince: NOW - 10_000 };
    const pods = podsOf(2, (index) => (index === 1 ? young : {}));
    expect(proposalOf(cpu([30, 400], 50), observe(2, { pods }))).toBe(1);
  });

  it('counts a pod that lost readiness under load after its initialization', () => {
    const lost = { startedAt: 0, ready: false, readySince: NOW - 60_000 };
    const pods = podsOf(2, (index) => (index === 1 ? lost : {}));
    expect(proposalOf(cpu([100, 100], 50), observe(2, { pods }))).toBe(4);
  });
});

describe('object and external metrics', () => {
  it.each<readonly [string, HpaMetric, HpaObservation, number | string]>([
    ['Value scales the ready pods', { kind: 'value', value: 200, target: 100 }, observe(3), 6],
    ['Value keeps within tolerance', { kind: 'value', value: 109, target: 100 }, observe(3), 3],
    [
      'Value counts ready pods only',
      { kind: 'value', value: 200, target: 100 },
      observe(3, { pods: podsOf(3, (i) => ({ ready: i > 0 })) }),
      4,
    ],
    ['Value wakes from zero', { kind: 'value', value: 250, target: 100 }, observe(0), 3],
    ['AverageValue divides by the target', { kind: 'average-value', value: 251, target: 50 }, observe(3), 6],
    ['AverageValue keeps within tolerance of status.replicas', { kind: 'average-value', value: 320, target: 100 }, observe(3), 3],
    ['an unreadable value fails', { kind: 'value', value: Number.NaN, target: 100 }, observe(3), 'the metric is no number'],
  ])('%s', (_, metric, observation, expected) => {
    expect(proposalOf(metric, observation)).toBe(expected);
  });
});

const specOf = (over: Partial<HpaSpec> = {}): HpaSpec => ({ ...HPA_DEFAULT_SPEC, minReplicas: 1, maxReplicas: 100, ...over });
const external = (value: number): HpaMetric => ({ kind: 'average-value', value, target: 10 });

describe('the controller', () => {
  it('takes the largest proposal of several metrics', () => {
    expect(reconcileHpa(specOf(), EMPTY_HPA_MEMORY, observe(3), [external(40), external(60), external(20)]).desired).toBe(6);
  });

  it('lets nothing scale down while a metric fails, but lets others scale up', () => {
    const failed: HpaMetric = { kind: 'failed', because: 'timeout' };
    expect(reconcileHpa(specOf(), EMPTY_HPA_MEMORY, observe(5), [external(10), failed])).toMatchObject({
      desired: 5,
      condition: 'metrics-failed',
    });
    expect(reconcileHpa(specOf(), EMPTY_HPA_MEMORY, observe(5), [external(80), failed])).toMatchObject({ desired: 8, condition: 'active' });
    expect(reconcileHpa(specOf(), EMPTY_HPA_MEMORY, observe(5), [failed])).toMatchObject({ desired: 5 });
  });

  it('is inactive at zero replicas, and goes to the nearest bound from outside', () => {
    expect(reconcileHpa(specOf(), EMPTY_HPA_MEMORY, observe(0), [external(80)])).toMatchObject({ desired: 0, condition: 'inactive' });
    expect(reconcileHpa(specOf({ maxReplicas: 4 }), EMPTY_HPA_MEMORY, observe(9), [external(80)]).desired).toBe(4);
    expect(reconcileHpa(specOf({ minReplicas: 4 }), EMPTY_HPA_MEMORY, observe(2), [external(80)]).desired).toBe(4);
  });

  /** Replays values 15 s apart; every order is obeyed at once. */
  const replay = (values: readonly number[], replicas: number, spec: HpaSpec): number[] => {
    const hpa = createHpa(spec);
    let current = replicas;
    return values.map((value, sync) => {
      current = hpa.sync(observe(current, { now: NOW + sync * 15_000 }), [external(value)]).desired;
      return current;
    });
  };

  it('goes up by at most the larger of 100 % and 4 pods every 15 s', () => {
    expect(replay([1_000, 1_000, 1_000, 1_000, 1_000], 1, specOf())).toEqual([5, 10, 20, 40, 80]);
  });

  it('goes down to the largest recommendation of the last 300 s', () => {
    const values = [100, 60, ...new Array<number>(25).fill(20)];
    const orders = replay(values, 10, specOf());
    expect(orders.slice(0, 20)).toEqual(new Array(20).fill(10));
    expect(orders.slice(20, 22)).toEqual([6, 2]);
  });

  it('never scales down while a policy is disabled', () => {
    const behavior: HpaBehavior = {
      ...HPA_DEFAULT_BEHAVIOR,
      scaleDown: { ...HPA_DEFAULT_BEHAVIOR.scaleDown, stabilizationWindowMs: 0, selectPolicy: 'Disabled' },
    };
    expect(replay([10, 10], 10, specOf({ behavior }))).toEqual([10, 10]);
  });

  it('counts a rate from the start of its period, over several policies', () => {
    const behavior: HpaBehavior = {
      scaleUp: {
        stabilizationWindowMs: 0,
        selectPolicy: 'Min',
        policies: [
          { type: 'Pods', value: 4, periodMs: 60_000 },
          { type: 'Percent', value: 50, periodMs: 60_000 },
        ],
      },
      scaleDown: {
        stabilizationWindowMs: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 1, periodMs: 60_000 },
          { type: 'Percent', value: 10, periodMs: 60_000 },
        ],
      },
    };
    expect(replay([1_000, 1_000, 1_000, 1_000, 1_000], 10, specOf({ behavior }))).toEqual([14, 14, 14, 14, 18]);
    expect(replay([10, 10, 10, 10, 10], 40, specOf({ behavior }))).toEqual([36, 36, 36, 36, 32]);
  });

  it('goes up only to the smallest recommendation of an up window', () => {
    const behavior: HpaBehavior = { ...HPA_DEFAULT_BEHAVIOR, scaleUp: { ...HPA_DEFAULT_BEHAVIOR.scaleUp, stabilizationWindowMs: 30_000 } };
    expect(replay([30, 90, 90, 90], 3, specOf({ behavior }))).toEqual([3, 3, 7, 9]);
  });
});
