export {
  createModelHealthBank,
  healthOf,
  isTrusted,
  type ModelHealth,
  type ModelHealthBank,
  observeModel,
  rowOf,
  verdictsOf,
} from './model-health.ts';
export { restoreModelHealth, snapshotModelHealth } from './snapshot.ts';
