import { DAY_MS, type DurationMs, HOUR_MS, type Instant } from '../../../core/time.ts';
import { bankHolidaysOf, type ClockRule, clockChanges } from './business-calendar.ts';
import { createDraws, type Draws, seedOf } from './draws.ts';

/** One service of a fleet. Spreads are standard deviations of a natural logarithm. */
export interface ServiceParameters {
  readonly name: string;
  /** Services it calls, and how often a request. */
  readonly calls: readonly { readonly callee: string; readonly perRequest: number }[];
  /** Its own users: requests relative to the fleet's level; 0 where all its requests come from callers. */
  readonly ownTraffic: number;
  /** Time of its own a request takes, without its callees. */
  readonly ownSeconds: number;
  /** Between single requests. */
  readonly requestSpread: number;
  /** Slow and quick waves of its latency, and what a step has by itself. */
  readonly latencyWave: number;
  readonly latencyWaveMinutes: number;
  readonly latencyStep: number;
  /** ln latency at full utilization against an idle service. */
  readonly loadEffect: number;
  readonly errorShare: number;
  readonly errorWave: number;
  readonly errorWaveMinutes: number;
  /** Bursts of failing clients a day, and how many times the usual share they bring. */
  readonly errorBurstsPerDay: number;
  readonly errorBurstFactor: number;
  readonly replicasAtPeak: number;
  readonly pool: number;
  /** The recurring job: absent where a service has none. */
  readonly job: { readonly hour: number; readonly minutes: number; readonly traffic: number; readonly latency: number } | undefined;
  /** Factors of the month-end batch; 1 where it has none. */
  readonly monthEndTraffic: number;
  readonly monthEndLatency: number;
}

export interface Slice {
  readonly parts: Readonly<Record<string, string>>;
  readonly share: number;
  readonly declined: number;
}

/** One draw: a fleet of services of one company and the time it lives through. */
export interface FleetParameters {
  readonly draw: number;
  readonly seed: number;
  readonly stepMs: DurationMs;
  readonly from: Instant;
  readonly steps: number;
  readonly clock: ClockRule;
  readonly standardMs: DurationMs;
  /** Requests a second of the entry at a usual peak. */
  readonly peak: number;
  /** ln of peak over night. */
  readonly seasonStrength: number;
  readonly peakHour: number;
  readonly lunchDip: number;
  readonly weekend: number;
  readonly payday: number;
  readonly dayNoise: number;
  readonly trafficWave: number;
  readonly trafficWaveMinutes: number;
  readonly trafficStep: number;
  /** Share of steps with a burst or lull beyond the ordinary noise. */
  readonly oddSteps: number;
  readonly services: readonly ServiceParameters[];
  readonly slices: readonly Slice[];
  readonly declineWave: number;
  readonly objective: number;
  readonly deploysPerDay: number;
}

export const ENTRY = 'gateway';
/** Has users of its own; no payment passes through it. */
export const UNREACHED = 'statements';
const PROVIDERS = ['north', 'south', 'west'] as const;
const RAILS = ['card', 'transfer'] as const;
/** Which draws must live through a clock change, which through a bank holiday. */
const CLOCK_CHANGE_EVERY = 3;
const HOLIDAY_EVERY = 3;

const drawService = (
  name: string,
  calls: ServiceParameters['calls'],
  ownTraffic: number,
  replicas: number,
  draws: Draws,
): ServiceParameters => ({
  name,
  calls,
  ownTraffic,
  ownSeconds: draws.spread(0.002, 0.3),
  requestSpread: draws.between(0.25, 0.9),
  latencyWave: draws.spread(0.01, 0.08),
  latencyWaveMinutes: draws.spread(2, 180),
  latencyStep: draws.spread(0.005, 0.06),
  loadEffect: draws.between(0.05, 0.4),
  errorShare: draws.chance(0.25) ? 0 : draws.spread(1e-5, 0.01),
  errorWave: draws.between(0.1, 0.7),
  errorWaveMinutes: draws.spread(1, 60),
  errorBurstsPerDay: draws.spread(0.2, 6),
  errorBurstFactor: draws.between(1.5, 4),
  replicasAtPeak: replicas,
  pool: draws.whole(5, 60),
  job: draws.chance(0.5)
    ? {
        hour: draws.chance(0.6) ? 6 : draws.whole(0, 23),
        minutes: draws.whole(3, 15),
        traffic: draws.between(1, 2),
        latency: draws.between(1, 1.05),
      }
    : undefined,
  monthEndTraffic: 1,
  monthEndLatency: 1,
});

/** A start from which `days` hold the instant wanted, well after the first week. */
const startBefore = (wanted: Instant, days: number, draws: Draws): Instant => {
  const before = Math.floor(draws.between(Math.min(8, days * 0.4), days - 1.5));
  return Math.floor(wanted / DAY_MS) * DAY_MS - before * DAY_MS;
};

const drawStart = (draw: number, days: number, clock: ClockRule, standardMs: number, draws: Draws): Instant => {
  const from = Date.UTC(2025, 0, 6);
  const to = Date.UTC(2026, 11, 1);
  const anyDay = Math.floor(draws.between(from, to) / DAY_MS) * DAY_MS;
  if (draw % CLOCK_CHANGE_EVERY === 0 && clock !== 'none')
    return startBefore(draws.pick(clockChanges(from, to, clock, standardMs)), days, draws);
  if (draw % HOLIDAY_EVERY === 1) {
    const workdays = [...bankHolidaysOf(2025), ...bankHolidaysOf(2026)].filter((day) => ![0, 6].includes(new Date(day).getUTCDay()));
    return startBefore(draws.pick(workdays), days, draws);
  }
  return anyDay;
};

const sharesOf = (count: number, draws: Draws): readonly number[] => {
  const weights = Array.from({ length: count }, () => draws.spread(0.05, 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
};

const drawSlices = (draws: Draws): readonly Slice[] => {
  const places = PROVIDERS.flatMap((provider) => RAILS.map((rail) => ({ provider, rail })));
  return sharesOf(places.length, draws).map((share, place) => ({
    parts: places[place] as Slice['parts'],
    share,
    declined: draws.spread(0.01, 0.15),
  }));
};

/** A caller tries again, or does without: so much of what its callees fail is its own failure too. */
export const PASSED_ON = 0.5;
const PROMISES: readonly number[] = [0.999, 0.995, 0.99, 0.98, 0.95];

/** Share of the entry's requests that fail on a usual day. */
const usualFailures = (services: readonly ServiceParameters[], name: string): number => {
  const service = services.find((known) => known.name === name) as ServiceParameters;
  return (
    service.errorShare +
    service.calls.reduce((sum, { callee, perRequest }) => sum + PASSED_ON * perRequest * usualFailures(services, callee), 0)
  );
};

/** Nobody promises what a usual day breaks: the tightest objective of which usual errors take a quarter. */
const promiseOf = (services: readonly ServiceParameters[]): number => {
  const failing = usualFailures(services, ENTRY);
  return PROMISES.find((promise) => failing <= 0.25 * (1 - promise)) ?? 0.9;
};

export interface FleetWanted {
  readonly seed: number;
  readonly draw: number;
  readonly weeks: number;
  readonly stepMs: DurationMs;
}

/** Traffic levels are laid over the draws evenly, so that a few draws already hold a quiet route and a busy one. */
const levelOf = (draw: number, draws: Draws): number => {
  const golden = (draw * 0.618_033_988_75 + 0.1 * draws.uniform()) % 1;
  return Math.exp(Math.log(0.01) + golden * Math.log(2_000 / 0.01));
};

export const drawFleet = ({ seed, draw, weeks, stepMs }: FleetWanted): FleetParameters => {
  const draws = createDraws(seedOf(seed, draw, 1));
  const days = weeks * 7;
  // Draws that must see a clock change need clocks that change.
  const clock: ClockRule = draw % CLOCK_CHANGE_EVERY === 0 ? draws.pick(['europe', 'america']) : draws.pick(['none', 'europe', 'america']);
  const standardMs = HOUR_MS * (clock === 'america' ? -5 : clock === 'europe' ? 1 : draws.pick([0, 3, 5.5, 8]));
  const peak = levelOf(draw, draws);
  const replicas = (): number => draws.whole(2, 20);
  const batch = { monthEndTraffic: draws.between(1.2, 3), monthEndLatency: draws.between(1.02, 1.3) };
  const gateway = drawService(
    ENTRY,
    [
      { callee: 'risk', perRequest: 1 },
      { callee: 'ledger', perRequest: 2 },
      { callee: 'router', perRequest: 1 },
    ],
    1,
    replicas(),
    draws,
  );
  const services: readonly ServiceParameters[] = [
    drawService('psp', [], 0, replicas(), draws),
    drawService('risk', [], 0, replicas(), draws),
    { ...drawService('ledger', [], 0, replicas(), draws), ...batch },
    drawService('router', [{ callee: 'psp', perRequest: 1 }], 0, replicas(), draws),
    { ...gateway, errorShare: gateway.errorShare / 4 },
    { ...drawService(UNREACHED, [], draws.spread(0.002, 0.2), 2, draws), ...batch },
  ];
  return {
    draw,
    seed: seedOf(seed, draw, 2),
    stepMs,
    from: drawStart(draw, days, clock, standardMs, draws),
    steps: Math.round((days * DAY_MS) / stepMs),
    clock,
    standardMs,
    peak,
    seasonStrength: draws.between(0.3, 2.5),
    peakHour: draws.between(11, 18),
    lunchDip: draws.between(0, 0.2),
    weekend: draws.between(-1.2, 0.2),
    payday: draws.between(0.1, 0.5),
    dayNoise: draws.between(0.02, 0.08),
    trafficWave: draws.between(0.02, 0.08),
    trafficWaveMinutes: draws.spread(10, 120),
    trafficStep: draws.spread(0.01, 0.1),
    oddSteps: draws.spread(1e-4, 3e-3),
    services,
    slices: drawSlices(draws),
    declineWave: draws.between(0.03, 0.15),
    objective: promiseOf(services),
    deploysPerDay: 3,
  };
};
