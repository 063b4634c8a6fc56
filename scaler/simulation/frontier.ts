/** What a policy paid and what it cost its users. */
export interface CostPoint {
  readonly replicaSeconds: number;
  readonly violationSeconds: number;
}

/** Whether `a` is at least as good in both respects and better in one. */
export const dominates = (a: CostPoint, b: CostPoint): boolean =>
  a.replicaSeconds <= b.replicaSeconds &&
  a.violationSeconds <= b.violationSeconds &&
  (a.replicaSeconds < b.replicaSeconds || a.violationSeconds < b.violationSeconds);

/** Turn from a over b to c: negative where b lies above the line from a to c. */
const turn = (a: CostPoint, b: CostPoint, c: CostPoint): number =>
  (b.replicaSeconds - a.replicaSeconds) * (c.violationSeconds - a.violationSeconds) -
  (b.violationSeconds - a.violationSeconds) * (c.replicaSeconds - a.replicaSeconds);

/**
 * The lower convex hull of the points that no other dominates, cheapest first (monotone chain). Convex, not a
 * staircase: between two settings it grants the rival the mix of both, which is the strictest reading.
 */
export const frontierOf = <Point extends CostPoint>(points: readonly Point[]): readonly Point[] => {
  const sorted = points.toSorted((a, b) => a.replicaSeconds - b.replicaSeconds || a.violationSeconds - b.violationSeconds);
  const hull: Point[] = [];
  for (const point of sorted) {
    const last = hull.at(-1);
    if (last !== undefined && point.violationSeconds >= last.violationSeconds) continue;
    while (hull.length >= 2 && turn(hull[hull.length - 2] as Point, hull[hull.length - 1] as Point, point) <= 0) hull.pop();
    hull.push(point);
  }
  return hull;
};

/**
 * Violation of the frontier at a price: linear between its points. Below its cheapest point that point stands in
 * (which favors the frontier), above its dearest one that.
 */
export const violationAtCost = (frontier: readonly CostPoint[], replicaSeconds: number): number => {
  const [first] = frontier;
  if (first === undefined) return Number.NaN;
  let below = first;
  for (const point of frontier) {
    if (point.replicaSeconds > replicaSeconds) {
      const width = point.replicaSeconds - below.replicaSeconds;
      if (width <= 0) return point.violationSeconds;
      const share = (replicaSeconds - below.replicaSeconds) / width;
      return below.violationSeconds + share * (point.violationSeconds - below.violationSeconds);
    }
    below = point;
  }
  return below.violationSeconds;
};
