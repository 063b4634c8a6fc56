export type { LiveService, Normalizer, NormalizerDependencies, NormalizerOptions, NormalizerStats } from './contract.ts';
export { sumOfLogs } from './metrics/histogram-reading.ts';
export { createNormalizer, restoreNormalizer } from './normalizer.ts';
