import type { DurationMs, Instant } from '../../core/time.ts';

/** Evaluations [from, from + steps * stepMs). */
export interface Stretch {
  readonly from: Instant;
  readonly steps: number;
}

export const stretchesOf = (from: Instant, to: Instant, stepMs: DurationMs, pointsMax: number): readonly Stretch[] => {
  const steps = Math.floor((to - from) / stepMs) + 1;
  const stretches: Stretch[] = [];
  for (let first = 0; first < steps; first += pointsMax)
    stretches.push({ from: from + first * stepMs, steps: Math.min(pointsMax, steps - first) });
  return stretches;
};

/** Both halves; undefined when it is as short as a stretch gets. */
export const halvesOf = ({ from, steps }: Stretch, stepMs: DurationMs, least: number): readonly [Stretch, Stretch] | undefined => {
  if (steps < 2 * least) return undefined;
  const first = Math.ceil(steps / 2);
  return [
    { from, steps: first },
    { from: from + first * stepMs, steps: steps - first },
  ];
};
