/**
 * What has been seen before: 64 salted hash bits -> a dense id, by open addressing on one Int32Array (12 bytes a
 * slot). A hit is trusted without comparing bytes: among 200,000 streams two share 64 bits once in a thousand
 * million processes, and the salt keeps anybody from aiming for it. The identity that is stored is another one,
 * the SHA-256 of the canonical form, made from the bytes themselves when a stream is seen first.
 */
export interface KnownHashes {
  readonly size: number;
  /** The id, or -1. */
  find(h1: number, h2: number): number;
  /** Remembers; the caller has looked before and found nothing. */
  add(h1: number, h2: number, id: number): void;
}

const EMPTY = -1;

export const createKnownHashes = (capacity = 1_024): KnownHashes => {
  let mask = capacity - 1;
  let slots = new Int32Array(capacity * 3).fill(EMPTY);
  let size = 0;

  const place = (h1: number, h2: number, id: number): void => {
    let slot = h1 & mask;
    while (slots[slot * 3 + 2] !== EMPTY) slot = (slot + 1) & mask;
    slots[slot * 3] = h1;
    slots[slot * 3 + 1] = h2;
    slots[slot * 3 + 2] = id;
  };

  const grow = (): void => {
    const before = slots;
    mask = mask * 2 + 1;
    slots = new Int32Array((mask + 1) * 3).fill(EMPTY);
    for (let at = 0; at < before.length; at += 3) {
      if (before[at + 2] !== EMPTY) place(before[at]!, before[at + 1]!, before[at + 2]!);
    }
  };

  return {
    get size() {
      return size;
    },
    find(h1, h2) {
      let slot = h1 & mask;
      for (;;) {
        const at = slot * 3;
        const id = slots[at + 2]!;
        if (id === EMPTY) return -1;
        if (slots[at] === h1 && slots[at + 1] === h2) return id;
        slot = (slot + 1) & mask;
      }
    },
    add(h1, h2, id) {
      if ((size + 1) * 2 > mask + 1) grow();
      place(h1, h2, id);
      size += 1;
    },
  };
};
