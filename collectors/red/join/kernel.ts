/**
 * Bounded hash tables over typed arrays for joining spans by id. Keys are the low 53 bits of a span id, exact in a
 * float64 and never negative, so -1 marks an empty place. Nothing is deleted one by one: a table is rebuilt once a
 * step from what is neither used up nor too old.
 */
const EMPTY = -1;

const place = (key: number, mask: number): number => {
  let mixed = (key >>> 0) ^ Math.imul((key / 4_294_967_296) >>> 0, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed ^= mixed >>> 13;
  return (mixed >>> 0) & mask;
};

const capacityFor = (entries: number): number => {
  let capacity = 64;
  while (capacity < entries * 2) capacity *= 2;
  return capacity;
};

/** The ids of the spans of one step, so that an export sent twice counts once. */
export interface KeySet {
  readonly size: number;
  /** False when the key was there already. */
  insert(key: number): boolean;
  /** All keys, in no particular order. */
  keys(): Float64Array;
}

export const createKeySet = (known: ArrayLike<number> = []): KeySet => {
  let table = new Float64Array(capacityFor(known.length)).fill(EMPTY);
  let size = 0;
  const put = (key: number): boolean => {
    const mask = table.length - 1;
    let at = place(key, mask);
    while (table[at]! !== EMPTY) {
      if (table[at]! === key) return false;
      at = (at + 1) & mask;
    }
    table[at] = key;
    size += 1;
    return true;
  };
  const insert = (key: number): boolean => {
    if (size * 2 >= table.length) {
      const old = table;
      table = new Float64Array(old.length * 2).fill(EMPTY);
      size = 0;
      for (let i = 0; i < old.length; i++) if (old[i]! !== EMPTY) put(old[i]!);
    }
    return put(key);
  };
  for (let i = 0; i < known.length; i++) insert(known[i]!);
  return {
    get size() {
      return size;
    },
    insert,
    keys: () => table.filter((key) => key !== EMPTY).sort(),
  };
};

export interface JoinState {
  readonly key: Float64Array;
  readonly owner: Uint32Array;
  readonly nanos: Float64Array;
  readonly step: Float64Array;
}

/** One record a key: which service (`owner`) the span belongs to and how long it took. */
export interface JoinTable {
  readonly size: number;
  /** Of two records under one key the longer stays, whichever came first. False when the table is full. */
  put(key: number, owner: number, nanos: number, step: number): boolean;
  /** Place of the record, or -1. */
  find(key: number): number;
  ownerAt(at: number): number;
  nanosAt(at: number): number;
  /** The record was joined and may go. */
  use(at: number): void;
  /** Drops used records and those of steps before `step`. */
  expire(step: number): void;
  state(): JoinState;
}

export const createJoinTable = (maximum: number, restored?: JoinState): JoinTable => {
  let keys = new Float64Array(64).fill(EMPTY);
  let owners = new Uint32Array(64);
  let nanos = new Float64Array(64);
  let steps = new Float64Array(64);
  let size = 0;

  const seek = (key: number): number => {
    const mask = keys.length - 1;
    let at = place(key, mask);
    while (keys[at]! !== EMPTY && keys[at]! !== key) at = (at + 1) & mask;
    return at;
  };
  const rebuild = (capacity: number, keepFrom: number): void => {
    const [oldKeys, oldOwners, oldNanos, oldSteps] = [keys, owners, nanos, steps];
    keys = new Float64Array(capacity).fill(EMPTY);
    owners = new Uint32Array(capacity);
    nanos = new Float64Array(capacity);
    steps = new Float64Array(capacity);
    size = 0;
    for (let i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i]! === EMPTY || oldSteps[i]! < keepFrom) continue;
      const at = seek(oldKeys[i]!);
      keys[at] = oldKeys[i]!;
      owners[at] = oldOwners[i]!;
      nanos[at] = oldNanos[i]!;
      steps[at] = oldSteps[i]!;
      size += 1;
    }
  };
  const put = (key: number, owner: number, duration: number, step: number): boolean => {
    let at = seek(key);
    if (keys[at]! === key) {
      if (duration > nanos[at]! || steps[at]! < 0) {
        owners[at] = owner;
        nanos[at] = duration;
        steps[at] = step;
      }
      return true;
    }
    if (size >= maximum) return false;
    if (size * 2 >= keys.length) {
      rebuild(keys.length * 2, Number.NEGATIVE_INFINITY);
      at = seek(key);
    }
    keys[at] = key;
    owners[at] = owner;
    nanos[at] = duration;
    steps[at] = step;
    size += 1;
    return true;
  };
  if (restored !== undefined) {
    for (let i = 0; i < restored.key.length; i++) put(restored.key[i]!, restored.owner[i]!, restored.nanos[i]!, restored.step[i]!);
  }
  return {
    get size() {
      return size;
    },
    put,
    find(key) {
      const at = seek(key);
      return keys[at]! === key && steps[at]! >= 0 ? at : -1;
    },
    ownerAt: (at) => owners[at]!,
    nanosAt: (at) => nanos[at]!,
    use(at) {
      steps[at] = EMPTY;
    },
    expire(step) {
      let live = 0;
      for (let i = 0; i < keys.length; i++) if (keys[i]! !== EMPTY && steps[i]! >= step) live += 1;
      // Shrinks by half at most: the next step will want the room again.
      if (live < size) rebuild(Math.max(capacityFor(live), keys.length / 2), step);
    },
    state() {
      const live: number[] = [];
      for (let i = 0; i < keys.length; i++) if (keys[i]! !== EMPTY && steps[i]! >= 0) live.push(i);
      live.sort((a, b) => keys[a]! - keys[b]!);
      return {
        key: Float64Array.from(live, (i) => keys[i]!),
        owner: Uint32Array.from(live, (i) => owners[i]!),
        nanos: Float64Array.from(live, (i) => nanos[i]!),
        step: Float64Array.from(live, (i) => steps[i]!),
      };
    },
  };
};

export interface ChildState {
  readonly parent: Float64Array;
  readonly key: Float64Array;
  readonly owner: Uint32Array;
  /** 1 leaves the process (client, producer), 0 stays in it (internal). */
  readonly outgoing: Uint8Array;
  readonly failed: Uint8Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly step: Float64Array;
}

export interface Children {
  /** Milliseconds of the parent during which at least one outgoing call was under way. */
  coveredMs: number;
  /** Whether an outgoing call of the parent failed. */
  failed: boolean;
}

/** Spans inside a process, by the span that caused them. */
export interface ChildTable {
  readonly size: number;
  add(parent: number, key: number, owner: number, outgoing: boolean, failed: boolean, start: number, end: number, step: number): boolean;
  /**
   * Outgoing calls below `key` in the same process, through internal spans at any depth; uses them up. The result is
   * valid until the next call.
   */
  take(key: number, owner: number, start: number, end: number): Children;
  /** Whether the span `key` itself made an outgoing call in the same process: then it is not the call on the wire. */
  wraps(key: number, owner: number): boolean;
  expire(step: number): void;
  state(): ChildState;
}

export const createChildTable = (maximum: number, restored?: ChildState): ChildTable => {
  let capacity = 64;
  let size = 0;
  let parents = new Float64Array(capacity);
  let keys = new Float64Array(capacity);
  let owners = new Uint32Array(capacity);
  let outgoings = new Uint8Array(capacity);
  let fails = new Uint8Array(capacity);
  let starts = new Float64Array(capacity);
  let ends = new Float64Array(capacity);
  let steps = new Float64Array(capacity);
  let nexts = new Int32Array(capacity);
  let heads = new Int32Array(capacity * 2).fill(EMPTY);

  const seek = (parent: number): number => {
    const mask = heads.length - 1;
    let at = place(parent, mask);
    while (heads[at]! !== EMPTY && parents[heads[at]!]! !== parent) at = (at + 1) & mask;
    return at;
  };
  const link = (record: number): void => {
    const at = seek(parents[record]!);
    nexts[record] = heads[at]!;
    heads[at] = record;
  };
  const resize = (wanted: number): void => {
    const floats = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(wanted);
      grown.set(old.subarray(0, size));
      return grown;
    };
    const bytes = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const grown = new Uint8Array(wanted);
      grown.set(old.subarray(0, size));
      return grown;
    };
    parents = floats(parents);
    keys = floats(keys);
    starts = floats(starts);
    ends = floats(ends);
    steps = floats(steps);
    outgoings = bytes(outgoings);
    fails = bytes(fails);
    const grown = new Uint32Array(wanted);
    grown.set(owners.subarray(0, size));
    owners = grown;
    capacity = wanted;
    nexts = new Int32Array(wanted);
    heads = new Int32Array(wanted * 2).fill(EMPTY);
    for (let i = 0; i < size; i++) link(i);
  };
  const add: ChildTable['add'] = (parent, key, owner, outgoing, failed, start, end, step) => {
    if (size >= maximum) return false;
    if (size >= capacity) resize(capacity * 2);
    parents[size] = parent;
    keys[size] = key;
    owners[size] = owner;
    outgoings[size] = outgoing ? 1 : 0;
    fails[size] = failed ? 1 : 0;
    starts[size] = start;
    ends[size] = end;
    steps[size] = step;
    link(size);
    size += 1;
    return true;
  };
  if (restored !== undefined) {
    for (let i = 0; i < restored.parent.length; i++) {
      add(
        restored.parent[i]!,
        restored.key[i]!,
        restored.owner[i]!,
        restored.outgoing[i]! === 1,
        restored.failed[i]! === 1,
        restored.start[i]!,
        restored.end[i]!,
        restored.step[i]!,
      );
    }
  }

  const found: number[] = [];
  const below: number[] = [];
  const result: Children = { coveredMs: 0, failed: false };

  const union = (start: number, end: number): number => {
    if (found.length > 1) found.sort((a, b) => starts[a]! - starts[b]! || ends[a]! - ends[b]!);
    let covered = 0;
    let reached = start;
    for (let i = 0; i < found.length; i++) {
      const from = Math.max(reached, starts[found[i]!]!);
      const to = Math.min(end, ends[found[i]!]!);
      if (to > from) {
        covered += to - from;
        reached = to;
      }
    }
    return covered;
  };

  return {
    get size() {
      return size;
    },
    add,
    take(key, owner, start, end) {
      found.length = 0;
      below.length = 0;
      below.push(key);
      result.failed = false;
      while (below.length > 0) {
        for (let at = heads[seek(below.pop()!)]!; at !== EMPTY; at = nexts[at]!) {
          // A used record cannot be walked twice, so a forged cycle of parents ends.
          if (owners[at]! !== owner || steps[at]! < 0) continue;
          steps[at] = EMPTY;
          if (outgoings[at]! === 1) {
            found.push(at);
            if (fails[at]! === 1) result.failed = true;
          } else below.push(keys[at]!);
        }
      }
      result.coveredMs = union(start, end);
      return result;
    },
    wraps(key, owner) {
      for (let at = heads[seek(key)]!; at !== EMPTY; at = nexts[at]!) {
        if (owners[at]! === owner && outgoings[at]! === 1) return true;
      }
      return false;
    },
    expire(step) {
      let kept = 0;
      for (let i = 0; i < size; i++) {
        if (steps[i]! < step) continue;
        parents[kept] = parents[i]!;
        keys[kept] = keys[i]!;
        owners[kept] = owners[i]!;
        outgoings[kept] = outgoings[i]!;
        fails[kept] = fails[i]!;
        starts[kept] = starts[i]!;
        ends[kept] = ends[i]!;
        steps[kept] = steps[i]!;
        kept += 1;
      }
      if (kept === size) return;
      size = kept;
      resize(Math.max(capacityFor(kept), capacity / 2));
    },
    state() {
      const live: number[] = [];
      for (let i = 0; i < size; i++) if (steps[i]! >= 0) live.push(i);
      return {
        parent: Float64Array.from(live, (i) => parents[i]!),
        key: Float64Array.from(live, (i) => keys[i]!),
        owner: Uint32Array.from(live, (i) => owners[i]!),
        outgoing: Uint8Array.from(live, (i) => outgoings[i]!),
        failed: Uint8Array.from(live, (i) => fails[i]!),
        start: Float64Array.from(live, (i) => starts[i]!),
        end: Float64Array.from(live, (i) => ends[i]!),
        step: Float64Array.from(live, (i) => steps[i]!),
      };
    },
  };
};
