/** Whether replicas were there before the load was: judged from what was seen each half second, without a clock. */

/** The Deployment as the API server tells it. */
export interface Sight {
  readonly at: number;
  readonly ordered: number;
  readonly ready: number;
}

/** The first time that so many replicas were called for. Absent: it did not come to that. */
export interface Rise {
  readonly replicas: number;
  readonly orderedAt: number | undefined;
  readonly readyAt: number | undefined;
  readonly neededAt: number;
}

export interface Load {
  readonly startedAt: number;
  /** Payments due in each second since then. */
  readonly offered: readonly number[];
  /** What one replica carries within the objective. */
  readonly perReplica: number;
}

const SECOND_MS = 1_000;
/** Seconds to either side over which arrivals are averaged: single seconds of a Poisson process are noise. */
const AROUND = 2;

const smoothed = (offered: readonly number[]): readonly number[] =>
  offered.map((_, second) => {
    const around = offered.slice(Math.max(0, second - AROUND), second + AROUND + 1);
    return around.reduce((sum, value) => sum + value, 0) / around.length;
  });

/** One entry for each number of replicas above `before` that the load called for, in order. */
export const risesOf = ({ startedAt, offered, perReplica }: Load, sights: readonly Sight[], before: number): readonly Rise[] => {
  const needed = smoothed(offered).map((load) => Math.ceil(load / perReplica));
  const most = needed.reduce((highest, replicas) => Math.max(highest, replicas), before);
  return Array.from({ length: most - before }, (_, index) => {
    const replicas = before + index + 1;
    return {
      replicas,
      orderedAt: sights.find(({ ordered }) => ordered >= replicas)?.at,
      readyAt: sights.find(({ ready }) => ready >= replicas)?.at,
      neededAt: startedAt + needed.findIndex((least) => least >= replicas) * SECOND_MS,
    };
  });
};

/** Seconds in which the Ready replicas could not carry the load; what nobody looked at does not count as carried. */
export const secondsShort = ({ startedAt, offered, perReplica }: Load, sights: readonly Sight[]): number =>
  smoothed(offered).filter((load, second) => {
    const seen = sights.findLast(({ at }) => at <= startedAt + second * SECOND_MS);
    return seen === undefined || seen.ready * perReplica < load;
  }).length;

/** From being Ready to being needed; negative when it came too late, absent when it never came. */
export const headStartSeconds = ({ readyAt, neededAt }: Rise): number | undefined =>
  readyAt === undefined ? undefined : (neededAt - readyAt) / SECOND_MS;
