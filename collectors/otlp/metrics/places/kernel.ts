/** Messages that are looked at later, once a request: resources and scopes are kept as places in the body and as hashes. */
import { type Cursor, enterField, hashRange, readTag, skipField } from '../../kernel.ts';

/** Places [start, end, ...] of every occurrence of a message field, which protobuf merges. */
export const placesOf = (c: Cursor, end: number, field: number): number[] => {
  const places: number[] = [];
  while (c.at < end) {
    const tag = readTag(c, end);
    if (tag >>> 3 === field) {
      const stop = enterField(c, tag, end);
      places.push(c.at, stop);
      c.at = stop;
    } else skipField(c, tag, end);
  }
  return places;
};

/** Order of attributes inside resources and scopes is taken as sent: a changed order costs one more look-up. */
export const hashPlaces = (c: Cursor, places: readonly number[], base1: number, base2: number): void => {
  c.h1 = base1;
  c.h2 = base2;
  for (let i = 0; i < places.length; i += 2) hashRange(c, places[i]!, places[i + 1]!, c.h1, c.h2);
};
