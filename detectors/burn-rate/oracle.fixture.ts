/**
 * What the burn-rate detector must say, the slow way: every window is counted anew from all events ever seen, lines are
 * compared as fractions of whole numbers, and the tail of a Beta is integrated numerically.
 */
import { calendarSteps, DAY_MS, HOUR_MS, type TimeScale } from '../../core/time.ts';
import type { BurnRule, BurnStep } from './index.ts';

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** A number as people wrote it. */
const decimal = (text: string): Fraction => {
  const [whole = '0', part = ''] = text.split('.');
  return { over: BigInt(whole + part), under: BigInt(`1${'0'.repeat(part.length)}`) };
};

const lineOf = (factor: number, target: string): Fraction => {
  const f = decimal(String(factor));
  const t = decimal(target);
  return { over: f.over * (t.under - t.over), under: f.under * t.under };
};

const toNumber = ({ over, under }: Fraction): number => Number(over) / Number(under);

interface Counts {
  readonly bad: number;
  readonly total: number;
}

const isAbove = ({ bad, total }: Counts, { over, under }: Fraction): boolean => BigInt(bad) * under > over * BigInt(total);

/** Integral of exp(logDensity) over [from, to] by the double-exponential rule; the density is given t and 1 - t. */
const integrate = (logDensity: (t: number, rest: number) => number, from: number, to: number): number => {
  const half = (to - from) / 2;
  let sum = 0;
  for (let k = -160; k <= 160; k += 1) {
    const s = k * 0.025;
    const u = (Math.PI / 2) * Math.sinh(s);
    const below = (2 * half) / (1 + Math.exp(-2 * u));
    const above = (2 * half) / (1 + Math.exp(2 * u));
    const weight = ((Math.PI / 2) * Math.cosh(s)) / (Math.cosh(u) * Math.cosh(u));
    const density = Math.exp(logDensity(from + below, 1 - to + above));
    if (weight > 0 && Number.isFinite(density)) sum += weight * density;
  }
  return sum * half * 0.025;
};

/** P(X > x) for X ~ Beta(a, b) as the ratio of two integrals of the density: no gamma function, no continued fraction. */
export const integratedBetaTail = (x: number, a: number, b: number): number => {
  const mean = a / (a + b);
  const deviation = Math.sqrt((mean * (1 - mean)) / (a + b + 1));
  const peak = Math.min(1 - 1e-9, Math.max(1e-9, a > 1 && b > 1 ? (a - 1) / (a + b - 2) : mean));
  const density = (t: number, rest: number): number => (a - 1) * Math.log(t / peak) + (b - 1) * Math.log(rest / (1 - peak));
  const cuts = [-12, -6, -3, -1, 0, 1, 3, 6, 12].map((n) => mean + n * deviation).filter((cut) => cut > 0 && cut < 1);
  const edges = [0, ...new Set([...cuts, x].sort((p, q) => p - q)), 1];
  let whole = 0;
  let tail = 0;
  for (let i = 1; i < edges.length; i += 1) {
    const from = edges[i - 1] as number;
    const part = integrate(density, from, edges[i] as number);
    whole += part;
    if (from >= x) tail += part;
  }
  return tail / whole;
};

export interface OracleVerdict {
  readonly plain: boolean;
  readonly firing: boolean;
  readonly basis: 'counted' | 'posterior';
}

export interface BurnOracle {
  observe(step: BurnStep): readonly OracleVerdict[];
}

/** `tail` may be replaced where millions of integrals would take too long. */
export const createBurnOracle = (
  rules: readonly BurnRule[],
  target: string,
  scale: TimeScale,
  tail: (x: number, a: number, b: number) => number = integratedBetaTail,
): BurnOracle => {
  const seen: BurnStep[] = [];
  const before = rules.map(() => false);
  const allowed = toNumber(lineOf(1, target));

  const last = (newest: number, steps: number): Counts => {
    const inside = seen.filter(({ index }) => index > newest - steps);
    return { bad: inside.reduce((sum, s) => sum + s.bad, 0), total: inside.reduce((sum, s) => sum + s.good + s.bad, 0) };
  };
  /** The last `least` events or a few more, in whole steps, as far as the longest window reaches. */
  const lastAtLeast = (newest: number, steps: number, least: number, longest: number): Counts => {
    if (last(newest, steps).total >= least) return last(newest, steps);
    // Only where something was seen can a longer look back hold more.
    const reaches = seen.map(({ index }) => newest - index + 1).filter((reach) => reach > steps && reach <= longest);
    const reach = reaches.reverse().find((length) => last(newest, length).total >= least);
    return last(newest, reach ?? longest);
  };

  return {
    observe(step) {
      seen.push(step);
      const newest = step.index;
      const longest = Math.max(...rules.map((rule) => calendarSteps(rule.longMs, scale)));
      const hour = calendarSteps(HOUR_MS, scale);
      const hours = Math.ceil(calendarSteps(28 * DAY_MS, scale) / hour);
      const past = last(newest, newest - (Math.floor(newest / hour) - hours + 1) * hour + 1);
      return rules.map((rule, i) => {
        const line = lineOf(rule.factor, target);
        const long = last(newest, calendarSteps(rule.longMs, scale));
        const short = last(newest, calendarSteps(rule.shortMs, scale));
        const plain = isAbove(long, line) && isAbove(short, line);
        const counted = toNumber(line) * long.total >= 10;
        let holds: boolean;
        if (counted) holds = isAbove(long, line) && (short.total === 0 ? before[i] === true : isAbove(short, line));
        else {
          const recent = lastAtLeast(newest, calendarSteps(rule.shortMs, scale), 5, longest);
          const certain = (judged: Counts, needed: number): boolean => {
            const older = {
              bad: Math.max(0, past.bad - judged.bad),
              good: Math.max(0, past.total - past.bad - (judged.total - judged.bad)),
            };
            const share = (older.bad + allowed) / (older.bad + older.good + 1);
            const strength = Math.min(3, older.bad + older.good + 1);
            const [a, b] = [share * strength + judged.bad, (1 - share) * strength + judged.total - judged.bad];
            return judged.bad >= 3 && isAbove(judged, line) && tail(toNumber(line), a, b) >= needed;
          };
          const fewer = lastAtLeast(newest, 1, 12, longest);
          holds =
            (certain(long, 0.95) || certain(fewer, long.total > 12 ? 0.99 : 0.95)) &&
            (recent.total === 0 ? before[i] === true : isAbove(recent, line));
        }
        const lastBad = [...seen].reverse().find(({ bad }) => bad > 0)?.endsAt ?? Number.NEGATIVE_INFINITY;
        const patience = Math.max(calendarSteps(DAY_MS, scale), calendarSteps(rule.shortMs, scale)) * scale.stepMs;
        const firing = holds && step.endsAt - lastBad < patience;
        before[i] = firing;
        return { plain, firing, basis: counted ? 'counted' : 'posterior' };
      });
    },
  };
};
