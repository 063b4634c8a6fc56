import type { ChangeEvent } from '../../../core/change.ts';
import { DEFAULT_TENANT } from '../../../core/names.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS, stepIndexAt } from '../../../core/time.ts';
import { localDayOf } from './business-calendar.ts';
import { createDraws, type Draws, seedOf } from './draws.ts';
import type { FleetParameters, ServiceParameters } from './parameters.ts';

/** Something that acts on one service, or on all of them, in the steps [from, to). */
export interface Effect {
  readonly what: string;
  readonly service: string | undefined;
  readonly from: number;
  readonly to: number;
  /** How it comes: at once, rising evenly over `overSteps`, or full at first and fading over them. */
  readonly course: 'at-once' | 'rising' | 'fading';
  readonly overSteps: number;
  /** Added to ln traffic, ln latency and ln of the usual share of errors. */
  readonly traffic: number;
  readonly latency: number;
  readonly errorFactor: number;
  /** Added to the share of failing requests. */
  readonly errors: number;
  /** Added to the share of the pool that is in use. */
  readonly pool: number;
  /** Share of the requests of which the step hears before it closes. */
  readonly heard: number;
  readonly absent: boolean;
  /** Declines of one slice: its place, and the share that is declined. */
  readonly slice: { readonly place: number; readonly declined: number } | undefined;
}

const NOTHING: Omit<Effect, 'what' | 'from' | 'to'> = {
  service: undefined,
  course: 'at-once',
  overSteps: 1,
  traffic: 0,
  latency: 0,
  errorFactor: 0,
  errors: 0,
  pool: 0,
  heard: 1,
  absent: false,
  slice: undefined,
};

export const effectOf = (effect: Pick<Effect, 'what' | 'from' | 'to'> & Partial<Effect>): Effect => ({ ...NOTHING, ...effect });

/** Share of an effect that acts at a step. */
export const strengthAt = ({ course, from, overSteps }: Effect, index: number): number => {
  if (course === 'at-once') return 1;
  const share = Math.min(1, (index - from + 1) / overSteps);
  return course === 'rising' ? share : 1 - share;
};

/** What happens to a fleet that nobody should be woken for. */
export interface Surroundings {
  readonly effects: readonly Effect[];
  readonly changes: readonly ChangeEvent[];
}

/** How often each disturbance comes, a service: what docs/detection.md lists. */
export const DISTURBANCES_A_DAY = { restart: 1 / 3, scrapeGap: 1 / 2, late: 2, latencySpike: 4 } as const;
const FLEET_GAPS_A_WEEK = 1;
const LONG_GAPS_A_WEEK = 1 / 4;
const SHIFTS_A_WEEK = 1;

/** Roll-out: a quarter of the replicas, at least one, is new and cold at a time. */
const rollout = (service: ServiceParameters, from: number, parameters: FleetParameters, draws: Draws): Effect => {
  const cold = Math.max(1 / service.replicasAtPeak, 0.25);
  const lastsMs = draws.between(60, 300) * SECOND_MS;
  const overSteps = Math.max(1, Math.round(lastsMs / parameters.stepMs));
  return effectOf({
    what: 'deploy',
    service: service.name,
    from,
    to: from + overSteps,
    course: 'fading',
    overSteps,
    latency: cold * Math.log(draws.between(1.2, 2.5)),
  });
};

export const surroundingsOf = (parameters: FleetParameters): Surroundings => {
  const { stepMs, steps, services } = parameters;
  const first = stepIndexAt(parameters.from, stepMs);
  const days = (steps * stepMs) / DAY_MS;
  const effects: Effect[] = [];
  const changes: ChangeEvent[] = [];
  const inSteps = (ms: number): number => Math.max(1, Math.round(ms / stepMs));
  const change = (kind: ChangeEvent['kind'], service: string, at: Instant, summary: string): void => {
    changes.push({ id: `${service}-${at}`, at, tenant: DEFAULT_TENANT, kind, service, summary, attributes: {}, source: 'api' });
  };

  services.forEach((service, place) => {
    const draws = createDraws(seedOf(parameters.seed, 100 + place));
    const sometime = (count: number, act: (at: number) => void): void => {
      for (let number = draws.poisson(count); number > 0; number -= 1) act(first + Math.floor(draws.uniform() * steps));
    };
    for (let day = 0; day < days; day += 1) {
      const midnight = parameters.from + day * DAY_MS;
      const local = localDayOf(Math.floor(midnight / DAY_MS));
      if (local.weekday === 0 || local.weekday === 6 || local.holiday) continue;
      for (let number = 0; number < parameters.deploysPerDay; number += 1) {
        const at = midnight - parameters.standardMs + draws.between(8, 18) * HOUR_MS;
        effects.push(rollout(service, stepIndexAt(at, stepMs), parameters, draws));
        change('deploy', service.name, at, `${service.name} rolled out`);
      }
    }
    sometime(DISTURBANCES_A_DAY.restart * days, (from) =>
      effects.push(
        effectOf({
          what: 'restart of a replica',
          service: service.name,
          from,
          to: from + inSteps(MINUTE_MS),
          latency: Math.log(draws.between(1.2, 2.5)) / service.replicasAtPeak,
        }),
      ),
    );
    sometime(DISTURBANCES_A_DAY.scrapeGap * days, (from) =>
      effects.push(effectOf({ what: 'lost scrapes', service: service.name, from, to: from + draws.whole(1, 4), absent: true })),
    );
    sometime(DISTURBANCES_A_DAY.late * days, (from) =>
      // What one replica exports, or several, arrives after the step has closed.
      effects.push(
        effectOf({
          what: 'late data',
          service: service.name,
          from,
          to: from + draws.whole(1, 3),
          heard: 1 - draws.between(1 / service.replicasAtPeak, 0.7),
        }),
      ),
    );
    sometime(DISTURBANCES_A_DAY.latencySpike * days, (from) =>
      effects.push(
        effectOf({ what: 'a noisy neighbor', service: service.name, from, to: from + draws.whole(1, 2), latency: draws.between(0.1, 1) }),
      ),
    );
    sometime(service.errorBurstsPerDay * days, (from) =>
      effects.push(
        effectOf({
          what: 'failing clients',
          service: service.name,
          from,
          to: from + draws.whole(1, 6),
          errorFactor: Math.log(service.errorBurstFactor),
        }),
      ),
    );
    sometime((SHIFTS_A_WEEK * days) / 7, (from) => {
      const what = draws.pick(['latency', 'traffic', 'errorFactor'] as const);
      const amount = what === 'errorFactor' ? draws.between(-0.5, 0.5) : draws.between(-0.18, 0.18);
      effects.push(effectOf({ what: `a shift of ${what}`, service: service.name, from, to: first + steps, [what]: amount }));
      change('config', service.name, from * stepMs, `${service.name} configured anew`);
    });
  });

  const draws = createDraws(seedOf(parameters.seed, 99));
  const everywhere = (count: number, lowMs: number, highMs: number): void => {
    for (let number = draws.poisson(count); number > 0; number -= 1) {
      const from = first + Math.floor(draws.uniform() * steps);
      effects.push(effectOf({ what: 'collection down', from, to: from + inSteps(draws.spread(lowMs, highMs)), absent: true }));
    }
  };
  everywhere((FLEET_GAPS_A_WEEK * days) / 7, MINUTE_MS, HOUR_MS);
  everywhere((LONG_GAPS_A_WEEK * days) / 7, HOUR_MS, 6 * HOUR_MS);
  return { effects: effects.sort((a, b) => a.from - b.from), changes: changes.sort((a, b) => a.at - b.at) };
};
