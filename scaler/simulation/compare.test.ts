import { describe, expect, it } from 'vitest';
import { type CompareOptions, compareWithHpa } from './compare.ts';
import { syntheticLoad } from './synthetic-load.ts';

const STEPS_A_DAY = 120;
const HISTORY_DAYS = 6;

const optionsFor = (seed: number, leadMs: number): CompareOptions => {
  const load = syntheticLoad({
    seed,
    days: HISTORY_DAYS + 1,
    stepsPerDay: STEPS_A_DAY,
    stepSeconds: 1,
    surge: { atPhase: 0.8, durationPhase: 0.08, factor: 1.8 },
  });
  return {
    arrivals: load.slice(HISTORY_DAYS * STEPS_A_DAY),
    history: load.slice(0, HISTORY_DAYS * STEPS_A_DAY),
    stepMs: 1_000,
    timeFactor: 1 / 720,
    leadMs,
    loadPerReplica: 12,
    minReplicas: 1,
    maxReplicas: 20,
    risk: 0.01,
    stabilizationMs: 5_000,
    grid: { targetPercents: [40, 50, 60, 65, 70, 75, 80, 90, 100], stabilizationsMs: [0, 5_000, 15_000], windowsSteps: [1, 6] },
  };
};

describe('compareWithHpa', () => {
  it('finds at most 0.8 of the violations of the best HPA settings at equal cost, on days with a surge nobody announced', () => {
    let ours = 0;
    let rival = 0;
    for (const seed of [1, 2, 3, 4]) {
      const comparison = compareWithHpa(optionsFor(seed, seed % 2 === 0 ? 4_000 : 6_000));
      ours += comparison.ours.violationSeconds;
      rival += comparison.frontierAtOurCost;
      expect(comparison.dominatedBy).toEqual([]);
    }
    expect(ours / rival).toBeLessThanOrEqual(0.8);
  });

  it('gives the same result for the same input', () => {
    expect(compareWithHpa(optionsFor(9, 5_000))).toEqual(compareWithHpa(optionsFor(9, 5_000)));
  });

  it('sweeps literally scaled, gentler and unscaled settings of the rival, and says what it assumed', () => {
    const { hpa, frontier, assumptions, typical, ours } = compareWithHpa(optionsFor(5, 5_000));
    const stabilizations = new Set(hpa.filter((row) => row.constants === 'scaled').map((row) => Math.round(row.stabilizationMs)));
    expect([...stabilizations]).toEqual([0, 417, 5_000, 15_000, 300_000]);
    expect(hpa.length).toBe(9 * 3 * 2 * (5 + 1));
    expect(typical).toMatchObject({ targetPercent: 70, tolerance: 0.1, constants: 'scaled' });
    expect(frontier.length).toBeGreaterThan(2);
    expect(ours.timeline.ready.length).toBe(STEPS_A_DAY);
    expect(assumptions.filter((line) => line.startsWith('favors HPA')).length).toBeGreaterThanOrEqual(4);
    expect(assumptions.filter((line) => line.startsWith('favors ours')).length).toBeGreaterThanOrEqual(2);
  });

  it('decides causally: another future changes no earlier order', () => {
    const options = optionsFor(3, 5_000);
    const poisoned = Float64Array.from(options.arrivals as Float64Array, (load, step) => (step < 70 ? load : 500));
    const before = compareWithHpa({ ...options, grid: { targetPercents: [70], tolerances: [0.1], windowsSteps: [1] } });
    const after = compareWithHpa({ ...options, arrivals: poisoned, grid: { targetPercents: [70], tolerances: [0.1], windowsSteps: [1] } });
    expect(after.ours.timeline.replicas.slice(0, 71)).toEqual(before.ours.timeline.replicas.slice(0, 71));
  });

  it('takes gaps in the record, and a service without any history', () => {
    const options = optionsFor(4, 5_000);
    const gappy = Float64Array.from(options.arrivals as Float64Array, (load, step) => (step >= 50 && step < 60 ? Number.NaN : load));
    const { ours, ratio } = compareWithHpa({ ...options, arrivals: gappy, history: [] });
    expect(ours.replicaSeconds).toBeGreaterThan(0);
    expect(ratio).not.toBeNaN();
  });
});
