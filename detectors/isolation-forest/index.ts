export { type Forest, type ForestOptions, fitForest } from './forest.ts';
export { scoreRows } from './kernel.ts';
export { createServiceForest, observeResiduals, refit, refitDue, type ServiceForest, type ServiceForestOptions } from './service-forest.ts';
