export { DEFAULT_SUBSAMPLE, DEFAULT_TREES, type Forest, type ForestOptions, fitForest, pValueOf } from './forest.ts';
export { attributeRow, averagePath, scoreRows } from './kernel.ts';
export {
  adopt,
  createServiceForest,
  fittingRows,
  observeResiduals,
  refit,
  refitDue,
  type ServiceForest,
  type ServiceForestOptions,
} from './service-forest.ts';
