import { bootstrap } from '../score/bootstrap.ts';

/** Events over exposure, with what another set of fleets would have given. */
export interface Rate {
  readonly events: number;
  readonly exposure: number;
  readonly rate: number;
  /** One-sided 95 % limit if events came one by one (Garwood 1936). */
  readonly poissonUpper: number;
  /** 95 % interval over fleets drawn anew, whole: pages of one fleet have one cause. */
  readonly low: number;
  readonly high: number;
}

const UPPER_RISK = 0.05;

/** P(N <= events) of a Poisson count. */
const atMost = (events: number, mean: number): number => {
  let term = Math.exp(-mean);
  let sum = term;
  for (let count = 1; count <= events; count += 1) {
    term *= mean / count;
    sum += term;
  }
  return sum;
};

/** The mean under which so few events, or fewer, come in one of twenty. */
export const poissonUpperLimit = (events: number): number => {
  let low = events;
  let high = events + 10 * Math.sqrt(events + 1) + 10;
  for (let round = 0; round < 100; round += 1) {
    const middle = (low + high) / 2;
    if (atMost(events, middle) > UPPER_RISK) low = middle;
    else high = middle;
  }
  return high;
};

interface Counted {
  readonly events: number;
  readonly exposure: number;
}

const sumOf = (items: readonly Counted[], field: keyof Counted): number => items.reduce((sum, item) => sum + item[field], 0);

export const rateOf = (fleets: readonly Counted[]): Rate => {
  const events = sumOf(fleets, 'events');
  const exposure = sumOf(fleets, 'exposure');
  const { value, low, high } = bootstrap(fleets, (drawn) => sumOf(drawn, 'events') / sumOf(drawn, 'exposure'));
  return { events, exposure, rate: value, poissonUpper: poissonUpperLimit(events) / exposure, low, high };
};
