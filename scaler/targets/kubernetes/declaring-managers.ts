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
