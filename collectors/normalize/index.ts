export {
  createNormalizer,
  type LiveService,
  type Normalizer,
  type NormalizerDependencies,
  type NormalizerOptions,
  type NormalizerStats,
  restoreNormalizer,
} from './normalizer.ts';
