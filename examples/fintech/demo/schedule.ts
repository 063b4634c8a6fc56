import { seededRandom } from '../../../core/random.ts';
import { ISSUERS } from '../payment.ts';

export type FaultKind = 'lock-contention' | 'error-burst' | 'pool-exhaustion' | 'decline-issuer';

/** What a right answer names: a service, or a slice by its parts. */
export type Blame =
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'slice'; readonly parts: Readonly<Record<string, string>> };

/** One fault of the run. Times are milliseconds since the load began. */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly title: string;
  readonly startsAtMs: number;
  readonly durationMs: number;
  /** The provider that fails, for faults of a provider. */
  readonly provider?: string;
  readonly issuer?: string;
  readonly blame: Blame;
}

/** A change that harms nobody: what a lazy root cause would blame. */
export interface HarmlessChange {
  readonly atMs: number;
  readonly kind: 'deploy' | 'flag' | 'config';
  readonly service: string;
  readonly summary: string;
}

export interface DemoSchedule {
  readonly faults: readonly PlannedFault[];
  readonly surge: { readonly startsAtMs: number; readonly durationMs: number; readonly factor: number } | undefined;
  readonly harmlessChanges: readonly HarmlessChange[];
}

export const NAMESPACE = 'payments-demo';
const PROVIDERS = ['psp-north', 'psp-south'] as const;

/** Quiet time first: replicas start, levels settle on this machine. */
const QUIET_MS = 30_000;
/** One slot holds one fault and the time to recover from it. */
const SLOT_MS = 52_000;
const SLOT_JITTER_MS = 12_000;
const FAULT_MS = 25_000;
const SURGE_MS = 14_000;
/** No season explains it: drawn between these. */
const SURGE_FACTOR = [1.6, 1.9] as const;
const TAIL_MS = 10_000;

/** A short run has room for fewer; the plainest comes first. */
const SHORT_RUN_ORDER: readonly FaultKind[] = ['error-burst', 'lock-contention', 'decline-issuer', 'pool-exhaustion'];

const pick = <Item>(items: readonly Item[], random: () => number): Item => items[Math.floor(random() * items.length)] as Item;

const shuffle = <Item>(items: readonly Item[], random: () => number): Item[] => {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as Item, shuffled[last] as Item];
  }
  return shuffled;
};

const service = (name: string): Blame => ({ kind: 'service', service: `${NAMESPACE}/${name}` });

const planFault = (kind: FaultKind, startsAtMs: number, random: () => number): PlannedFault => {
  const base = { kind, startsAtMs, durationMs: FAULT_MS };
  switch (kind) {
    case 'lock-contention':
      return { ...base, title: 'lock contention in the ledger', blame: service('ledger') };
    case 'pool-exhaustion':
      return { ...base, title: 'connection pool of risk exhausted', blame: service('risk') };
    case 'error-burst': {
      const provider = pick(PROVIDERS, random);
      return { ...base, title: `error burst of ${provider}`, provider, blame: service(provider) };
    }
    case 'decline-issuer': {
      const provider = pick(PROVIDERS, random);
      const issuer = pick(ISSUERS, random);
      return {
        ...base,
        title: `${provider} silently declines ${issuer}`,
        provider,
        issuer,
        blame: { kind: 'slice', parts: { provider, issuer } },
      };
    }
  }
};

const HARMLESS: readonly Omit<HarmlessChange, 'atMs'>[] = [
  { kind: 'deploy', service: `${NAMESPACE}/ledger`, summary: 'ledger: log format of reports' },
  { kind: 'flag', service: `${NAMESPACE}/risk`, summary: 'risk: new dashboard link shown to 5 % of analysts' },
  { kind: 'config', service: `${NAMESPACE}/router`, summary: 'router: idle connection timeout 60 s to 75 s' },
];

/** What happens in a run of this length, drawn from the seed alone. Pure. */
export const demoSchedule = (seed: number, durationMs: number): DemoSchedule => {
  const random = seededRandom(seed);
  const slots = Math.min(5, Math.max(1, Math.floor((durationMs - QUIET_MS - TAIL_MS) / SLOT_MS)));
  const startOf = (slot: number): number => Math.round(QUIET_MS + slot * SLOT_MS + random() * SLOT_JITTER_MS);
  const full = slots === 5;
  const kinds = full ? shuffle(SHORT_RUN_ORDER, random) : SHORT_RUN_ORDER.slice(0, slots);
  // The first slot always holds a fault, so that somebody watching sees a catch soon.
  const surgeSlot = full ? 1 + Math.floor(random() * (slots - 1)) : -1;
  const faultSlots = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => slot !== surgeSlot);
  const faults = kinds.map((kind, index) => planFault(kind, startOf(faultSlots[index] as number), random));
  const surge = full
    ? { startsAtMs: startOf(surgeSlot), durationMs: SURGE_MS, factor: SURGE_FACTOR[0] + random() * (SURGE_FACTOR[1] - SURGE_FACTOR[0]) }
    : undefined;
  const harmlessChanges = HARMLESS.map((change) => ({ ...change, atMs: Math.round(random() * (durationMs - TAIL_MS)) })).sort(
    (a, b) => a.atMs - b.atMs,
  );
  return { faults, surge, harmlessChanges };
};
