export { type ForestOptions, fitForest } from './forest.ts';
export { type Forest, scoreRows } from './kernel.ts';
export { createServiceForest, observeResiduals, refit, refitDue, type ServiceForest, type ServiceForestOptions } from './service-forest.ts';
