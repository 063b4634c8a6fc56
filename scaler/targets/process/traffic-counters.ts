/** One second of traffic through the proxy. */
export interface TrafficSecond {
  /** Start of the second, milliseconds since the epoch. */
  readonly at: number;
  readonly arrivals: number;
  readonly completions: number;
  /** Answers with status 500 and above, from replicas and from the proxy itself. */
  readonly serverErrors: number;
  /** Of those, 503 from the proxy because no replica was ready. */
  readonly unavailable: number;
  readonly retries: number;
}

export type TrafficEvent = Exclude<keyof TrafficSecond, 'at'>;

export interface TrafficCounters {
  count(event: TrafficEvent, now: number): void;
  /** The last seconds, oldest first, without the one that still runs. Seconds without traffic are zeros: the proxy was there and saw none. */
  seconds(now: number): readonly TrafficSecond[];
  totals(): Omit<TrafficSecond, 'at'>;
}

const empty = (): Record<TrafficEvent, number> => ({ arrivals: 0, completions: 0, serverErrors: 0, unavailable: 0, retries: 0 });

/** Counts per wall-clock second over the last `span` seconds. */
export const createTrafficCounters = (startedAt: number, span = 300): TrafficCounters => {
  const bySecond = new Map<number, Record<TrafficEvent, number>>();
  const totals = empty();
  const firstSecond = Math.floor(startedAt / 1_000);
  const expire = (second: number): void => {
    for (const known of bySecond.keys()) {
      if (known > second - span - 1) return;
      bySecond.delete(known);
    }
  };
  return {
    count(event, now) {
      const second = Math.floor(now / 1_000);
      let counts = bySecond.get(second);
      if (counts === undefined) {
        counts = empty();
        bySecond.set(second, counts);
        expire(second);
      }
      counts[event] += 1;
      totals[event] += 1;
    },
    seconds(now) {
      const current = Math.floor(now / 1_000);
      const seconds: TrafficSecond[] = [];
      for (let second = Math.max(firstSecond, current - span); second < current; second += 1) {
        seconds.push({ at: second * 1_000, ...(bySecond.get(second) ?? empty()) });
      }
      return seconds;
    },
    totals: () => ({ ...totals }),
  };
};
