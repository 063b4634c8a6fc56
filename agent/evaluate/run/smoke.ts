import type { DataSet } from '../data/discover.ts';

const UNIVARIATE = 6;
const MULTIVARIATE = 1;

/** A few series of a set, evenly taken from its list. Its published scores are of all of them, and stay behind. */
export const smokeOf = ({ published: _, ...set }: DataSet): DataSet => {
  const count = Math.min(set.sources.length, set.kind === 'univariate' ? UNIVARIATE : MULTIVARIATE);
  const sources = Array.from(
    { length: count },
    (_, place) => set.sources[Math.floor((place * set.sources.length) / count)] as DataSet['sources'][number],
  );
  return { ...set, sources };
};
