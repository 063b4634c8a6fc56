import { describe, expect, it } from 'vitest';
import { quantile } from '../../core/math.ts';
import { gaussian, seededRandom } from '../../core/random.ts';
import { bandOf, createSeasonalBank, ensureSignal, type SeasonalBand, scoreStep } from './index.ts';
import { DEMO_DAY, DEMO_SCALE, stepOf, syntheticSignals } from './synthetic.ts';

/** A latency around 100 ms of which single steps vary by 15 %: its boundary is statistical, far above the effect floor. */
const USUAL = Math.log(0.1);
const SIGMA = 0.15;
const CLEAN_DAYS = 20;
const DAYS = 40;
const SHARE = 0.1;
const SEEDS = [1, 2, 3, 4, 5];

interface Sent {
  readonly value: number;
  readonly weight: number;
}

/** What an attacker sends who knows the model and owns a tenth of the points; `age` runs from 0 to 1. */
type Family = (band: SeasonalBand, age: number, step: number, usual: Sent) => Sent;

/** A share of the way from what is expected to the upper boundary, which is 4.1 scales away. */
const towards = ({ expected, upper }: SeasonalBand, scales: number): number =>
  Math.log(expected) + (scales / 4.1) * (Math.log(upper) - Math.log(expected));

const HOUR_OF_ATTACK = DEMO_DAY / 10;

const FAMILIES: Readonly<Record<string, Family>> = {
  'a frog that is boiled: always just beneath what is noticed': (band, _age, _step, { weight }) => ({ value: towards(band, 2.9), weight }),
  'both sides at once, to widen it': (band, _age, step, { weight }) => ({ value: towards(band, step % 2 === 0 ? 2.9 : -2.9), weight }),
  'a flood: a hundred times the events': (band, _age, _step, { weight }) => ({ value: towards(band, 2.9), weight: 100 * weight }),
  'one hour of every day': (band, _age, step, usual) =>
    step % DEMO_DAY < HOUR_OF_ATTACK ? { value: towards(band, 2.9), weight: usual.weight } : usual,
  'little at first and more every day, before a blow': (band, age, _step, { weight }) => ({ value: towards(band, 4 * age), weight }),
  'a source that lies outright': (_band, _age, _step, { weight }) => ({ value: USUAL + 20 * SIGMA, weight }),
};

/** ln of the upper boundary over the last day, in the hour that is attacked where only one is. */
const boundaryOf = (name: string, family: Family | undefined, seed: number): number => {
  const signals = syntheticSignals(['duration']);
  const bank = createSeasonalBank({ scale: DEMO_SCALE });
  for (const signal of signals) ensureSignal(bank, signal);
  const random = seededRandom(seed);
  const oneHour = name.startsWith('one hour');
  let sum = 0;
  let count = 0;
  for (let step = 0; step < DAYS * DEMO_DAY; step += 1) {
    const band = bandOf(bank, 0);
    const usual: Sent = { value: USUAL + SIGMA * gaussian(random), weight: 50 };
    const age = (step - CLEAN_DAYS * DEMO_DAY) / ((DAYS - CLEAN_DAYS) * DEMO_DAY);
    const isTheirs = random() < SHARE;
    const sent = family !== undefined && band !== undefined && age >= 0 && isTheirs ? family(band, age, step, usual) : usual;
    scoreStep(bank, stepOf(step, [sent], signals));
    if (step < (DAYS - 1) * DEMO_DAY || (oneHour && step % DEMO_DAY >= HOUR_OF_ATTACK)) continue;
    sum += Math.log(bandOf(bank, 0)?.upper ?? Number.NaN);
    count += 1;
  }
  return sum / count;
};

describe('a tenth of the points from an attacker who knows the model', () => {
  const moved = new Map(
    Object.entries(FAMILIES).map(([name, family]) => [
      name,
      quantile(
        SEEDS.map((seed) => (boundaryOf(name, family, seed) - boundaryOf(name, undefined, seed)) / SIGMA),
        0.5,
      ),
    ]),
  );

  it.each(Object.keys(FAMILIES))('as %s moves the boundary, 4.1 scales away, by a sigma and a tenth at most', (name) => {
    expect(Math.abs(moved.get(name) as number)).toBeLessThan(1.1);
  });

  it('moves it by less than one sigma in the median of the six', () => {
    expect(quantile([...moved.values()].map(Math.abs), 0.5)).toBeLessThan(1);
  });
});
