/** What routing must know of a replica. */
export interface Routable {
  readonly ready: boolean;
  /** Requests sent and not yet answered in full. */
  readonly inFlight: number;
}

/**
 * The ready replica with the fewest outstanding requests. Equals take turns, starting after `previous`: with the
 * first always winning, a quiet service would live on one replica, and that one would be the only warm one.
 * Undefined when none is ready.
 */
export const pickLeastOutstanding = <Replica extends Routable>(
  replicas: readonly Replica[],
  previous: Replica | undefined,
  exclude?: Replica,
): Replica | undefined => {
  const start = previous === undefined ? 0 : replicas.indexOf(previous) + 1;
  let best: Replica | undefined;
  for (let offset = 0; offset < replicas.length; offset += 1) {
    const replica = replicas[(start + offset) % replicas.length] as Replica;
    if (!replica.ready || replica === exclude) continue;
    if (best === undefined || replica.inFlight < best.inFlight) best = replica;
  }
  return best;
};

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Whether a request whose connection broke may go to another replica. Nothing was executed if the connection was
 * never established. Else only what is safe to execute twice (RFC 9110 section 9.2.2), which includes requests
 * whose sender promises so with an Idempotency-Key: a payment must not be taken twice because a process died.
 */
export const mayRetry = (request: { readonly method: string; readonly idempotencyKey: boolean; readonly connected: boolean }): boolean =>
  !request.connected || request.idempotencyKey || IDEMPOTENT.has(request.method);
