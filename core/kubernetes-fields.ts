/** Who wrote a field last, as the API server keeps book of it (server-side apply: managedFields). */
export interface FieldOwner {
  readonly manager: string;
  /** ISO 8601; absent on objects of old servers. */
  readonly at: string | undefined;
}

/** One entry of metadata.managedFields, as far as it is read. */
export interface ManagedFields {
  readonly manager: string;
  readonly time?: string | undefined;
  readonly fieldsV1?: unknown;
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
export const TEMPLATE = ['f:spec', 'f:template'] as const;
