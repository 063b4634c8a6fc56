import { describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../../core/simulated-clock.ts';
import type { Child, Children } from './children.ts';
import { lackedCpu, watchCpuWait } from './cpu-wait.ts';

const childrenOf = (children: readonly Child[]): Children => ({ ...({} as Children), all: () => children });
const childWith = (pid: number, running: () => boolean): Child => ({ ...({} as Child), pid, running });

describe('how busy the machine was', () => {
  it.runIf(process.platform === 'linux')('is the wait of the median process over the time that went by', () => {
    const clock = createSimulatedClock(0);
    const share = watchCpuWait(childrenOf([childWith(process.pid, () => true)]), clock);
    const busyUntil = performance.now() + 50;
    while (performance.now() < busyUntil);
    clock.advance(1_000_000);
    expect(share()).toBeGreaterThanOrEqual(0);
    expect(share()).toBeLessThan(0.001);
  });

  it('is unknown, and blamed for nothing, when no process lived all the while', () => {
    const clock = createSimulatedClock(0);
    let running = true;
    const share = watchCpuWait(childrenOf([childWith(process.pid, () => running)]), clock);
    running = false;
    clock.advance(1_000);
    expect(share()).toBeNaN();
    expect(lackedCpu({ cpuWaitShare: share() })).toBe(false);
  });

  it('is too busy to judge when processes waited 13 % of the time, and quiet at 1 %', () => {
    expect(lackedCpu({ cpuWaitShare: 0.13 })).toBe(true);
    expect(lackedCpu({ cpuWaitShare: 0.01 })).toBe(false);
  });
});
