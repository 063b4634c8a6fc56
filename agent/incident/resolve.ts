import type { DurationMs, Instant } from '../../core/time.ts';

export interface ResolveInputs {
  readonly incidentId: string;
  readonly now: Instant;
  readonly lastFindingAt: Instant;
  readonly quietMs: DurationMs;
  /** Services of the incident that were silent: absent data never resolves. */
  readonly silent: readonly string[];
  readonly superseded: boolean;
}

export interface ResolveOutput {
  readonly resolved: boolean;
  readonly because: string;
}

/** Whether an incident is over, as a function of its record. */
export const decideResolve = (inputs: ResolveInputs): ResolveOutput => {
  if (inputs.superseded) return { resolved: true, because: 'fresh evidence points at another cause' };
  if (inputs.silent.length > 0) return { resolved: false, because: `${inputs.silent.join(', ')} silent` };
  const quietMs = inputs.now - inputs.lastFindingAt;
  return { resolved: quietMs >= inputs.quietMs, because: `no finding for ${Math.round(quietMs / 1000)} s` };
};
