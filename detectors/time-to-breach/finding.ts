import type { Signal } from '../../core/signal.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import type { Finding } from '../finding.ts';
import { BREACH_CONSTANTS as C } from './options.ts';
import type { BreachForecast } from './time-to-breach.ts';

const spoken = (duration: number): string => {
  if (duration === Number.POSITIVE_INFINITY) return 'later than can be seen';
  if (duration < 2 * HOUR_MS) return `${Math.round(duration / MINUTE_MS)} min`;
  return `${Number((duration / HOUR_MS).toPrecision(2))} h`;
};

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Why somebody is told now of what breaks later, in one sentence. */
export const reasonOf = ({ level, slopePerHour, q10, q50, q90, probability, daily }: BreachForecast, leadMs: number): string =>
  `at ${percent(level)} of its bound and rising by ${percent(slopePerHour)} an hour${daily ? ' beyond its daily course' : ''}: ` +
  `reached in ${spoken(q50)} (${spoken(q10)} to ${spoken(q90)}), within ${spoken(leadMs)} with ${percent(probability)}`;

/** Even if it goes as slowly as one time in ten, it is full within the lead target; it is on the way there, and fuller than in all the days before. */
const isPlain = ({ q90, level, days, record }: BreachForecast, leadMs: number): boolean =>
  q90 <= leadMs && level >= C.pageFrom && level > record && days >= C.pageAfterDays;

/** The warning of one gauge, while it stands. It wakes somebody once it is plain; before that it is evidence. */
export const breachFinding = (forecast: BreachForecast, signal: Signal, bound: number, leadMs: number): Finding | undefined => {
  if (!forecast.firing) return undefined;
  const { tenant, service, name, unit, key } = signal;
  const evidence = -Math.log10(Math.max(1e-3, 1 - forecast.probability));
  return {
    detector: 'time-to-breach',
    signal: key,
    tenant,
    service,
    name,
    at: forecast.at,
    since: forecast.since,
    direction: 'rise',
    harmful: isPlain(forecast, leadMs),
    harm: 'rise',
    observed: forecast.level * bound,
    expected: forecast.level * bound,
    lower: 0,
    upper: bound,
    unit,
    // Trends like this have deceived once in a hundred times.
    pValue: 0.01,
    evidence,
    contributions: [{ name: 'trend', value: evidence }],
    because: `${name} of ${service} is ${reasonOf(forecast, leadMs)}`,
  };
};
