import { normalTail } from '../../../core/math.ts';
import type { ClosedStep, Signal } from '../../../core/signal.ts';
import { poolWait } from './answering.ts';
import type { Draws } from './draws.ts';
import { type Effect, strengthAt } from './effects.ts';
import { PASSED_ON } from './parameters.ts';
import type { RecordedServices } from './recorded-services.ts';

/** What the example promises: a payment is good when it is answered without an error within so many seconds. */
export const RECORDED_PROMISE = { target: 0.95, thresholdSeconds: 0.8 } as const;

/** Share of a pool that is in use before it is broken. */
const POOL_USED = 0.4;

type Parts = Readonly<Record<string, string>>;

/** Share of the requests with these parts that have those of the slice, too. */
const overlapOf = (parts: Parts, slice: Parts, shareOf: (parts: Parts) => number): number => {
  const shared = Object.keys(parts).filter((part) => part in slice);
  if (shared.some((part) => parts[part] !== slice[part])) return 0;
  if (Object.keys(slice).every((part) => part in parts)) return 1;
  // What the slice is of all that is wider; parts that have nothing to do with each other are taken as independent.
  const wider = Object.fromEntries(shared.map((part) => [part, parts[part] as string]));
  return Math.min(1, shareOf(slice) / (shared.length === 0 ? 1 : shareOf(wider)));
};

/** What a fault does to the requests of each service of one recorded step. */
interface Harm {
  /** Share that fails by itself, and with what its callees fail. */
  readonly own: ReadonlyMap<string, number>;
  readonly failing: ReadonlyMap<string, number>;
  /** Seconds more a request, of its own and with its callees. */
  readonly ownSeconds: ReadonlyMap<string, number>;
  readonly seconds: ReadonlyMap<string, number>;
}

/** A recorded step as it would have been with a fault: what was recorded stays, what the fault does comes on top. */
export const createBreakdown = (
  signals: readonly Signal[],
  services: RecordedServices,
  slices: readonly Parts[],
  effect: Effect,
  draws: Draws,
): ((step: ClosedStep) => ClosedStep) => {
  const find = (service: string, name: string, parts?: Parts): number =>
    signals.find(
      (signal) =>
        signal.service === service &&
        signal.name === name &&
        (parts === undefined
          ? signal.scope.kind === 'service'
          : signal.scope.kind === 'slice' && JSON.stringify(signal.scope.slice) === JSON.stringify(parts)),
    )?.id ?? -1;
  const broken = effect.service ?? services.entry;
  const valueIn = (step: ClosedStep, id: number): number => {
    const row = step.signal.indexOf(id);
    return row < 0 ? 0 : (step.value[row] as number);
  };

  const harmIn = (step: ClosedStep, strength: number): Harm => {
    const own = new Map<string, number>();
    const failing = new Map<string, number>();
    const ownSeconds = new Map<string, number>();
    const seconds = new Map<string, number>();
    const wait = effect.pool === 0 ? 0 : poolWait(POOL_USED + effect.pool * strength) - poolWait(POOL_USED);
    const refused = effect.pool === 0 ? 0 : Math.min(0.6, Math.max(0, 4 * (POOL_USED + effect.pool * strength - 1)));
    for (const service of services.reached) {
      const self = find(service, 'self_duration');
      const isBroken = service === broken;
      const slower = isBroken && self >= 0 ? Math.exp(valueIn(step, self)) * (Math.exp(effect.latency * strength + wait) - 1) : 0;
      const fails = isBroken ? Math.min(1, effect.errors * strength + refused) : 0;
      const rate = valueIn(step, find(service, 'requests'));
      let passes = 1;
      let downstream = 0;
      for (const { callee, requests } of services.calls.filter(({ caller }) => caller === service)) {
        const perRequest = rate > 0 ? valueIn(step, requests) / rate : 0;
        downstream += perRequest * (seconds.get(callee) ?? 0);
        passes *= 1 - Math.min(1, PASSED_ON * perRequest * (failing.get(callee) ?? 0));
      }
      own.set(service, fails);
      failing.set(service, 1 - (1 - fails) * passes);
      ownSeconds.set(service, slower);
      seconds.set(service, slower + downstream);
    }
    return { own, failing, ownSeconds, seconds };
  };

  /** Share of the payments that were good and are not any more: failed, or too slow by now. */
  const missed = (step: ClosedStep, harm: Harm): number => {
    const [p50, p95] = [find(services.entry, 'duration_p50'), find(services.entry, 'duration_p95')].map((id) => valueIn(step, id));
    const later = harm.seconds.get(services.entry) ?? 0;
    const spread = Math.max(0.05, Math.log((p95 as number) / (p50 as number)) / 1.645 || 0);
    const slow = later === 0 ? 0 : normalTail((Math.log(RECORDED_PROMISE.thresholdSeconds) - Math.log((p50 as number) + later)) / spread);
    return 1 - (1 - (harm.failing.get(services.entry) ?? 0)) * (1 - slow);
  };

  const declinedOf = (step: ClosedStep, { service, scope }: Signal, hit: NonNullable<Effect['slice']>): number => {
    if (service !== services.entry || (scope.kind !== 'slice' && scope.kind !== 'service')) return 0;
    const all = valueIn(step, find(services.entry, 'requests'));
    const shareOf = (parts: Parts): number => (all > 0 ? valueIn(step, find(services.entry, 'requests', parts)) / all : 0);
    const parts = scope.kind === 'slice' ? scope.slice : {};
    return hit.declined * overlapOf(parts, slices[hit.place] as Parts, shareOf);
  };

  return (step) => {
    if (step.index < effect.from || step.index >= effect.to) return step;
    const strength = strengthAt(effect, step.index);
    const harm = harmIn(step, strength);
    const kept = Math.min(1, Math.exp(effect.traffic * strength));
    const value = Float64Array.from(step.value);
    const weight = Float64Array.from(step.weight);
    const bad = (row: number, share: number): void => {
      const total = weight[row] as number;
      const before = Math.round((value[row] as number) * total);
      value[row] = Math.min(1, (before + draws.binomial(Math.max(0, Math.round(total) - before), share)) / total);
    };
    const later = (row: number, more: number): void => {
      value[row] = Math.log(Math.exp(value[row] as number) + more);
    };
    for (let row = 0; row < step.length; row += 1) {
      const signal = signals[step.signal[row] as number] as Signal;
      const { service, name, scope, kind } = signal;
      const answers = scope.kind === 'edge' ? scope.callee : service;
      if (kept < 1 && name === 'requests') {
        const count = Math.round((value[row] as number) * (weight[row] as number));
        value[row] = draws.binomial(count, kept) / (weight[row] as number);
      } else if (kept < 1 && (kind === 'ratio' || kind === 'duration'))
        weight[row] = Math.max(1, Math.round((weight[row] as number) * kept));
      if (kind === 'ratio' && kept < 1) value[row] = Math.round((value[row] as number) * (weight[row] as number)) / (weight[row] as number);
      if (name === 'errors') bad(row, harm.failing.get(answers) ?? 0);
      else if (name === 'origin_errors') bad(row, harm.own.get(service) ?? 0);
      else if (name === 'declined' && effect.slice !== undefined) bad(row, declinedOf(step, signal, effect.slice));
      else if (name.startsWith('slo:') && service === services.entry) bad(row, missed(step, harm));
      else if (name === 'duration') later(row, harm.seconds.get(answers) ?? 0);
      else if (name === 'self_duration') later(row, harm.ownSeconds.get(service) ?? 0);
      else if (name === 'duration_p50' || name === 'duration_p95') value[row] = (value[row] as number) + (harm.seconds.get(service) ?? 0);
    }
    return { ...step, value, weight };
  };
};
