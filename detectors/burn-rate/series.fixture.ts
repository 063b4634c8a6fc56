/** Random series of good and bad events for the oracle, and services of little traffic. */
import { exponential, type Random } from '../../core/random.ts';
import { HOUR_MS, type TimeScale } from '../../core/time.ts';
import { type BurnStep, burnWindows, createBurnRate, scoreBurn } from './index.ts';

/** A day of 120 steps: an hour is 5 of them. */
export const SHORT_DAY: TimeScale = { stepMs: 1_000, dayLengthMs: 120_000 };

/** Idle, busy and failing stretches with gaps, so that every window is at times empty, nearly empty and full. */
export const randomSeries = (random: Random, steps: number): readonly BurnStep[] => {
  const series: BurnStep[] = [];
  let index = 1_000;
  let load = 10;
  let share = 0.01;
  for (let i = 0; i < steps; i += 1) {
    if (random() < 0.08) load = Math.exp(random() * 7) - 1;
    if (random() < 0.1) share = random() < 0.5 ? 0 : random() * random();
    const gap = random() < 0.05 ? Math.floor(random() * 150) : Math.floor(random() * 3);
    index += 1 + gap;
    const total = Math.floor(load * random() * 2);
    let bad = 0;
    for (let event = 0; event < Math.min(total, 40); event += 1) if (random() < share) bad += 1;
    if (total > 40) bad = Math.round((bad * total) / 40);
    series.push({ index, endsAt: (index + 1) * SHORT_DAY.stepMs, good: total - bad, bad });
  }
  return series;
};

export interface QuietService {
  readonly target: number;
  readonly requestsPerHour: number;
}

const MINUTE_STEPS: TimeScale = { stepMs: 60_000, dayLengthMs: 24 * HOUR_MS };

/** One request a step, at exponential distances; `fails` says which. */
export const quietRequests = function* (
  random: Random,
  requestsPerHour: number,
  count: number,
  fails: (request: number) => boolean,
): Generator<BurnStep> {
  let minutes = 0;
  let index = -1;
  for (let request = 0; request < count; request += 1) {
    minutes += exponential(random, 60 / requestsPerHour);
    index = Math.max(index + 1, Math.floor(minutes));
    const bad = fails(request) ? 1 : 0;
    yield { index, endsAt: (index + 1) * MINUTE_STEPS.stepMs, good: 1 - bad, bad };
  }
};

const burnOf = ({ target }: QuietService) =>
  createBurnRate({ objective: 'quiet', service: 'quiet', tenant: 'default', target, scale: MINUTE_STEPS });

/** Pages of the plain rules and of ours, by rising edge, in a service that keeps its promise. */
export const pagesOfQuiet = (service: QuietService, failing: number, requests: number, random: Random): { plain: number; ours: number } => {
  const burn = burnOf(service);
  const pages = { plain: 0, ours: 0 };
  let wasPlain = false;
  let wasOurs = false;
  for (const step of quietRequests(random, service.requestsPerHour, requests, () => random() < failing)) {
    scoreBurn(burn, step);
    const rules = burnWindows(burn).filter(({ rule }) => rule.severity === 'page');
    const plain = rules.some(({ rule, longBurn, shortBurn }) => longBurn > rule.factor && shortBurn > rule.factor);
    const ours = rules.some(({ firing }) => firing);
    if (plain && !wasPlain) pages.plain += 1;
    if (ours && !wasOurs) pages.ours += 1;
    wasPlain = plain;
    wasOurs = ours;
  }
  return pages;
};

/** Requests from the first on which a fifth fail until the page; Infinity when none of 100 brings it. */
export const requestsUntilPage = (service: QuietService, healthy: number, random: Random): number => {
  const burn = burnOf(service);
  const fails = (request: number): boolean => random() < (request < healthy ? 0.2 * (1 - service.target) : 0.2);
  let request = 0;
  for (const step of quietRequests(random, service.requestsPerHour, healthy + 100, fails)) {
    scoreBurn(burn, step);
    request += 1;
    if (request > healthy && burnWindows(burn).some(({ rule, firing }) => firing && rule.severity === 'page')) return request - healthy;
  }
  return Number.POSITIVE_INFINITY;
};
