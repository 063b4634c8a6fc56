export {
  bandOf,
  createSeasonalBank,
  ensureSignal,
  type SeasonalBand,
  type SeasonalBank,
  scoreStep,
  settle,
  standardizedResidual,
} from './bank.ts';
export { EFFECT_FLOORS, type EffectFloor, type EffectFloors } from './floors.ts';
export type { SeasonalCalendar, SeasonalOptions } from './options.ts';
export { modelStateAt } from './reading.ts';
export { capsuleOf, type ReplayedObservation, replaySignal, restoreSeasonalBank, type SnapshotFailure, snapshot } from './snapshot.ts';
