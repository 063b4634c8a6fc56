import { MINUTE_MS } from '../../../core/time.ts';
import type { Draws } from './draws.ts';
import { type Effect, effectOf } from './effects.ts';

/** Ways in which a payment service breaks. Ramps first: they can be seen coming. */
export const RAMPS = ['latency-ramp', 'pool-ramp'] as const;
export const SUDDEN = ['total-failure', 'errors-5', 'errors-20', 'slow', 'declines', 'traffic-lost'] as const;
export type FaultKind = (typeof RAMPS)[number] | (typeof SUDDEN)[number];

export const isRamp = (kind: FaultKind): boolean => (RAMPS as readonly FaultKind[]).includes(kind);

export interface Fault {
  readonly kind: FaultKind;
  readonly service: string;
  readonly effect: Effect;
}

/** Long enough for the slowest rule to see it. */
const SUDDEN_MS = 40 * MINUTE_MS;
/** What is broken stays broken: the burn rate needs some time to say so. */
const BROKEN_MS = 75 * MINUTE_MS;

/** What can break. */
export interface Breakable {
  readonly stepMs: number;
  readonly entry: string;
  /** Services on the way of a payment, the entry among them. */
  readonly reached: readonly string[];
  /** How many slices there are to decline. */
  readonly slices: number;
}

export const drawFault = (kind: FaultKind, at: number, { stepMs, entry, reached, slices }: Breakable, draws: Draws): Fault => {
  const inSteps = (ms: number): number => Math.max(1, Math.round(ms / stepMs));
  const service = draws.pick(reached);
  const sudden = (what: Partial<Effect>, on: string = service): Fault => ({
    kind,
    service: on,
    effect: effectOf({ what: kind, service: on, from: at, to: at + inSteps(SUDDEN_MS), ...what }),
  });
  const ramp = (minutes: number, what: Partial<Effect>): Fault => {
    const overSteps = inSteps(minutes * MINUTE_MS);
    return {
      kind,
      service,
      effect: effectOf({ what: kind, service, from: at, to: at + overSteps + inSteps(BROKEN_MS), course: 'rising', overSteps, ...what }),
    };
  };
  switch (kind) {
    case 'latency-ramp':
      return ramp(draws.spread(40, 150), { latency: Math.log(draws.between(5, 12)) });
    case 'pool-ramp':
      return ramp(draws.spread(60, 240), { pool: draws.between(0.75, 0.9) });
    case 'total-failure':
      return sudden({ errors: 1 });
    case 'errors-5':
      return sudden({ errors: 0.05 });
    case 'errors-20':
      return sudden({ errors: 0.2 });
    case 'slow':
      return sudden({ latency: Math.log(draws.between(2, 6)) });
    case 'declines':
      return sudden({ slice: { place: draws.whole(0, slices - 1), declined: draws.between(0.5, 1) } }, entry);
    case 'traffic-lost':
      return sudden({ traffic: Math.log(draws.between(0.02, 0.5)) }, entry);
  }
};
