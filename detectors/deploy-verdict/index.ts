export { createDeployWatch, type DeployVerdict, type DeployWatch, observeDeploys, watchDeploy } from './deploy-verdict.ts';
export { JUDGED_SIGNALS } from './judge.ts';
export { restoreDeployWatch, snapshotDeployWatch } from './snapshot.ts';
export type { ModelReading } from './state.ts';
