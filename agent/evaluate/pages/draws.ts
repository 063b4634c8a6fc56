import { type Random, seededRandom } from '../../../core/random.ts';

/** Random numbers of the distributions a service is made of, from one seed. */
export interface Draws {
  uniform(): number;
  between(low: number, high: number): number;
  /** Between two positive numbers, evenly on a logarithmic scale. */
  spread(low: number, high: number): number;
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  gaussian(): number;
  poisson(mean: number): number;
  binomial(trials: number, probability: number): number;
}

/** Below this a count is drawn exactly; above it by a normal with the skewness of the count (Cornish and Fisher 1938). */
const EXACT_BELOW = 20;

const small = (random: Random, mean: number): number => {
  const limit = Math.exp(-mean);
  let product = random();
  let count = 0;
  while (product > limit) {
    product *= random();
    count += 1;
  }
  return count;
};

export const createDraws = (seed: number): Draws => {
  const random = seededRandom(seed);
  let spare = Number.NaN;
  /** Box and Muller 1958, both of the pair. */
  const gaussian = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const between = (low: number, high: number): number => low + (high - low) * random();
  const poisson = (mean: number): number => {
    if (!(mean > 0)) return 0;
    if (mean < EXACT_BELOW) return small(random, mean);
    const z = gaussian();
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * z + (z * z - 1) / 6));
  };
  const binomial = (trials: number, probability: number): number => {
    if (!(trials > 0) || !(probability > 0)) return 0;
    if (probability >= 1) return trials;
    if (probability > 0.5) return trials - binomial(trials, 1 - probability);
    const mean = trials * probability;
    if (mean >= EXACT_BELOW) {
      const z = gaussian();
      const value = Math.round(mean + Math.sqrt(mean * (1 - probability)) * z + ((1 - 2 * probability) * (z * z - 1)) / 6);
      return Math.min(trials, Math.max(0, value));
    }
    // By the gaps between hits, which are geometric: as many draws as there are hits.
    const scale = 1 / Math.log(1 - probability);
    let hits = 0;
    for (let at = Math.floor(Math.log(1 - random()) * scale); at < trials; at += 1 + Math.floor(Math.log(1 - random()) * scale)) hits += 1;
    return hits;
  };
  return {
    uniform: random,
    between,
    spread: (low, high) => Math.exp(between(Math.log(low), Math.log(high))),
    whole: (low, high) => Math.floor(between(low, high + 1)),
    chance: (probability) => random() < probability,
    pick: (items) => items[Math.floor(random() * items.length)] as (typeof items)[number],
    gaussian,
    poisson,
    binomial,
  };
};

/** A seed of its own for each thing that is drawn: what is added to one does not change another. */
export const seedOf = (...parts: readonly number[]): number =>
  parts.reduce(
    (hash, part) => Math.imul(hash ^ (part | 0) ^ Math.imul(Math.floor(part / 4_294_967_296) | 0, 0x9e37), 0x01000193) ^ (hash >>> 15),
    0x811c9dc5,
  ) >>> 0;

/** A wave that forgets: one step of an Ornstein-Uhlenbeck process of unit variance. */
export const waveStep = (before: number, keep: number, draws: Draws): number =>
  keep * before + Math.sqrt(1 - keep * keep) * draws.gaussian();
