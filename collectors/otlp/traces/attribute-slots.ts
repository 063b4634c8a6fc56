import { createCursor, hashRange } from '../kernel.ts';
import { createKnownHashes, type KnownHashes } from '../known/kernel.ts';
import { FORMER_NAMES, HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS, PEER_SERVICE, SERVER_ADDRESS, SERVER_PORT } from '../semantic-attributes.ts';

/** The span attributes we read, each with a place ("slot") in the scratch row of a span. */
export interface AttributeSlots {
  readonly count: number;
  readonly method: number;
  readonly route: number;
  readonly status: number;
  readonly peerService: number;
  readonly serverAddress: number;
  readonly serverPort: number;
  readonly outcome: number;
  /** Slot of each configured dimension, in their order. */
  readonly dimensions: readonly number[];
  /** Hash of a key's bytes -> slot * 2, plus 1 when the key is a former name. */
  readonly byKey: KnownHashes;
}

export const createAttributeSlots = (
  dimensions: readonly string[],
  outcomeAttribute: string,
  salt: readonly [number, number],
): AttributeSlots => {
  const keys: string[] = [];
  const slotOf = (key: string): number => {
    const known = keys.indexOf(key);
    return known >= 0 ? known : keys.push(key) - 1;
  };
  const named = {
    method: slotOf(HTTP_METHOD),
    route: slotOf(HTTP_ROUTE),
    status: slotOf(HTTP_STATUS),
    peerService: slotOf(PEER_SERVICE),
    serverAddress: slotOf(SERVER_ADDRESS),
    serverPort: slotOf(SERVER_PORT),
    outcome: slotOf(outcomeAttribute),
    dimensions: dimensions.map(slotOf),
  };
  const byKey = createKnownHashes(256);
  const add = (key: string, value: number): void => {
    const c = createCursor(new TextEncoder().encode(key));
    hashRange(c, 0, c.bytes.length, salt[0] | 0, salt[1] | 0);
    if (byKey.find(c.h1, c.h2) < 0) byKey.add(c.h1, c.h2, value);
  };
  keys.forEach((key, slot) => {
    add(key, slot * 2);
  });
  // After all of today's names: a former name that somebody configured as a dimension of its own stays that dimension.
  keys.forEach((key, slot) => {
    for (const former of FORMER_NAMES[key] ?? []) add(former, slot * 2 + 1);
  });
  return { count: keys.length, ...named, byKey };
};
