import { stringify } from 'yaml';
import { quantile } from '../../core/math.ts';
import type { Random } from '../../core/random.ts';
import { betaTail } from '../../detectors/special-functions.ts';

/** What was seen of one service. */
export interface ServiceHistory {
  readonly service: string;
  /** Requests of one stretch of time each (a day, or an hour where there are few days), oldest first. */
  readonly stretches: readonly { readonly total: number; readonly bad: number }[];
  readonly days: number;
  /** Seconds, one for each step that had requests, with their number. */
  readonly durations: readonly { readonly median: number; readonly p95: number; readonly weight: number }[];
}

export interface Proposal {
  readonly service: string;
  readonly kind: 'availability' | 'latency';
  readonly target: number;
  readonly thresholdSeconds?: number;
  readonly reason: string;
}

export interface Proposals {
  readonly proposals: readonly Proposal[];
  /** Why nothing, or not both, is proposed. */
  readonly notes: readonly string[];
}

const TARGETS = [0.9999, 0.9998, 0.9995, 0.999, 0.998, 0.995, 0.99, 0.98, 0.95, 0.9];
/** What is proposed allows so many times what was likely seen at worst: a promise that is missed every month is none. */
const ROOM = 1.5;
/** A budget of fewer failures in 28 days is spent by chance. */
const LEAST_BUDGET = 10;
const BUDGET_DAYS = 28;
const RESAMPLES = 400;
const SURE = 0.95;
const LATENCY_TARGET = 0.99;
/** Of the share of steps whose slowest hundredth lies below the threshold, and the room above it. */
const LATENCY_STEPS = 0.95;
const LATENCY_ROOM = 1.25;
/** Standard normal quantiles: from the median and the 95th percentile of logarithms to the 99th. */
const Z95 = 1.6449;
const Z99 = 2.3263;
const LEAST_DURATIONS = 100;
/** Thresholds that people write. */
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** The share of failures that lies above the true one with 95 %: by days drawn anew, and at least what a Beta says. */
const upperShare = (stretches: ServiceHistory['stretches'], random: Random): number => {
  const total = stretches.reduce((sum, stretch) => sum + stretch.total, 0);
  const bad = stretches.reduce((sum, stretch) => sum + stretch.bad, 0);
  const drawn = Array.from({ length: RESAMPLES }, () => {
    let drawnTotal = 0;
    let drawnBad = 0;
    for (let i = 0; i < stretches.length; i += 1) {
      const stretch = stretches[Math.floor(random() * stretches.length)] as { readonly total: number; readonly bad: number };
      drawnTotal += stretch.total;
      drawnBad += stretch.bad;
    }
    return drawnTotal === 0 ? 0 : drawnBad / drawnTotal;
  });
  let low = bad / total;
  let high = 1;
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (betaTail(middle, bad + 1, Math.max(1, total - bad)) > 1 - SURE) low = middle;
    else high = middle;
  }
  return Math.max(high, quantile(drawn, SURE));
};

const availability = ({ service, stretches, days }: ServiceHistory, random: Random): Proposal | string => {
  const total = stretches.reduce((sum, stretch) => sum + stretch.total, 0);
  const bad = stretches.reduce((sum, stretch) => sum + stretch.bad, 0);
  if (total === 0) return `${service}: no requests were seen`;
  const upper = upperShare(stretches, random);
  const ahead = (total / days) * BUDGET_DAYS;
  const target = TARGETS.find((candidate) => 1 - candidate >= ROOM * upper && (1 - candidate) * ahead >= LEAST_BUDGET);
  const seen = `in ${Number(days.toPrecision(2))} days ${bad} of ${total} requests failed (${percent(bad / total)}, at most ${percent(upper)} with ${percent(SURE)})`;
  if (target === undefined) return `${service}: ${seen}; too many, or too few requests, for a promise that would mean something`;
  const budget = Math.round((1 - target) * ahead);
  return { service, kind: 'availability', target, reason: `${seen}; ${percent(target)} allows about ${budget} in ${BUDGET_DAYS} days` };
};

const roundUp = (seconds: number): number => {
  let unit = 1e-4;
  while (unit * 10 < seconds) unit *= 10;
  const step = ROUND.find((candidate) => candidate * unit >= seconds) ?? 10;
  return Number((step * unit).toPrecision(2));
};

const latency = ({ service, durations, days }: ServiceHistory): Proposal | string => {
  const known = durations.filter(({ median, p95, weight }) => median > 0 && p95 >= median && weight > 0);
  if (known.length < LEAST_DURATIONS) return `${service}: durations of ${known.length} steps are too few to propose a threshold`;
  const slowest = known
    .map(({ median, p95, weight }) => ({ p99: Math.exp(Math.log(median) + (Z99 / Z95) * Math.log(p95 / median)), weight }))
    .sort((a, b) => a.p99 - b.p99);
  const requests = slowest.reduce((sum, { weight }) => sum + weight, 0);
  const below = (share: number): number => {
    let counted = 0;
    for (const { p99, weight } of slowest) {
      counted += weight;
      if (counted >= share * requests) return p99;
    }
    return slowest.at(-1)?.p99 ?? Number.NaN;
  };
  const high = below(LATENCY_STEPS);
  const thresholdSeconds = roundUp(LATENCY_ROOM * high);
  const ms = (seconds: number): string => `${Number((1_000 * seconds).toPrecision(3))} ms`;
  return {
    service,
    kind: 'latency',
    target: LATENCY_TARGET,
    thresholdSeconds,
    reason:
      `in ${Number(days.toPrecision(2))} days the slowest hundredth took ${ms(below(0.5))} in the middle and ${ms(high)} in all but ${percent(1 - LATENCY_STEPS)} of the time ` +
      `(estimated from the medians and 95th percentiles of ${known.length} steps); ${ms(thresholdSeconds)} leaves a quarter above that`,
  };
};

/** Objectives that the service has kept, with room: to be read, changed and saved by people. Nothing pages because of a proposal. */
export const propose = (history: ServiceHistory, random: Random): Proposals => {
  const drafted = [availability(history, random), latency(history)];
  return {
    proposals: drafted.filter((draft): draft is Proposal => typeof draft !== 'string'),
    notes: drafted.filter((draft): draft is string => typeof draft === 'string'),
  };
};

const nameOf = ({ service, kind }: Proposal): string =>
  `${service
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)}-${kind}`.replace(/^-/, '');

const source = (events: string, thresholdSeconds?: number) => ({
  metricSource: {
    type: 'foreshock',
    spec: { events, ...(thresholdSeconds === undefined ? {} : { threshold: `${Number((1_000 * thresholdSeconds).toPrecision(6))}ms` }) },
  },
});

/** The proposals as OpenSLO documents: saved, and named under `openslo`, they are objectives. */
export const proposalDocuments = (proposals: readonly Proposal[]): string =>
  proposals
    .map((proposal) => {
      const { service, kind, target, thresholdSeconds, reason } = proposal;
      const part = kind === 'availability' ? { bad: source('errors') } : { good: source('fast', thresholdSeconds) };
      return stringify({
        apiVersion: 'openslo/v1',
        kind: 'SLO',
        metadata: { name: nameOf(proposal), displayName: `${kind === 'latency' ? 'Latency' : 'Availability'} of ${service}` },
        spec: {
          description: `Proposed: ${reason}.`.slice(0, 1_050),
          service,
          indicator: {
            metadata: { name: `${nameOf(proposal)}-requests` },
            spec: { ratioMetric: { counter: true, ...part, total: source('requests') } },
          },
          timeWindow: [{ duration: '28d', isRolling: true }],
          budgetingMethod: 'Occurrences',
          objectives: [{ target }],
        },
      });
    })
    .join('---\n');
