import { type Clock, sleep } from '../../core/clock.ts';
import type { KubernetesApi, KubernetesFailure } from '../../core/kubernetes-api.ts';
import { type Outcome, succeed } from '../../core/outcome.ts';
import { SECOND_MS } from '../../core/time.ts';
import { decideLease, type ObservedLease } from './lease.ts';
import { askForLease, type LeaseName, leasePath } from './lease-calls.ts';

export interface LiveHolderDependencies {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** Why it takes a while, once. */
  readonly tell: (what: string) => void;
}

/**
 * Who holds the lease and still renews it; undefined when nobody does. Times in a Lease are another machine's, so a
 * named holder is watched: a new version means that it lives, none for the length of the lease that it is gone.
 */
export const liveHolderOf = async (
  lease: LeaseName,
  { api, clock, tell }: LiveHolderDependencies,
  signal: AbortSignal,
): Promise<Outcome<string | undefined, KubernetesFailure>> => {
  let observed: ObservedLease | undefined;
  for (;;) {
    const found = await askForLease(api, { method: 'GET', path: leasePath(lease) }, signal);
    if (!found.ok) return found.error.code === 'NOT_FOUND' ? succeed(undefined) : found;
    const { metadata, spec } = found.value;
    if (observed === undefined) {
      observed = { version: metadata.resourceVersion, at: clock.elapsedMs() };
      if (spec.holderIdentity)
        tell(
          `${spec.holderIdentity} holds the lease ${lease.namespace}/${lease.name}: is it renewed within ${spec.leaseDurationSeconds ?? 0} s?`,
        );
    }
    if (!spec.holderIdentity) return succeed(undefined);
    if (metadata.resourceVersion !== observed.version) return succeed(spec.holderIdentity);
    // Asked as somebody who is not in the lease: whether it could be taken.
    if (decideLease(found.value, observed, '', clock.elapsedMs()).kind === 'take') return succeed(undefined);
    await sleep(clock, SECOND_MS, signal);
  }
};
