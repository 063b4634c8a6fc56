import type { Clock } from '../../core/clock.ts';
import { fail, succeed } from '../../core/outcome.ts';
import type { ScaleStatus } from '../recommendation.ts';
import type { ScaleTarget } from '../targets/target.ts';

export interface MemoryTargetOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly replicas: number;
  readonly maxReplicas: number;
  /** From the order of a replica until it is ready. */
  readonly leadMs: number;
  readonly uid?: string;
}

/** A workload that exists in memory only and becomes ready in the clock's time: for whole-agent simulations. */
export const createMemoryTarget = (options: MemoryTargetOptions): ScaleTarget => {
  const { clock, id } = options;
  const uid = options.uid ?? `memory-${id}`;
  /** When each replica is ready, oldest order first. */
  let readyAt: readonly number[] = new Array<number>(options.replicas).fill(clock.now());
  let generation = 1;

  const status = (): ScaleStatus => ({
    replicas: readyAt.length,
    ready: readyAt.filter((at) => at <= clock.now()).length,
    uid,
    generation,
  });

  return {
    kind: 'memory',
    async read(asked, signal) {
      if (signal.aborted) return { kind: 'absent', reason: 'read-failed' };
      if (asked !== id) return { kind: 'absent', reason: 'never-seen' };
      return { kind: 'observed', value: status(), at: clock.now() };
    },
    async apply(step, signal) {
      if (signal.aborted) return fail('UNAVAILABLE', `${id}: the call was aborted`, { retryable: true });
      if (step.target !== id) return fail('FORBIDDEN', `this target holds ${id}, not ${step.target}`);
      const standing = status();
      if (step.expectUid !== uid || step.expectGeneration !== generation || step.from !== standing.replicas) {
        return fail(
          'STALE_PLAN',
          `${id}: planned on ${step.from} replicas of generation ${step.expectGeneration}, now ${standing.replicas} of ${generation}`,
        );
      }
      if (step.to > options.maxReplicas) return fail('FORBIDDEN', `${id}: at most ${options.maxReplicas} replicas, not ${step.to}`);
      if (step.to !== standing.replicas) {
        const added = Math.max(0, step.to - standing.replicas);
        readyAt = [...readyAt.slice(0, step.to), ...new Array<number>(added).fill(clock.now() + options.leadMs)];
        generation += 1;
      }
      return succeed(status());
    },
    close: () => Promise.resolve(),
  };
};
