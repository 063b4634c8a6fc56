import { HOUR_MS, type Instant } from '../../core/time.ts';
import type { HourlySeries, Ledger } from './ledger.ts';
import { IDLE_SERVICE } from './ledger.ts';
import type { Month } from './month.ts';

export interface Gap {
  readonly service: string;
  readonly from: Instant;
  readonly hours: number;
}

export interface ServiceCoverage {
  readonly service: string;
  readonly expectedHours: number;
  readonly coveredHours: number;
}

export interface DataQuality {
  readonly expectedHours: number;
  readonly coveredHours: number;
  readonly services: readonly ServiceCoverage[];
  /** The longest first. */
  readonly gaps: readonly Gap[];
  /** What the missing hours would have cost, from the same hours of other days: an estimate, and no part of what was spent. */
  readonly estimatedGapCost: number;
}

/** A service without a row for longer than this before the newest data has ended; it has no gap. */
const ENDED_HOURS = 24;

const firstKnown = ({ covered }: HourlySeries, from: number): number => covered.findIndex((share, hour) => hour >= from && share > 0);

/** What an hour without data probably cost: the mean of the same hour on other days, else of all hours. */
const typicalCost = (series: HourlySeries, from: number, until: number): ((hour: number) => number) => {
  const sums = new Float64Array(25);
  const counts = new Float64Array(25);
  for (let hour = from; hour < until; hour += 1) {
    const cost = series.cost[hour] as number;
    const share = series.covered[hour] as number;
    if (Number.isNaN(cost) || share <= 0) continue;
    for (const slot of [hour % 24, 24]) {
      sums[slot] = (sums[slot] as number) + cost / share;
      counts[slot] = (counts[slot] as number) + 1;
    }
  }
  const mean = (slot: number): number => ((counts[slot] as number) > 0 ? (sums[slot] as number) / (counts[slot] as number) : Number.NaN);
  return (hour) => {
    const same = mean(hour % 24);
    return Number.isNaN(same) ? mean(24) : same;
  };
};

interface Judged {
  readonly coverage: ServiceCoverage;
  readonly gaps: readonly Gap[];
  readonly estimated: number;
}

const judge = (series: HourlySeries, ledger: Ledger, begin: number, end: number): Judged => {
  const { service, covered } = series;
  const typical = typicalCost(series, begin, end);
  const gaps: Gap[] = [];
  let coveredHours = 0;
  let estimated = 0;
  let length = 0;
  for (let hour = begin; hour < end; hour += 1) {
    const share = Math.min(1, covered[hour] as number);
    coveredHours += share;
    if (share < 1) estimated += (1 - share) * (typical(hour) || 0);
    if (share === 0) length += 1;
    if (length > 0 && (share > 0 || hour === end - 1)) {
      const last = share > 0 ? hour : hour + 1;
      gaps.push({ service, from: ledger.from + (last - length) * HOUR_MS, hours: length });
      length = 0;
    }
  }
  return { coverage: { service, expectedHours: end - begin, coveredHours }, gaps, estimated };
};

/** Which hours of the month are there, which are missing, and what the missing ones might have cost. */
export const judgeQuality = (ledger: Ledger, month: Month): DataQuality => {
  const monthBegin = Math.round((month.from - ledger.from) / HOUR_MS);
  const monthEnd = Math.ceil((Math.min(ledger.asOf, month.until) - ledger.from) / HOUR_MS);
  const all = [...ledger.series.values()].filter(({ service }) => service !== IDLE_SERVICE);
  const firstOfAll = Math.min(...all.map((series) => firstKnown(series, 0)).filter((hour) => hour >= 0));
  const judged = all.flatMap((series): readonly Judged[] => {
    const first = firstKnown(series, 0);
    const last = series.covered.findLastIndex((share) => share > 0);
    if (first < 0 || last < monthBegin) return [];
    // Who was there when the data begins was there before it, too.
    const begin = first <= firstOfAll + ENDED_HOURS ? monthBegin : Math.max(monthBegin, first);
    const end = last + 1 + ENDED_HOURS < monthEnd ? last + 1 : monthEnd;
    return [judge(series, ledger, begin, end)];
  });
  const sum = (pick: (one: Judged) => number): number => judged.reduce((total, one) => total + pick(one), 0);
  return {
    expectedHours: sum(({ coverage }) => coverage.expectedHours),
    coveredHours: sum(({ coverage }) => coverage.coveredHours),
    services: judged.map(({ coverage }) => coverage),
    gaps: judged.flatMap(({ gaps }) => gaps).sort((a, b) => b.hours - a.hours || a.from - b.from),
    estimatedGapCost: sum(({ estimated }) => estimated),
  };
};
