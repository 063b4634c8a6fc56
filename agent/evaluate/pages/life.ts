import { DAY_MS, stepIndexAt } from '../../../core/time.ts';
import { localDayOf, offsetAt } from './business-calendar.ts';
import { type Effect, surroundingsOf } from './effects.ts';
import { type FaultTrial, tryFault } from './fault-trial.ts';
import { type FaultKind, isRamp } from './faults.ts';
import { createFleet } from './fleet.ts';
import { type AgentWanted, employ, type Page } from './on-call.ts';
import { drawFleet, type FleetParameters, type FleetWanted } from './parameters.ts';

export interface FalsePage extends Page {
  readonly draw: number;
  /** Days since the agent first saw the fleet. */
  readonly age: number;
  readonly localTime: string;
  /** What acted on the fleet at the time: most likely the reason. */
  readonly meanwhile: readonly string[];
}

/** One fleet lived through: without a fault, and on the side, from what was known at a time, with faults. */
export interface Life {
  readonly draw: number;
  readonly peak: number;
  readonly services: number;
  readonly serviceWeeks: number;
  readonly signalSteps: number;
  readonly pages: readonly FalsePage[];
  readonly trials: readonly FaultTrial[];
}

export interface LifeWanted extends FleetWanted, AgentWanted {
  /** Faults to try, so many of each kind; they share no state with the quiet life nor with each other. */
  readonly faults: readonly FaultKind[];
  readonly rampsOfEach: number;
  readonly suddenOfEach: number;
  /** Whether its pages count as false ones: some fleets are lived through for their faults alone. */
  readonly countsPages: boolean;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** A page may come of what began so long before. */
const LATELY_STEPS = 240;

const falsePageOf = (page: Page, parameters: FleetParameters, effects: readonly Effect[]): FalsePage => {
  const { stepMs, clock, standardMs } = parameters;
  const offset = offsetAt(page.startedAt, clock, standardMs);
  const local = page.startedAt + offset;
  const day = localDayOf(Math.floor(local / DAY_MS));
  const marks = [
    ...(day.holiday ? ['bank holiday'] : []),
    ...(day.monthEnd ? ['month end'] : []),
    ...(day.payday ? ['payday'] : []),
    ...(offset === offsetAt(page.startedAt - 7 * DAY_MS, clock, standardMs) ? [] : ['first week after a clock change']),
  ];
  const index = page.at / stepMs;
  const lately = effects.filter(
    ({ from, to, service }) =>
      from <= index &&
      Math.min(to, from + LATELY_STEPS) >= page.startedAt / stepMs - 4 &&
      (service === undefined || page.services.includes(service)),
  );
  return {
    ...page,
    draw: parameters.draw,
    age: (page.at - parameters.from) / DAY_MS,
    localTime: `${WEEKDAYS[day.weekday]} ${new Date(local).toISOString().slice(0, 16).replace('T', ' ')}`,
    meanwhile: [...marks, ...new Set(lately.map(({ what, service }) => (service === undefined ? what : `${what} (${service})`)))],
  };
};

/** Faults break a fleet that was seen for more than a week, at another time of day for each kind. */
const faultTimes = (parameters: FleetParameters, wanted: LifeWanted): ReadonlyMap<number, FaultKind> => {
  const first = stepIndexAt(parameters.from, parameters.stepMs);
  const stepsADay = DAY_MS / parameters.stepMs;
  const since = Math.max(0.5 * (parameters.steps / stepsADay), Math.min(8, parameters.steps / stepsADay - 3));
  return new Map(
    wanted.faults.map((kind, place) => [first + Math.round((since + ((place * 0.37 + wanted.draw * 0.618) % 2)) * stepsADay), kind]),
  );
};

export const liveThrough = (wanted: LifeWanted): Life => {
  const parameters = drawFleet(wanted);
  const surroundings = surroundingsOf(parameters);
  const { effects, changes } = surroundings;
  const { agent, fleet } = employ(
    parameters,
    (signals) => createFleet(parameters, signals, effects, { watch: wanted.watch }),
    changes,
    wanted,
  );
  const breaks = faultTimes(parameters, wanted);
  const pages: FalsePage[] = [];
  const trials: FaultTrial[] = [];
  let signalSteps = 0;
  for (let step = 0; step < parameters.steps; step += 1) {
    const closed = fleet.next();
    signalSteps += closed.length;
    for (const page of agent.live(closed)) pages.push(falsePageOf(page, parameters, effects));
    const kind = breaks.get(closed.index);
    if (kind === undefined) continue;
    const knowledge = agent.knowledge(closed.index);
    const often = isRamp(kind) ? wanted.rampsOfEach : wanted.suddenOfEach;
    for (let number = 0; number < often; number += 1) trials.push(tryFault(kind, number, parameters, surroundings, knowledge, wanted));
  }
  return {
    draw: wanted.draw,
    peak: parameters.peak,
    services: parameters.services.length,
    serviceWeeks: parameters.services.length * wanted.weeks,
    signalSteps,
    pages,
    trials,
  };
};
