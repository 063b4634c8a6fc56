/** Life of one replica: starting -> ready -> draining -> gone, and crashed while it waits to be started again. */
export type ReplicaState = 'starting' | 'ready' | 'draining' | 'crashed';

export interface Supervised {
  readonly index: number;
  readonly state: ReplicaState;
  /** When it was ordered: the newest is the first to go. */
  readonly orderedAt: number;
}

/** Indexes to start and replicas to remove so that the number of replicas becomes `desired`. */
export interface Adjustment<Replica> {
  readonly start: readonly number[];
  readonly remove: readonly Replica[];
}

const alive = (replica: Supervised): boolean => replica.state !== 'draining';

/**
 * Who goes first: replicas that serve nothing yet, then the newest, as in a ReplicaSet. Draining replicas do not
 * count. New ones take the lowest free index, so that names stay few.
 */
export const adjust = <Replica extends Supervised>(replicas: readonly Replica[], desired: number): Adjustment<Replica> => {
  const standing = replicas.filter(alive);
  const surplus = standing.length - desired;
  if (surplus > 0) {
    const order = standing.toSorted(
      (a, b) => Number(a.state === 'ready') - Number(b.state === 'ready') || b.orderedAt - a.orderedAt || b.index - a.index,
    );
    return { start: [], remove: order.slice(0, surplus) };
  }
  const taken = new Set(replicas.map((replica) => replica.index));
  const start: number[] = [];
  for (let index = 0; start.length < -surplus; index += 1) if (!taken.has(index)) start.push(index);
  return { start, remove: [] };
};

const FIRST_BACK_OFF_MS = 200;
const LONGEST_BACK_OFF_MS = 10_000;

/** Wait before start number `restarts` of a replica that keeps dying: doubles up to ten seconds. */
export const backOffMs = (restarts: number): number => {
  let wait = FIRST_BACK_OFF_MS;
  for (let restart = 1; restart < restarts && wait < LONGEST_BACK_OFF_MS; restart += 1) wait *= 2;
  return Math.min(LONGEST_BACK_OFF_MS, wait);
};

/** A replica that served this long has proved itself: its next crash starts the back-off anew. */
export const PROVEN_AFTER_MS = 10_000;

/** What the caller of PUT /scale says it rests on. */
export interface Precondition {
  readonly expectUid: string;
  readonly expectGeneration: number;
  readonly expectReplicas?: number | undefined;
}

/** Why an order no longer fits what stands, or undefined when it does. */
export const staleBecause = (
  standing: { readonly uid: string; readonly generation: number; readonly replicas: number },
  order: Precondition,
): string | undefined => {
  if (order.expectUid !== standing.uid) return `planned for uid ${order.expectUid}, this is ${standing.uid}`;
  if (order.expectGeneration !== standing.generation) {
    return `planned on generation ${order.expectGeneration}, now is ${standing.generation}`;
  }
  if (order.expectReplicas !== undefined && order.expectReplicas !== standing.replicas) {
    return `planned on ${order.expectReplicas} replicas, now are ${standing.replicas}`;
  }
  return undefined;
};
