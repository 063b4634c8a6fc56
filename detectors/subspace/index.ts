export { SUBSPACE_CONSTANTS, type SubspaceConstants } from './constants.ts';
export { contributionsOf, describeSubspace } from './describe.ts';
export { fitSubspace } from './fit/fit.ts';
export type { SubspaceModel } from './model.ts';
export { createLearningSubspace, type LearningSubspace, observeLearning } from './own-past.ts';
export { restoreSubspace, snapshotSubspace } from './snapshot.ts';
export { createSubspace, observe, type Subspace, type SubspaceRow } from './subspace.ts';
export { branchOff, opensWithout } from './undo.ts';
