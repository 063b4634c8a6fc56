import type { Clock } from '../../core/clock.ts';
import type { KubernetesApi, KubernetesFailure, KubernetesRequest } from '../../core/kubernetes-api.ts';
import { fail, type Outcome, succeed } from '../../core/outcome.ts';
import { type DurationMs, SECOND_MS } from '../../core/time.ts';
import type { Leadership } from '../../scaler/targets/leadership.ts';
import { decideLease, firstSpec, heldSpec, type Lease, type ObservedLease, releasedSpec } from './lease.ts';
import { askForLease, leasePath, leasesPath } from './lease-calls.ts';

export interface ElectorOptions {
  /** Who we are; no other agent alive may have the same identity. */
  readonly identity: string;
  readonly namespace: string;
  readonly name: string;
  readonly durationMs: DurationMs;
  readonly renewDeadlineMs: DurationMs;
  readonly retryPeriodMs: DurationMs;
}

export interface ElectorDependencies {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** 0 to 1: candidates do not come all at once. */
  readonly random: () => number;
  /** Each turn of events once, for the log and the page. */
  readonly tell: (what: string) => void;
}

export interface Elector extends Leadership {
  start(): void;
  /** Gives the lease back, so that the next one need not wait for its end. */
  stop(): Promise<void>;
}

/** One write of a target takes at most this long; a permit ends so long before the lease does. */
const WRITE_MS = 10 * SECOND_MS;
const JITTER = 1.2;

/**
 * Leader election on a Lease with the semantics of client-go, for which the Kubernetes client has none. A Lease does
 * not fence by itself; each write of a target also names the version it rests on, so one that comes late is refused.
 */
export const createElector = (options: ElectorOptions, { api, clock, random, tell }: ElectorDependencies): Elector => {
  const { identity, durationMs, renewDeadlineMs, retryPeriodMs } = options;
  const path = leasePath(options);
  const permitMs = Math.max(durationMs - WRITE_MS, durationMs / 3);
  let observed: ObservedLease | undefined;
  /** When the request that last renewed began; undefined while we do not hold the lease. */
  let renewedAt: number | undefined;
  let holder = 'nobody yet';
  let told = '';
  let stopped = false;
  let cancelNext: () => void = () => {};
  let running: Promise<void> = Promise.resolve();

  const tellOnce = (what: string): void => {
    if (what === told) return;
    told = what;
    tell(what);
  };

  const observe = (lease: Lease): ObservedLease => {
    const version = lease.metadata.resourceVersion;
    if (observed?.version !== version) observed = { version, at: clock.elapsedMs() };
    return observed;
  };

  const ask = (request: KubernetesRequest, signal: AbortSignal) => askForLease(api, request, signal);

  const create = (signal: AbortSignal): Promise<Outcome<Lease, KubernetesFailure>> => {
    const metadata = { name: options.name, namespace: options.namespace };
    const spec = firstSpec(identity, durationMs, clock.now());
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    return ask({ method: 'POST', path: leasesPath(options.namespace), body }, signal);
  };

  /** The Lease as we hold it now, or why not. */
  const takeOrRenew = async (signal: AbortSignal): Promise<Outcome<Lease, KubernetesFailure> | 'held-by-another'> => {
    const found = await ask({ method: 'GET', path }, signal);
    if (!found.ok) return found.error.code === 'NOT_FOUND' ? create(signal) : found;
    const lease = found.value;
    const move = decideLease(lease, observe(lease), identity, clock.elapsedMs());
    if (move.kind === 'wait') {
      holder = move.holder;
      return 'held-by-another';
    }
    const spec = heldSpec(lease.spec, move, identity, durationMs, clock.now());
    // The version in the metadata is the precondition: of two that take it at once, one is refused.
    return ask({ method: 'PUT', path, body: { ...lease, spec } }, signal);
  };

  const attempt = async (): Promise<void> => {
    const startedAt = clock.elapsedMs();
    const deadline = new AbortController();
    const cancelDeadline = clock.after(renewDeadlineMs, () => deadline.abort());
    const result = await takeOrRenew(deadline.signal).finally(cancelDeadline);
    if (result === 'held-by-another') {
      renewedAt = undefined;
      tellOnce(`another agent scales: ${holder} holds the lease ${options.namespace}/${options.name}`);
    } else if (result.ok) {
      observe(result.value);
      renewedAt = startedAt;
      holder = identity;
      tellOnce(`this agent scales: it holds the lease ${options.namespace}/${options.name} as ${identity}`);
    } else if (renewedAt === undefined || clock.elapsedMs() - renewedAt >= renewDeadlineMs) {
      if (renewedAt !== undefined) holder = 'nobody we know of';
      renewedAt = undefined;
      tellOnce(`no lease, so nothing is scaled: ${result.error.message}`);
    }
  };

  const next = (): void => {
    if (stopped) return;
    const wait = renewedAt === undefined ? retryPeriodMs * (1 + JITTER * random()) : retryPeriodMs;
    cancelNext = clock.after(wait, round);
  };

  const round = (): void => {
    running = attempt()
      .catch((error: unknown) => tellOnce(`no lease, so nothing is scaled: ${String(error)}`))
      .finally(next);
  };

  return {
    permit() {
      const age = renewedAt === undefined ? Number.POSITIVE_INFINITY : clock.elapsedMs() - renewedAt;
      if (!stopped && age < permitMs) return succeed({ holder: identity });
      const held = `the lease ${options.namespace}/${options.name}`;
      const because = renewedAt === undefined ? `is held by ${holder}` : 'was not renewed in time';
      return fail('NOT_LEADER', `${held} ${because}`, { retryable: true });
    },
    start: round,
    async stop() {
      stopped = true;
      cancelNext();
      await running;
      if (renewedAt === undefined) return;
      renewedAt = undefined;
      const deadline = new AbortController();
      const cancelDeadline = clock.after(retryPeriodMs, () => deadline.abort());
      const found = await ask({ method: 'GET', path }, deadline.signal);
      if (found.ok && found.value.spec.holderIdentity === identity) {
        await ask({ method: 'PUT', path, body: { ...found.value, spec: releasedSpec(found.value.spec, clock.now()) } }, deadline.signal);
      }
      cancelDeadline();
    },
  };
};

/** Where nothing of a cluster is scaled, nobody else can be scaling it. */
export const soleLeader = (identity: string): Leadership => ({ permit: () => succeed({ holder: identity }) });
