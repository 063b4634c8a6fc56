import { describe, expect, it } from 'vitest';
import { RAMPS, SUDDEN } from './faults.ts';
import { liveThrough } from './life.ts';
import { summarizePages } from './summary.ts';

describe('twelve days of a busy fleet at steps of a minute', () => {
  const task = {
    seed: 1,
    draw: 3,
    weeks: 12 / 7,
    stepMs: 60_000,
    falsePagesPerServiceWeek: 0.05,
    watch: 'what-pages',
    faults: [...RAMPS, ...SUDDEN],
    rampsOfEach: 2,
    suddenOfEach: 2,
    countsPages: true,
  } as const;
  const summary = summarizePages([{ kind: 'life', life: liveThrough(task), task }]);

  it('wake somebody twice at most, through a clock change, deploys, gaps and late data', () => {
    expect(summary.falsePages.exposure).toBeCloseTo((6 * 12) / 7, 9);
    expect(summary.falsePages.events).toBeLessThanOrEqual(2);
  });

  it('do not hide that everything fails: told within three steps', () => {
    const line = summary.delays.find(({ kind }) => kind === 'total-failure');
    expect(line).toMatchObject({ trials: 2, told: 1, withinThreeSteps: 1 });
  });

  it('tell of a latency that creeps before the error budget burns', () => {
    const line = summary.delays.find(({ kind }) => kind === 'latency-ramp');
    expect(line).toMatchObject({ trials: 2, told: 1, early: { value: 1 } });
  });
});
