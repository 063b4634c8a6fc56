export { breachFinding } from './finding.ts';
export { type BreachForecast, createTimeToBreach, observeBreach, type TimeToBreach } from './time-to-breach.ts';
