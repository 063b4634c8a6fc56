import type { LearnedCallee, ServiceEntry } from './service-entry.ts';
import type { ServiceRegistry } from './service-registry.ts';

/** Addresses remembered for one caller; past it the oldest goes. */
const MAXIMUM_LEARNED = 4_096;

const merged = (known: LearnedCallee | undefined, callee: string, step: number): LearnedCallee => {
  if (known === undefined || step > known.step) return { callee, step, ambiguous: false };
  if (step < known.step || known.callee === callee) return known;
  return { ...known, ambiguous: true };
};

const remember = (learned: Map<string, LearnedCallee>, address: string, callee: string, step: number): void => {
  const known = learned.get(address);
  if (known === undefined && learned.size >= MAXIMUM_LEARNED) {
    const oldest = learned.keys().next().value;
    if (oldest !== undefined) learned.delete(oldest);
  }
  learned.set(address, merged(known, callee, step));
};

/** "ledger.payments.svc.cluster.local" names the service "ledger". */
const firstLabel = (address: string): string => {
  const dot = address.indexOf('.');
  return dot < 0 ? address : address.slice(0, dot);
};

export interface PeerResolution {
  learn(caller: ServiceEntry, address: string, callee: ServiceEntry, step: number): void;
  /** The service behind an address; the address itself when nothing better is known. */
  resolve(caller: ServiceEntry, address: string): string;
  state(): readonly (readonly [tenant: string, address: string, LearnedCallee])[];
}

/**
 * Which service answers behind the address a client span names. What joins have shown comes first, for this caller and
 * then for any; then names. So a call that nobody answered is still charged to the right callee. An address behind
 * which several services answered in the same step (localhost, a gateway) tells nothing.
 */
export const createPeerResolution = (
  registry: ServiceRegistry,
  restored: readonly (readonly [string, string, LearnedCallee])[] = [],
): PeerResolution => {
  const byTenant = new Map<string, Map<string, LearnedCallee>>();
  const tenantMap = (tenant: string): Map<string, LearnedCallee> => {
    let learned = byTenant.get(tenant);
    if (learned === undefined) {
      learned = new Map();
      byTenant.set(tenant, learned);
    }
    return learned;
  };
  for (const [tenant, address, learned] of restored) tenantMap(tenant).set(address, learned);

  const reporting = (entry: ServiceEntry | undefined): string | undefined =>
    entry !== undefined && entry.lastReport > Number.NEGATIVE_INFINITY ? entry.name : undefined;

  return {
    learn(caller, address, callee, step) {
      remember(caller.learned, address, callee.name, step);
      remember(tenantMap(caller.tenant), address, callee.name, step);
    },
    resolve(caller, address) {
      const own = caller.learned.get(address);
      if (own !== undefined) return own.ambiguous ? address : own.callee;
      const shared = byTenant.get(caller.tenant)?.get(address);
      if (shared !== undefined) return shared.ambiguous ? address : shared.callee;
      return (
        reporting(registry.find(caller.tenant, address)) ??
        reporting(registry.byBareName(caller.tenant, address)) ??
        reporting(registry.byBareName(caller.tenant, firstLabel(address))) ??
        address
      );
    },
    state: () =>
      [...byTenant].flatMap(([tenant, learned]) =>
        [...learned].map(([address, callee]): readonly [string, string, LearnedCallee] => [tenant, address, callee]),
      ),
  };
};
