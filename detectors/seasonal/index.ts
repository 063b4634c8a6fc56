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
export type { EffectFloor, EffectFloors } from './floors.ts';
export type { SeasonalCalendar, SeasonalOptions } from './options.ts';
export { capsuleOf, type ReplayedObservation, replaySignal, restoreSeasonalBank, type SnapshotFailure, snapshot } from './snapshot.ts';
