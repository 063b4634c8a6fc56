import { describe, expect, it } from 'vitest';
import { tailOf } from '../../agent/api/state-tail.ts';
import { fixtureState } from '../../test/page-fixture.ts';
import { mergeState, WINDOW_STEPS } from './merge-state.ts';

const STEP = 1_763_808_000;
const at = (step: number, steps = WINDOW_STEPS) => fixtureState({ scenario: 'incident', step, steps });

describe('following the agent by tails', () => {
  it('ends where a page ends that loads everything anew', () => {
    let state = at(STEP);
    for (let step = STEP + 1; step <= STEP + 400; step += 37) state = mergeState(state, tailOf(at(step), step - 40));
    const whole = at(STEP + 1 + 37 * 10);
    const first = state.signals[0];
    expect(first?.stepIndexFrom).toBe(whole.signals[0]?.stepIndexFrom);
    expect(first?.observed.slice(-40)).toEqual(whole.signals[0]?.observed.slice(-40));
    expect(first?.observed).toHaveLength(WINDOW_STEPS);
    expect(state.scaling[0]?.observedLoad).toHaveLength(WINDOW_STEPS);
    expect(state.scaling[0]?.stepIndexFrom).toBe(whole.scaling[0]?.stepIndexFrom);
  });

  it('grows while the agent is younger than the window', () => {
    const merged = mergeState(at(STEP, 10), tailOf(at(STEP + 3, 13), STEP + 1));
    expect(merged.signals[0]?.observed).toEqual(at(STEP + 3, 13).signals[0]?.observed);
  });

  it('replaces steps that late data revised', () => {
    const known = at(STEP);
    const series = { ...(known.signals[0] as (typeof known.signals)[number]) };
    const revised = { ...series, stepIndexFrom: STEP - 1, observed: [1, 2], expected: [1, 2], lower: [1, 2], upper: [1, 2] };
    const merged = mergeState(known, { ...known, signals: [revised] });
    expect(merged.signals[0]?.observed.slice(-3)).toEqual([series.observed.at(-3), 1, 2]);
    expect(merged.signals[0]?.observed).toHaveLength(WINDOW_STEPS);
  });

  it('shows steps that nobody sent as absent, not as zero', () => {
    const merged = mergeState(at(STEP), tailOf(at(STEP + 5), STEP + 4));
    expect(merged.signals[0]?.observed.slice(-5, -2)).toEqual([null, null, null]);
  });

  it('begins anew when the agent did', () => {
    const restarted = at(STEP - 5_000, 20);
    expect(mergeState(at(STEP), restarted).signals).toEqual(restarted.signals);
    const muchLater = tailOf(at(STEP + 5_000), STEP + 4_999);
    expect(mergeState(at(STEP), muchLater).signals).toEqual(muchLater.signals);
  });
});
