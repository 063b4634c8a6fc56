import { describe, expect, it } from 'vitest';
import { stressTask, stressTasks } from './stress-task.ts';
import { stressReport, stressTables } from './table.ts';

const size = { draws: { seed: 3, faulty: 1, clean: 1 }, fallSeries: 1 };

describe('the stress suite', () => {
  it('has a task for every shape and every depth of falls, each under a name of its own', () => {
    const tasks = stressTasks(size);
    expect(new Set(tasks.map(({ kind, name }) => `${kind} ${name}`)).size).toBe(tasks.length);
    expect(new Set(tasks.map(({ kind }) => kind))).toEqual(new Set(['series', 'service', 'falls']));
  });

  it('hears ours and every baseline on one shape, and tells both in a table', () => {
    const result = stressTask({ kind: 'series', name: 'steps of 1 h', draws: size.draws });
    if (result.kind !== 'series') throw new Error('a shape of series was asked for');
    expect(result.standing.events).toBe(3);
    expect(result.standing.rivals.length).toBeGreaterThanOrEqual(4);
    for (const rival of result.standing.rivals) expect(rival.falseAlarms).toBeLessThanOrEqual(result.standing.falseAlarms);
    expect(stressTables(stressReport([result]))).toContain('steps of 1 h');
  });

  it('refuses a shape that is none', () => {
    expect(() => stressTask({ kind: 'service', name: 'a shape of no name', draws: size.draws })).toThrow();
  });
});
