import { gaussian, type Random, seededRandom } from '../../core/random.ts';

/** 32-bit FNV-1a: spreads a seed and names over the seed space, so that every stream of draws is its own. */
export const seedFor = (seed: number, ...names: readonly string[]): number => {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const character of names.join('\u0000')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
};

/** One uniform draw that depends on nothing but the seed and the names: the same payment gets the same answer again. */
export const drawFor = (seed: number, ...names: readonly string[]): number => seededRandom(seedFor(seed, ...names))();

export interface ServiceTime {
  readonly medianMs: number;
  /** Standard deviation of ln(time). */
  readonly sigma: number;
}

/** Log-normal: positive, skewed to the right, as service times are; milliseconds. */
export const drawServiceTime = (random: Random, time: ServiceTime): number => time.medianMs * Math.exp(time.sigma * gaussian(random));
