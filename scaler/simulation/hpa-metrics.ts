/**
 * The replica calculator of the HorizontalPodAutoscaler (autoscaling/v2), written from its published algorithm
 * (Kubernetes documentation, "Horizontal Pod Autoscaling", algorithm details; controller pod autoscaler,
 * replica calculator). All numbers as there: a usage ratio is metric over target, 1 means exactly on target.
 */

export interface HpaPod {
  readonly name: string;
  readonly phase: 'Pending' | 'Running' | 'Failed';
  readonly deleted?: boolean;
  readonly ready: boolean;
  readonly startedAt: number;
  /** When `ready` last changed. */
  readonly readySince: number;
}

/** One pod's value of a metric, averaged over `windowMs` up to `at`. */
export interface PodSample {
  readonly value: number;
  readonly at: number;
  readonly windowMs: number;
}

export interface HpaTolerance {
  /** Per direction since Kubernetes 1.33 (KEP-4951); 0.1 by default. */
  readonly up: number;
  readonly down: number;
}

export interface HpaTiming {
  /** Flag cpu-initialization-period, 5 min. */
  readonly cpuInitializationMs: number;
  /** Flag initial-readiness-delay, 30 s. */
  readonly initialReadinessDelayMs: number;
}

export const HPA_DEFAULT_TIMING: HpaTiming = { cpuInitializationMs: 300_000, initialReadinessDelayMs: 30_000 };
export const HPA_DEFAULT_TOLERANCE: HpaTolerance = { up: 0.1, down: 0.1 };

export type HpaMetric =
  | {
      /** Resource with a target of type Utilization: usage over request. */
      readonly kind: 'resource-utilization';
      readonly resource: 'cpu' | 'memory';
      readonly samples: ReadonlyMap<string, PodSample>;
      readonly requests: ReadonlyMap<string, number>;
      /** Percent. */
      readonly target: number;
    }
  | {
      /** Pods metric, or Resource with AverageValue. */
      readonly kind: 'pods';
      readonly resource?: 'cpu';
      readonly samples: ReadonlyMap<string, PodSample>;
      readonly target: number;
    }
  | { readonly kind: 'value'; readonly value: number; readonly target: number }
  | { readonly kind: 'average-value'; readonly value: number; readonly target: number }
  | { readonly kind: 'failed'; readonly because: string };

export interface HpaObservation {
  readonly now: number;
  /** spec.replicas of the scale subresource. */
  readonly specReplicas: number;
  /** status.replicas of the scale subresource. */
  readonly statusReplicas: number;
  readonly pods: readonly HpaPod[];
}

type Proposal = { readonly ok: true; readonly replicas: number } | { readonly ok: false; readonly because: string };

const propose = (replicas: number): Proposal => ({ ok: true, replicas });

// A ratio that is one product of floating point away from the tolerance is on it, and is kept.
const within = (ratio: number, tolerance: HpaTolerance): boolean =>
  ratio >= 1 - tolerance.down - 1e-12 && ratio <= 1 + tolerance.up + 1e-12;

const ceil = (replicas: number): number => Math.ceil(replicas - 1e-9);

interface PodGroups {
  readonly readyCount: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  readonly measured: ReadonlyMap<string, number>;
}

const isUnready = (pod: HpaPod, sample: PodSample, now: number, timing: HpaTiming): boolean => {
  if (pod.startedAt + timing.cpuInitializationMs > now) {
    // While it initializes, a sample counts only if its whole window lies after the pod became ready.
    return !pod.ready || sample.at < pod.readySince + sample.windowMs;
  }
  // Later, only a pod that has never been ready is left out: one that lost readiness under load must still count.
  return !pod.ready && pod.startedAt + timing.initialReadinessDelayMs > pod.readySince;
};

const groupPods = (observation: HpaObservation, samples: ReadonlyMap<string, PodSample>, isCpu: boolean, timing: HpaTiming): PodGroups => {
  const unready: string[] = [];
  const missing: string[] = [];
  const measured = new Map<string, number>();
  for (const pod of observation.pods) {
    if (pod.deleted === true || pod.phase === 'Failed') continue;
    const sample = samples.get(pod.name);
    if (pod.phase === 'Pending') unready.push(pod.name);
    else if (sample === undefined) missing.push(pod.name);
    else if (isCpu && isUnready(pod, sample, observation.now, timing)) unready.push(pod.name);
    else measured.set(pod.name, sample.value);
  }
  return { readyCount: measured.size, unready, missing, measured };
};

interface PodRule {
  ratio(values: ReadonlyMap<string, number>): number;
  /** What a pod without a sample is taken to use when the others ask for fewer replicas. */
  conservative(pod: string): number;
}

const proposeFromPods = (observation: HpaObservation, groups: PodGroups, rule: PodRule, tolerance: HpaTolerance): Proposal => {
  const current = observation.specReplicas;
  if (groups.readyCount === 0) return { ok: false, because: 'no metrics of ready pods' };
  const ratio = rule.ratio(groups.measured);
  const unreadyMatters = groups.unready.length > 0 && ratio > 1;
  if (!unreadyMatters && groups.missing.length === 0) {
    return propose(within(ratio, tolerance) ? current : ceil(ratio * groups.readyCount));
  }
  const values = new Map(groups.measured);
  if (ratio < 1) for (const pod of groups.missing) values.set(pod, rule.conservative(pod));
  if (ratio > 1) for (const pod of groups.missing) values.set(pod, 0);
  if (unreadyMatters) for (const pod of groups.unready) values.set(pod, 0);
  const corrected = rule.ratio(values);
  const crossed = (ratio < 1 && corrected > 1) || (ratio > 1 && corrected < 1);
  if (within(corrected, tolerance) || crossed) return propose(current);
  const replicas = ceil(corrected * values.size);
  const againstDirection = (corrected < 1 && replicas > current) || (corrected > 1 && replicas < current);
  return propose(againstDirection ? current : replicas);
};

const sumOf = (values: Iterable<number>): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

const isServing = (pod: HpaPod): boolean => pod.phase === 'Running' && pod.ready && pod.deleted !== true;

/** What one metric asks for, before stabilization and limits. */
export const proposeReplicas = (
  metric: HpaMetric,
  observation: HpaObservation,
  tolerance: HpaTolerance = HPA_DEFAULT_TOLERANCE,
  timing: HpaTiming = HPA_DEFAULT_TIMING,
): Proposal => {
  const current = observation.specReplicas;
  switch (metric.kind) {
    case 'failed':
      return { ok: false, because: metric.because };
    case 'resource-utilization': {
      const groups = groupPods(observation, metric.samples, metric.resource === 'cpu', timing);
      const request = (pod: string): number => metric.requests.get(pod) ?? Number.NaN;
      if ([...groups.measured.keys(), ...groups.missing, ...groups.unready].some((pod) => !(request(pod) > 0))) {
        return { ok: false, because: `a pod has no request for ${metric.resource}` };
      }
      const ratio = (values: ReadonlyMap<string, number>): number =>
        ((sumOf(values.values()) / sumOf([...values.keys()].map(request))) * 100) / metric.target;
      const conservative = (pod: string): number => (request(pod) * Math.max(100, metric.target)) / 100;
      return proposeFromPods(observation, groups, { ratio, conservative }, tolerance);
    }
    case 'pods': {
      const groups = groupPods(observation, metric.samples, metric.resource === 'cpu', timing);
      const ratio = (values: ReadonlyMap<string, number>): number => sumOf(values.values()) / values.size / metric.target;
      return proposeFromPods(observation, groups, { ratio, conservative: () => metric.target }, tolerance);
    }
    case 'value': {
      const ratio = metric.value / metric.target;
      if (!Number.isFinite(ratio)) return { ok: false, because: 'the metric is no number' };
      if (current === 0) return propose(ceil(ratio));
      return propose(within(ratio, tolerance) ? current : ceil(ratio * observation.pods.filter(isServing).length));
    }
    case 'average-value': {
      const ratio = metric.value / (metric.target * observation.statusReplicas);
      if (!Number.isFinite(metric.value)) return { ok: false, because: 'the metric is no number' };
      return propose(within(ratio, tolerance) ? observation.statusReplicas : ceil(metric.value / metric.target));
    }
  }
};
