import { gaussian, seededRandom } from '../core/random.ts';
import { systemClock } from '../core/system-clock.ts';
import { createTailEvidence, observeValue, STATE_BYTES, TAIL_EVIDENCE } from '../detectors/tail-evidence/index.ts';
import type { BenchRow } from './bench.ts';

const SERIES = 200;
const STEPS = 500;
const STEP_SECONDS = 60;

const stepsASecond = (): number => {
  const random = seededRandom(1);
  const detectors = Array.from({ length: SERIES }, () => createTailEvidence(TAIL_EVIDENCE, STEP_SECONDS));
  const values = Float64Array.from({ length: 4_096 }, () => 100 + 10 * gaussian(random));
  let step = 0;
  const live = (): void => {
    for (const until = step + STEPS; step < until; step += 1)
      for (let one = 0; one < SERIES; one += 1)
        observeValue(
          detectors[one] as (typeof detectors)[number],
          step * STEP_SECONDS,
          values[(step * 31 + one) % values.length] as number,
        );
  };
  live();
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const start = systemClock.elapsedMs();
    live();
    best = Math.min(best, (systemClock.elapsedMs() - start) / 1_000);
  }
  return (SERIES * STEPS) / best;
};

export const run = async (): Promise<readonly BenchRow[]> => {
  const ours = stepsASecond();
  return [
    {
      name: 'tail evidence, one series',
      unit: 'steps/s',
      ours,
      target: '>= 200,000 steps/s on one core',
      met: ours >= 200_000,
    },
    { name: 'tail evidence, state', unit: 'B a series', ours: STATE_BYTES, target: '<= 4,096 B a series', met: STATE_BYTES <= 4_096 },
  ];
};
