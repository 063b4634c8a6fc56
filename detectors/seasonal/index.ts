export {
  bandOf,
  createSeasonalBank,
  ensureSignal,
  findingOf,
  type SeasonalBand,
  type SeasonalBank,
  scoreStep,
  settle,
  standardizedResidual,
} from './bank.ts';
export { formatSpan, formatValue, nameSignal } from './describe.ts';
export { EFFECT_FLOORS, type EffectFloor, type EffectFloors } from './floors.ts';
export { openingEvidence, type SeasonalOptions } from './options.ts';
export { capsuleOf, type ReplayedObservation, replaySignal, restoreSeasonalBank, type SnapshotFailure, snapshot } from './snapshot.ts';
