/**
 * Mean seconds whose sums over a window tell what a change of latency is made of. Kept a step like any signal; no
 * detector watches them, since `duration`, `self_duration` and `gap` say the same on a scale on which noise is even.
 */
export const CALL_TIMES = {
  /** Of a service: a request, from the first byte in to the last byte out. */
  served: 'mean_duration',
  /** Of a service: the part of it in which no call was under way. */
  own: 'mean_self_duration',
  /** Of an edge: a call, as its caller waited for it. */
  waited: 'mean_call_duration',
  /** Of an edge: a call that was answered, as its callee worked on it. */
  answered: 'mean_answer_duration',
} as const;

const NAMES: ReadonlySet<string> = new Set(Object.values(CALL_TIMES));

export const isCallTime = ({ name, scope }: { readonly name: string; readonly scope: { readonly kind: string } }): boolean =>
  (scope.kind === 'service' || scope.kind === 'edge') && NAMES.has(name);
