import { DAY_MS } from '../../../core/time.ts';
import { localDayOf, offsetAt } from './business-calendar.ts';
import { type Effect, surroundingsOf } from './effects.ts';
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

/** One fleet lived through without a fault: whatever it pages is false. */
export interface QuietLife {
  readonly draw: number;
  readonly peak: number;
  readonly services: number;
  readonly serviceWeeks: number;
  readonly signalSteps: number;
  readonly pages: readonly FalsePage[];
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const falsePageOf = (page: Page, parameters: FleetParameters, effects: readonly Effect[]): FalsePage => {
  const { stepMs } = parameters;
  const offset = offsetAt(page.startedAt, parameters.clock, parameters.standardMs);
  const local = page.startedAt + offset;
  const day = localDayOf(Math.floor(local / DAY_MS));
  const marks = [
    ...(day.holiday ? ['bank holiday'] : []),
    ...(day.monthEnd ? ['month end'] : []),
    ...(day.payday ? ['payday'] : []),
    ...(offset === offsetAt(page.startedAt - 7 * DAY_MS, parameters.clock, parameters.standardMs) ? [] : ['first week after a clock change']),
  ];
  const index = page.at / stepMs;
  const lately = effects.filter(
    ({ from, to, service }) =>
      from <= index && Math.min(to, from + 240) >= page.startedAt / stepMs - 4 && (service === undefined || page.services.includes(service)),
  );
  return {
    ...page,
    draw: parameters.draw,
    age: (page.at - parameters.from) / DAY_MS,
    localTime: `${WEEKDAYS[day.weekday]} ${new Date(local).toISOString().slice(0, 16).replace('T', ' ')}`,
    meanwhile: [...marks, ...new Set(lately.map(({ what, service }) => (service === undefined ? what : `${what} (${service})`)))],
  };
};

export const liveQuietly = (wanted: FleetWanted, options: AgentWanted): QuietLife => {
  const parameters = drawFleet(wanted);
  const { effects, changes } = surroundingsOf(parameters);
  const { agent, fleet } = employ(parameters, (signals) => createFleet(parameters, signals, effects, { watch: options.watch }), changes, options);
  const pages: FalsePage[] = [];
  let signalSteps = 0;
  for (let step = 0; step < parameters.steps; step += 1) {
    const closed = fleet.next();
    signalSteps += closed.length;
    for (const page of agent.live(closed)) pages.push(falsePageOf(page, parameters, effects));
  }
  return {
    draw: wanted.draw,
    peak: parameters.peak,
    services: parameters.services.length,
    serviceWeeks: parameters.services.length * wanted.weeks,
    signalSteps,
    pages,
  };
};
