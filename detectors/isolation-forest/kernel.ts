import type { Random } from '../../core/random.ts';

/** A fitted isolation forest (Liu, Ting, Zhou 2008) as flat arrays without gaps: node i of tree t stands at root[t] + i. */
export interface Forest extends Nodes {
  readonly dimensions: number;
  readonly trees: number;
  readonly subsample: number;
  readonly root: Int32Array;
  /** Average path of a tree of n rows, c(n), for every n up to the subsample. */
  readonly average: Float64Array;
  /** Scores of the training rows by the trees that did not see them, ascending. */
  readonly calibration: Float64Array;
}

/** Ten bytes a node: the nodes are nearly all of what a forest weighs. */
export interface Nodes {
  /** Dimension of the split; of a leaf at depth d it is -1 - d. */
  readonly dimension: Int16Array;
  /** Infinity in a leaf, so that a walk that goes on stays in it. */
  readonly threshold: Float32Array;
  /** Node of the lower side, the upper side is the next one; of a leaf the leaf itself. */
  readonly lower: Uint16Array;
  /** Rows that reached the node when the tree grew. */
  readonly size: Uint16Array;
}

export const nodesOf = (count: number): Nodes => ({
  dimension: new Int16Array(count),
  threshold: new Float32Array(count),
  lower: new Uint16Array(count),
  size: new Uint16Array(count),
});

const EULER = 0.5772156649015329;

/** Average path of an unsuccessful search among n rows, c(n) = 2 H(n-1) - 2 (n-1) / n: the normal depth of a tree of n. */
export const averagePath = (n: number): number => {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n;
};

const depthLimit = (rows: number): number => Math.ceil(Math.log2(Math.max(2, rows)));

/** Grows one tree over the rows listed in `order`, to depth log2 of their number, into nodes from `base` on. Returns how many it took. */
export const growTree = (grown: Nodes, base: number, rows: Float64Array, dimensions: number, order: Int32Array, random: Random): number => {
  const limit = depthLimit(order.length);
  const stack: number[] = [0, 0, order.length, 0];
  let nodes = 1;
  const endAt = (node: number, depth: number): void => {
    grown.dimension[base + node] = -1 - depth;
    grown.threshold[base + node] = Number.POSITIVE_INFINITY;
    grown.lower[base + node] = node;
  };
  while (stack.length > 0) {
    const depth = stack.pop()!;
    const end = stack.pop()!;
    const start = stack.pop()!;
    const node = stack.pop()!;
    grown.size[base + node] = end - start;
    if (end - start <= 1 || depth >= limit) {
      endAt(node, depth);
      continue;
    }
    // A random dimension that varies here; after as many misses as there are dimensions the rows count as equal.
    let dimension = -1;
    let least = 0;
    let most = 0;
    for (let attempt = 0; attempt < dimensions * 2 && dimension < 0; attempt += 1) {
      const d = Math.min(dimensions - 1, Math.floor(random() * dimensions));
      least = rows[order[start]! * dimensions + d]!;
      most = least;
      for (let i = start + 1; i < end; i += 1) {
        const value = rows[order[i]! * dimensions + d]!;
        if (value < least) least = value;
        else if (value > most) most = value;
      }
      if (most > least) dimension = d;
    }
    if (dimension < 0) {
      endAt(node, depth);
      continue;
    }
    // In single precision, as it is kept: then a row falls to the same side whenever it is asked. Values that close are equal.
    const threshold = Math.fround(least + (most - least) * random());
    if (!(threshold >= least && threshold < most)) {
      endAt(node, depth);
      continue;
    }
    let middle = start;
    for (let i = start; i < end; i += 1) {
      const row = order[i]!;
      if (rows[row * dimensions + dimension]! <= threshold) {
        order[i] = order[middle]!;
        order[middle] = row;
        middle += 1;
      }
    }
    grown.dimension[base + node] = dimension;
    grown.threshold[base + node] = threshold;
    grown.lower[base + node] = nodes;
    stack.push(nodes, start, middle, depth + 1, nodes + 1, middle, end, depth + 1);
    nodes += 2;
  }
  return nodes;
};

/** Path length of the row at `rows[at...]` in one tree, with the average rest at the leaf. */
export const pathOf = (forest: Omit<Forest, 'calibration'>, tree: number, rows: Float64Array, at: number): number => {
  const base = forest.root[tree]!;
  let node = base;
  let depth = 0;
  let dimension = forest.dimension[node]!;
  while (dimension >= 0) {
    node = base + forest.lower[node]! + (rows[at + dimension]! <= forest.threshold[node]! ? 0 : 1);
    depth += 1;
    dimension = forest.dimension[node]!;
  }
  return depth + forest.average[forest.size[node]!]!;
};

/**
 * Scores 2^(-E[path] / c(subsample)) of many rows, tree by tree, so that a tree stays in cache. Four rows walk side by
 * side, always to the deepest level: no walk waits for the memory of another, and there is no branch to mispredict.
 */
export const scoreRows = (forest: Forest, rows: Float64Array, scores: Float64Array): void => {
  const { dimensions, dimension, threshold, lower, size, root, average, trees } = forest;
  const count = scores.length;
  const together = count - (count % 4);
  const depth = depthLimit(forest.subsample);
  scores.fill(0);
  for (let tree = 0; tree < trees; tree += 1) {
    const base = root[tree]!;
    for (let row = 0; row < together; row += 4) {
      const atA = row * dimensions;
      const atB = atA + dimensions;
      const atC = atB + dimensions;
      const atD = atC + dimensions;
      let a = base;
      let b = base;
      let c = base;
      let d = base;
      for (let level = 0; level < depth; level += 1) {
        // x & ~(x >> 31) is max(0, x): in a leaf any value will do.
        const inA = dimension[a]!;
        const inB = dimension[b]!;
        const inC = dimension[c]!;
        const inD = dimension[d]!;
        a = base + lower[a]! + Number(rows[atA + (inA & ~(inA >> 31))]! > threshold[a]!);
        b = base + lower[b]! + Number(rows[atB + (inB & ~(inB >> 31))]! > threshold[b]!);
        c = base + lower[c]! + Number(rows[atC + (inC & ~(inC >> 31))]! > threshold[c]!);
        d = base + lower[d]! + Number(rows[atD + (inD & ~(inD >> 31))]! > threshold[d]!);
      }
      scores[row] = scores[row]! + (-1 - dimension[a]! + average[size[a]!]!);
      scores[row + 1] = scores[row + 1]! + (-1 - dimension[b]! + average[size[b]!]!);
      scores[row + 2] = scores[row + 2]! + (-1 - dimension[c]! + average[size[c]!]!);
      scores[row + 3] = scores[row + 3]! + (-1 - dimension[d]! + average[size[d]!]!);
    }
    for (let row = together; row < count; row += 1) scores[row] = scores[row]! + pathOf(forest, tree, rows, row * dimensions);
  }
  const factor = -Math.LN2 / (trees * average[forest.subsample]!);
  for (let row = 0; row < count; row += 1) scores[row] = Math.exp(factor * scores[row]!);
};

/**
 * Score of one row, and to `shares` (one a dimension, overwritten) what each dimension did for it. At a node of m rows
 * the path is expected to go on for c(m); a split into a side of m' rows makes that 1 + c(m'), so the split saved
 * c(m) - 1 - c(m'), which is given to its dimension. Down a path this telescopes: the shares, averaged over the trees,
 * sum to c(subsample) - E[path], the path-length evidence, and score = 2^(sum / c(subsample) - 1).
 */
export const attributeRow = (forest: Forest, row: Float64Array, at: number, shares: Float64Array): number => {
  shares.fill(0);
  const { trees, root, average, size } = forest;
  let paths = 0;
  for (let tree = 0; tree < trees; tree += 1) {
    const base = root[tree]!;
    let node = base;
    let dimension = forest.dimension[node]!;
    while (dimension >= 0) {
      const next = base + forest.lower[node]! + (row[at + dimension]! <= forest.threshold[node]! ? 0 : 1);
      shares[dimension] = shares[dimension]! + average[size[node]!]! - 1 - average[size[next]!]!;
      paths += 1;
      node = next;
      dimension = forest.dimension[node]!;
    }
    paths += average[size[node]!]!;
  }
  for (let d = 0; d < shares.length; d += 1) shares[d] = shares[d]! / trees;
  return Math.exp((-Math.LN2 * paths) / (trees * average[forest.subsample]!));
};
