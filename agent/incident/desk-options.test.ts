import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import { deskOptionsOf } from './desk-options.ts';

describe('the second look', () => {
  it.each([
    ['two minutes at 15 s, for what a rollout or one client does is over by then', 15_000, DAY_MS, 8],
    ['four steps where they are long', 60_000, DAY_MS, 4],
    ['four steps of a day that is lived in two minutes', 1_000, 120_000, 4],
  ])('takes %s', (_, stepMs, dayLengthMs, steps) => {
    expect(deskOptionsOf({ stepMs, dayLengthMs }, []).policy.leastSteps).toBe(steps);
  });
});
