import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { named } from './schemas/named.ts';

const LIMIT = 100;
export const LIMIT_MAX = 1_000;

export const limit = (most: number, standard: number) =>
  z.coerce
    .number({ error: `expected a whole number from 1 to ${most}` })
    .int(`expected a whole number from 1 to ${most}`)
    .min(1, `must be at least 1`)
    .max(most, `must be at most ${most}`)
    .default(standard)
    .describe('At most this many');

/** Query of every list. */
export const paging = {
  limit: limit(LIMIT_MAX, LIMIT),
  cursor: z.string().min(1).max(2_048).exactOptional().describe('`next` of the page before'),
};

/** One page of a list: `next` is absent on the last one. */
export const pageSchema = <Item extends z.ZodType>(id: string, item: Item) =>
  named(
    id,
    z.strictObject({
      items: z.array(item),
      next: z.string().exactOptional().describe('Cursor of the next page; absent when this is the last one'),
    }),
  );

export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** The cursor is the identity of the last item sent, so that what comes in at the other end shifts nothing. */
export const pageOf = <Item>(
  all: readonly Item[],
  identityOf: (item: Item) => string,
  query: { readonly limit: number; readonly cursor?: string },
): Outcome<ListPage<Item>, Failure<'INVALID_CURSOR'>> => {
  const { cursor } = query;
  const last = cursor === undefined ? -1 : all.findIndex((item) => identityOf(item) === cursor);
  if (cursor !== undefined && last < 0) return fail('INVALID_CURSOR', 'cursor: what it points at is gone; begin again without it');
  const items = all.slice(last + 1, last + 1 + query.limit);
  const end = items.at(-1);
  const isLast = end === undefined || last + 1 + items.length >= all.length;
  return succeed(isLast ? { items } : { items, next: identityOf(end) });
};
