import type { Instant } from '../../../core/time.ts';
import { MARKS } from './claim.ts';
import type { ObjectMetadata } from './objects.ts';

/** An order nobody has renewed for this long is nobody's: whoever gave it is gone. */
export const ORDER_EXPIRY_MS = 3_600_000;

/** The annotations of an order about to be given. */
export const marksOf = (order: {
  readonly mark: string;
  readonly original: number;
  readonly holder: string;
  readonly now: Instant;
  readonly generation?: number;
}): Readonly<Record<string, string>> => ({
  [order.mark]: String(order.original),
  [MARKS.changedBy]: order.holder,
  [MARKS.changedAt]: new Date(order.now).toISOString(),
  [MARKS.expiresAt]: new Date(order.now + ORDER_EXPIRY_MS).toISOString(),
  ...(order.generation === undefined ? {} : { [MARKS.generation]: String(order.generation) }),
});

/** In a merge patch null removes. */
export const NO_MARKS: Readonly<Record<string, null>> = Object.fromEntries(Object.values(MARKS).map((mark) => [mark, null]));

/** Metadata of a patch that only fits the very object and version that was read. */
export const preconditions = ({ uid, resourceVersion }: ObjectMetadata): { readonly uid: string; readonly resourceVersion: string } => ({
  uid,
  resourceVersion,
});
