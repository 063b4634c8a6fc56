export { breachFinding } from './finding.ts';
export { restoreBreach, snapshotBreach } from './snapshot.ts';
export { type BreachForecast, createTimeToBreach, observeBreach, type TimeToBreach } from './time-to-breach.ts';
