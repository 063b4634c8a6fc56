import { describe, expect, it } from 'vitest';
import { createActing } from './acting.ts';
import { effectOf } from './effects.ts';

const SERVICES = ['psp', 'gateway'];
const SHIFT = effectOf({ what: 'a shift', service: 'psp', from: 10, to: 100, latency: 0.1 });
const RAMP = effectOf({ what: 'a ramp', service: 'psp', from: 12, to: 100, course: 'rising', overSteps: 4, latency: 1 });
const LATE = effectOf({ what: 'late data', service: 'gateway', from: 12, to: 13, heard: 0.5 });
const DOWN = effectOf({ what: 'collection down', from: 14, to: 15, absent: true });
const DECLINES = effectOf({ what: 'declines', service: 'gateway', from: 14, to: 16, slice: { place: 1, declined: 0.7 } });
const EFFECTS = [SHIFT, RAMP, LATE, DOWN, DECLINES];

describe('what acts on a service', () => {
  it('begins, adds up, rises and ends step by step', () => {
    const acting = createActing(SERVICES, 2, EFFECTS, 9);
    const seen = [9, 10, 11, 12, 13, 14, 15, 16].map((index) => {
      acting.moveTo(index);
      const [psp, gateway] = acting.on;
      return [psp?.latency, gateway?.heard, psp?.absent, gateway?.absent, acting.declined[1]];
    });
    expect(seen).toEqual([
      [0, 1, false, false, 0],
      [0.1, 1, false, false, 0],
      [0.1, 1, false, false, 0],
      [0.35, 0.5, false, false, 0],
      [0.6, 1, false, false, 0],
      [0.85, 1, true, true, 0.7],
      [1.1, 1, false, false, 0.7],
      [1.1, 1, false, false, 0],
    ]);
  });

  it('is the same for a life that begins in the middle', () => {
    const whole = createActing(SERVICES, 2, EFFECTS, 0);
    for (let index = 0; index <= 14; index += 1) whole.moveTo(index);
    const late = createActing(SERVICES, 2, EFFECTS, 14);
    late.moveTo(14);
    expect(late.on).toEqual(whole.on);
    expect(late.declined).toEqual(whole.declined);
  });
});
