import type { ServiceStatus } from '../agent/api/contract.ts';

export interface ServiceShape {
  readonly name: string;
  /** Requests per second at the middle of the day. */
  readonly rate: number;
  /** Seconds. */
  readonly p95: number;
  readonly callees: readonly string[];
  /** False for what only its callers tell of. */
  readonly observed: boolean;
  readonly statusInFault: ServiceStatus;
  /** Added to the error ratio in the fault. */
  readonly faultErrors: number;
  /** Added to the latency in the fault, as a multiple of it. */
  readonly faultLatency: number;
}

const shape = (name: string, rate: number, p95: number, callees: readonly string[], more: Partial<ServiceShape> = {}): ServiceShape => ({
  name,
  rate,
  p95,
  callees,
  observed: true,
  statusInFault: 'ok',
  faultErrors: 0,
  faultLatency: 0,
  ...more,
});

/** A card payment: gateway asks fraud and the router, the router asks a provider, both end in the ledger. */
export const quietServices = (say: (text: string) => string): readonly ServiceShape[] => [
  shape('gateway', 96, 0.142, ['fraud', 'router', 'ledger'], { statusInFault: 'incident', faultErrors: 0.048, faultLatency: 0.35 }),
  shape('fraud', 94, 0.018, [say('cards')]),
  shape('router', 91, 0.088, ['psp-north', 'psp-south'], { statusInFault: 'watching', faultErrors: 0.05, faultLatency: 1.1 }),
  shape('psp-north', 52, 0.071, [], { statusInFault: 'incident', faultErrors: 0.121, faultLatency: 1.9 }),
  shape('psp-south', 39, 0.064, []),
  shape('ledger', 88, 0.011, []),
  shape(say('cards'), 4, 0.02, [], { observed: false, statusInFault: 'silent' }),
];
