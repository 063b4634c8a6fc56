import type { ManagedFields } from './objects.ts';

/** Who wrote a field last, as the API server keeps book of it (server-side apply: managedFields). */
export interface FieldOwner {
  readonly manager: string;
  /** ISO 8601; absent on objects of old servers. */
  readonly at: string | undefined;
}

const holds = (fields: unknown, path: readonly string[]): boolean => {
  let at = fields;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return false;
    at = (at as Record<string, unknown>)[part];
  }
  return true;
};

/** @param path for example ['f:spec', 'f:replicas'] */
export const ownersOf = (entries: readonly ManagedFields[], path: readonly string[]): readonly FieldOwner[] =>
  entries.filter(({ fieldsV1 }) => holds(fieldsV1, path)).map(({ manager, time }) => ({ manager, at: time }));

export const REPLICAS = ['f:spec', 'f:replicas'] as const;
export const MIN_REPLICAS = ['f:spec', 'f:minReplicas'] as const;

/**
 * They write what they declare again and again: a field of theirs is never taken over, because the next round would
 * undo it. Names of their field managers: Argo CD (server-side and client-side apply), Flux, KEDA, Fleet.
 */
export const DECLARING_MANAGERS: ReadonlySet<string> = new Set([
  'argocd-controller',
  'argocd-application-controller',
  'kustomize-controller',
  'helm-controller',
  'keda',
  'keda-operator',
  'fleetagent',
]);
