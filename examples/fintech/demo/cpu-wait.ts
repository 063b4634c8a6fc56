import { medianSorted } from 'simple-statistics';
import type { Clock } from '../../../core/clock.ts';
import { type Children, processUse } from './children.ts';

/** A quiet machine lets its processes wait about 1 % of the time; with two other busy processes for each core it is 13 %. */
const CPU_WAIT_SHARE = 0.06;

/** Whether a miss may be the machine's doing. */
export const lackedCpu = ({ cpuWaitShare }: { readonly cpuWaitShare: number }): boolean => cpuWaitShare > CPU_WAIT_SHARE;

/**
 * Begins to watch how long processes wait for a core. What it returns gives the share of the time since then in which
 * the median process had work and no core to do it on: of those that live all the while; NaN where the system does not tell.
 */
export const watchCpuWait = (children: Children, clock: Clock): (() => number) => {
  const since = clock.elapsedMs();
  const before = children.all().map((child) => ({ child, waited: processUse(child.pid).cpuWaitSeconds }));
  return () => {
    const seconds = (clock.elapsedMs() - since) / 1000;
    const shares = before.flatMap(({ child, waited }) => {
      const now = child.running() ? processUse(child.pid).cpuWaitSeconds : undefined;
      return now === undefined || waited === undefined ? [] : [(now - waited) / seconds];
    });
    return shares.length === 0 ? Number.NaN : medianSorted(shares.toSorted((a, b) => a - b));
  };
};
