/** Stabilization and rate limits of the HorizontalPodAutoscaler, spec.behavior of autoscaling/v2. */

export interface HpaScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodMs: number;
}

export interface HpaScalingRules {
  readonly stabilizationWindowMs: number;
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly HpaScalingPolicy[];
}

export interface HpaBehavior {
  readonly scaleUp: HpaScalingRules;
  readonly scaleDown: HpaScalingRules;
}

/** Up: no stabilization, the larger of 100 % and 4 pods every 15 s. Down: 300 s of stabilization, 100 % every 15 s. */
export const HPA_DEFAULT_BEHAVIOR: HpaBehavior = {
  scaleUp: {
    stabilizationWindowMs: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 100, periodMs: 15_000 },
      { type: 'Pods', value: 4, periodMs: 15_000 },
    ],
  },
  scaleDown: { stabilizationWindowMs: 300_000, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodMs: 15_000 }] },
};

/** Kept by the controller in memory: a restart forgets it. */
export interface HpaMemory {
  readonly recommendations: readonly { readonly at: number; readonly replicas: number }[];
  /** Past changes; positive added, negative removed. */
  readonly events: readonly { readonly at: number; readonly change: number }[];
}

export const EMPTY_HPA_MEMORY: HpaMemory = { recommendations: [], events: [] };

/** Down to the largest recommendation of the down window, up to the smallest of the up window; the current one must be among them. */
export const stabilizeHpa = (memory: HpaMemory, behavior: HpaBehavior, now: number, current: number, proposed: number): number => {
  let up = proposed;
  let down = proposed;
  for (const { at, replicas } of memory.recommendations) {
    if (at > now - behavior.scaleUp.stabilizationWindowMs) up = Math.min(up, replicas);
    if (at > now - behavior.scaleDown.stabilizationWindowMs) down = Math.max(down, replicas);
  }
  return Math.min(Math.max(current, up), down);
};

const replicasAtPeriodStart = (memory: HpaMemory, periodMs: number, now: number, current: number): number => {
  let start = current;
  for (const { at, change } of memory.events) if (at > now - periodMs) start -= change;
  return start;
};

const upLimit = (memory: HpaMemory, rules: HpaScalingRules, now: number, current: number): number => {
  if (rules.selectPolicy === 'Disabled') return current;
  const proposals = rules.policies.map(({ type, value, periodMs }) => {
    const start = replicasAtPeriodStart(memory, periodMs, now, current);
    return type === 'Pods' ? start + value : Math.ceil((start * (100 + value)) / 100);
  });
  return Math.max(current, rules.selectPolicy === 'Max' ? Math.max(...proposals) : Math.min(...proposals));
};

const downLimit = (memory: HpaMemory, rules: HpaScalingRules, now: number, current: number): number => {
  if (rules.selectPolicy === 'Disabled') return current;
  const proposals = rules.policies.map(({ type, value, periodMs }) => {
    const start = replicasAtPeriodStart(memory, periodMs, now, current);
    return type === 'Pods' ? start - value : Math.trunc((start * (100 - value)) / 100);
  });
  // "Max" lets the largest change through, which is the smallest number of replicas.
  return Math.min(current, rules.selectPolicy === 'Max' ? Math.min(...proposals) : Math.max(...proposals));
};

export interface HpaBounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

export const limitHpaRate = (
  memory: HpaMemory,
  behavior: HpaBehavior,
  bounds: HpaBounds,
  now: number,
  current: number,
  wanted: number,
): number => {
  if (wanted > current) return Math.min(wanted, upLimit(memory, behavior.scaleUp, now, current), bounds.maxReplicas);
  if (wanted < current) return Math.max(wanted, downLimit(memory, behavior.scaleDown, now, current), bounds.minReplicas);
  return Math.min(bounds.maxReplicas, Math.max(bounds.minReplicas, wanted));
};

const longestOf = (behavior: HpaBehavior): number =>
  Math.max(
    behavior.scaleUp.stabilizationWindowMs,
    behavior.scaleDown.stabilizationWindowMs,
    ...[...behavior.scaleUp.policies, ...behavior.scaleDown.policies].map((policy) => policy.periodMs),
  );

/** Memory after a decision, without what no window looks at any more. */
export const rememberHpa = (
  memory: HpaMemory,
  behavior: HpaBehavior,
  decision: { readonly now: number; readonly current: number; readonly proposed: number; readonly desired: number },
): HpaMemory => {
  const { now, current, proposed, desired } = decision;
  const cutoff = now - longestOf(behavior);
  const change = desired - current;
  return {
    recommendations: [...memory.recommendations.filter(({ at }) => at > cutoff), { at: now, replicas: proposed }],
    events: [...memory.events.filter(({ at }) => at > cutoff), ...(change === 0 ? [] : [{ at: now, change }])],
  };
};
