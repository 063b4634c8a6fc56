import { NAB_PROFILES, type NabProfile, type NabRows, nabScore } from './nab.ts';

/** The rows of one series that count, by falling score, and what each changes when the threshold passes it. */
export interface NabSteps {
  readonly score: Float64Array;
  readonly earned: Float64Array;
  readonly lost: Float64Array;
  readonly hits: Uint8Array;
  readonly windows: number;
}

/** Every row at or above a threshold is a detection, as NAB itself reads the scores of a detector. */
export const nabSteps = (nab: NabRows, score: Float64Array): NabSteps => {
  const count = Math.max(0, score.length - nab.probation);
  const order = Uint32Array.from({ length: count }, (_, place) => place + nab.probation);
  order.sort((one, other) => (score[other] as number) - (score[one] as number) || one - other);
  const steps = {
    score: new Float64Array(count),
    earned: new Float64Array(count),
    lost: new Float64Array(count),
    hits: new Uint8Array(count),
    windows: nab.windows,
  };
  const best = new Map<number, number>();
  for (let place = 0; place < count; place += 1) {
    const row = order[place] as number;
    const window = nab.window[row] as number;
    const worth = nab.worth[row] as number;
    steps.score[place] = score[row] as number;
    if (window < 0) steps.lost[place] = worth;
    else {
      const before = best.get(window);
      steps.hits[place] = before === undefined ? 1 : 0;
      steps.earned[place] = Math.max(0, worth - (before ?? 0));
      best.set(window, Math.max(worth, before ?? 0));
    }
  }
  return steps;
};

export interface NabBest {
  readonly profile: NabProfile['name'];
  readonly score: number;
  /** Infinity where saying nothing at all is best. */
  readonly threshold: number;
}

/** The best that one threshold for all series reaches, a profile each. */
export const nabBestThreshold = (series: readonly NabSteps[]): readonly NabBest[] => {
  const total = series.reduce((sum, { score }) => sum + score.length, 0);
  const windows = series.reduce((sum, one) => sum + one.windows, 0);
  const all = new Float64Array(total);
  const earnedBy = new Float64Array(total);
  const lostBy = new Float64Array(total);
  const hitsBy = new Uint8Array(total);
  let filled = 0;
  for (const { score, earned, lost, hits } of series) {
    all.set(score, filled);
    earnedBy.set(earned, filled);
    lostBy.set(lost, filled);
    hitsBy.set(hits, filled);
    filled += score.length;
  }
  const order = Uint32Array.from({ length: total }, (_, place) => place).sort((a, b) => (all[b] as number) - (all[a] as number));
  const best = NAB_PROFILES.map((profile) => ({ profile: profile.name, score: 0, threshold: Number.POSITIVE_INFINITY }));
  const tally = { windows, hits: 0, earned: 0, falseAlarms: 0, lost: 0, scoredRows: total };
  for (let place = 0; place < total; place += 1) {
    const row = order[place] as number;
    tally.earned += earnedBy[row] as number;
    tally.lost += lostBy[row] as number;
    tally.hits += hitsBy[row] as number;
    const threshold = all[row] as number;
    if (all[order[place + 1] ?? -1] === threshold) continue;
    for (const [which, profile] of NAB_PROFILES.entries()) {
      const score = nabScore(tally, profile);
      const held = best[which] as (typeof best)[number];
      if (score > held.score) best[which] = { ...held, score, threshold };
    }
  }
  return best;
};
