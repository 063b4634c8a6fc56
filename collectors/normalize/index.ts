export type { LiveService, Normalizer, NormalizerDependencies, NormalizerOptions, NormalizerStats } from './contract.ts';
export { createNormalizer, restoreNormalizer } from './normalizer.ts';
export { sumOfLogs } from './metrics/histogram-reading.ts';
