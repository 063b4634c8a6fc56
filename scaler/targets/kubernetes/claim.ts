import { type FieldOwner, MIN_REPLICAS, ownersOf, REPLICAS } from '../../../core/kubernetes-fields.ts';
import { API_GROUP, PRODUCT } from '../../../core/names.ts';
import { DECLARING_MANAGERS } from './declaring-managers.ts';
import type { ObjectMetadata } from './objects.ts';

/** Stable: whoever reads managedFields, or restores by hand, finds us under this name. */
export const FIELD_MANAGER = PRODUCT;

/** Annotations that tell people what was changed, and us what to restore. */
export const MARKS = {
  originalReplicas: `${API_GROUP}/original-replicas`,
  originalMinReplicas: `${API_GROUP}/original-min-replicas`,
  changedBy: `${API_GROUP}/changed-by`,
  changedAt: `${API_GROUP}/changed-at`,
  /** From then on nobody renews it: whoever ordered it is gone. */
  expiresAt: `${API_GROUP}/expires-at`,
  /** metadata.generation as the announcement of the last order makes it: as long as it stands, nobody has written the spec since. */
  generation: `${API_GROUP}/generation`,
  /** Orders given so far, where the object counts no generation. */
  orders: `${API_GROUP}/orders`,
} as const;

/** Whether a field is ours to write. */
export type Claim =
  /** Nothing of ours stands on the object. */
  | { readonly kind: 'free' }
  | { readonly kind: 'ours'; readonly original: number; readonly expiresAt: number }
  /** Somebody else writes it: we stop until a person resets. */
  | { readonly kind: 'taken'; readonly by: string; readonly because: string; readonly marked: boolean };

export interface ClaimedField {
  /** The annotation that keeps its original value. */
  readonly mark: string;
  readonly field: readonly string[];
  /** As people call it: spec.replicas. */
  readonly name: string;
}

export const REPLICAS_CLAIM: ClaimedField = { mark: MARKS.originalReplicas, field: REPLICAS, name: 'spec.replicas' };
export const MIN_REPLICAS_CLAIM: ClaimedField = { mark: MARKS.originalMinReplicas, field: MIN_REPLICAS, name: 'spec.minReplicas' };

const named = (owners: readonly FieldOwner[]): string =>
  owners
    .map(({ manager, at }) => `${manager === '' ? 'a writer without a name' : manager}${at === undefined ? '' : ` at ${at}`}`)
    .join(' and ');

/** The original value, where an annotation keeps one that is a number of replicas. */
export const originalOf = ({ annotations }: ObjectMetadata, mark: string): number | undefined => {
  const text = annotations[mark];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
};

const isMarked = ({ annotations }: ObjectMetadata, mark: string): boolean => Object.hasOwn(annotations, mark);

/**
 * Reads the claim from the object alone, so that any agent comes to the same answer, also after a crash between any
 * two of our writes. Our mark without our field means one of two things: the order was announced and never written
 * (then the generation of the announcement still stands), or somebody wrote over it.
 */
export const claimOf = (metadata: ObjectMetadata, { mark, field, name }: ClaimedField): Claim => {
  const others = ownersOf(metadata.managedFields, field).filter(({ manager }) => manager !== FIELD_MANAGER);
  const declaring = others.find(({ manager }) => DECLARING_MANAGERS.has(manager));
  const marked = isMarked(metadata, mark);
  if (declaring !== undefined) {
    return {
      kind: 'taken',
      by: declaring.manager,
      because: `${declaring.manager} declares ${name} and would write it back; take ${name} out of what it applies`,
      marked,
    };
  }
  if (!marked) return { kind: 'free' };
  const original = originalOf(metadata, mark);
  if (original === undefined) {
    return { kind: 'taken', by: 'the annotation', because: `${mark} holds no number of replicas`, marked };
  }
  const announced = metadata.annotations[MARKS.generation];
  const unwritten = announced !== undefined && announced === String(metadata.generation);
  if (others.length === 0 || unwritten)
    return { kind: 'ours', original, expiresAt: Date.parse(metadata.annotations[MARKS.expiresAt] ?? '') };
  return { kind: 'taken', by: named(others), because: `${named(others)} wrote ${name} after us`, marked };
};
