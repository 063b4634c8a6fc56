import { quantile } from '../../core/math.ts';
import { DEPLOY_CONSTANTS as C } from './constants.ts';
import type { QuietWindow, Window } from './state.ts';

export type DeployVerdictKind = 'better' | 'no-worse' | 'worse' | 'not-enough-traffic';

/** What a change did to one signal of its service, beside what had been expected without it. */
export interface DeployEffect {
  /** 'requests', 'errors' or 'duration'. */
  readonly name: string;
  /** Whether `effect` is a part of the expected value or a difference of shares. */
  readonly scale: 'relative' | 'points';
  readonly effect: number;
  /** Left out where too few windows without a change are known, 99 % of which would lie as near. */
  readonly interval?: { readonly lower: number; readonly upper: number };
  readonly verdict: DeployVerdictKind;
}

/** Student's quantile from the normal one (Cornish-Fisher; Abramowitz and Stegun 26.7.5). */
const studentQuantile = (z: number, freedom: number): number => {
  const z3 = z * z * z;
  return z + (z3 + z) / (4 * freedom) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * freedom * freedom);
};

/** Center of quiet windows, and how far 99 % of new ones would lie from it. */
const chanceOf = (quiet: readonly QuietWindow[], window: Window): { readonly center: number; readonly reach: number } | undefined => {
  if (quiet.length < C.leastQuietWindows) return undefined;
  const departures = quiet.map(({ departure }) => departure);
  const center = quantile(departures, 0.5);
  const usual =
    1.4826 *
    quantile(
      departures.map((departure) => Math.abs(departure - center)),
      0.5,
    );
  const square = departures.reduce((sum, departure) => {
    const away = Math.min(Math.abs(departure - center), C.quietClip * usual);
    return sum + away * away;
  }, 0);
  const n = quiet.length;
  const weight = quiet.reduce((sum, { weight: own }) => sum + own, 0) / n;
  // A window of the night has fewer events than those of the day, and is as much noisier.
  const spread = Math.max(usual, Math.sqrt(square / (n - 1))) * Math.sqrt(Math.max(1, weight / window.weight));
  return { center, reach: studentQuantile(C.normalQuantile, n - 1) * spread * Math.sqrt(1 + 1 / n) };
};

/** Chance of a share of few events, whatever the quiet windows say (Agresti and Coull's two events more of each kind). */
const binomialReach = (window: Window): number => {
  const events = window.weight + 4;
  const share = (window.seen + 2) / events;
  return C.normalQuantile * Math.sqrt((share * (1 - share)) / events);
};

interface Measure {
  readonly scale: DeployEffect['scale'];
  /** 1 where a rise is harm, -1 where a fall is. */
  readonly harm: 1 | -1;
  readonly least: number;
  readonly most: number;
  /** Whether the other direction is an improvement. */
  readonly improves: boolean;
  effectOf(departure: number, expected: number): number;
}

const MEASURES: Readonly<Record<string, Measure>> = {
  duration: {
    scale: 'relative',
    harm: 1,
    least: C.leastLatency,
    most: C.harmLatency,
    improves: true,
    effectOf: (departure) => Math.exp(departure) - 1,
  },
  errors: { scale: 'points', harm: 1, least: C.leastErrors, most: C.harmErrors, improves: true, effectOf: (departure) => departure },
  requests: {
    scale: 'relative',
    harm: -1,
    least: C.leastTraffic,
    most: C.harmTraffic,
    improves: false,
    // Rates are watched as square roots.
    effectOf: (departure, expected) => {
      const root = Math.max(0, expected + departure) / Math.max(1e-9, expected);
      return root * root - 1;
    },
  },
};

export const JUDGED_SIGNALS: readonly string[] = Object.keys(MEASURES);

const judgedOf = (measure: Measure, effect: number, lower: number, upper: number): DeployVerdictKind => {
  const harm = measure.harm * effect;
  const [least, most] = measure.harm === 1 ? [lower, upper] : [-upper, -lower];
  if (least > 0 && harm >= measure.least) return 'worse';
  if (measure.improves && most < 0 && harm <= -measure.least) return 'better';
  return most < measure.most ? 'no-worse' : 'not-enough-traffic';
};

/** `blind` when nothing can be said of it: an alert was open when the change began. */
export const judgeSignal = (name: string, window: Window, quiet: readonly QuietWindow[], blind: boolean): DeployEffect | undefined => {
  const measure = MEASURES[name];
  if (measure === undefined || !(window.weight > 0)) return undefined;
  const expected = window.expected / window.weight;
  const chance = chanceOf(quiet, window);
  const departure = window.departures / window.weight - (chance?.center ?? 0);
  const effect = measure.effectOf(departure, expected);
  if (chance === undefined || blind) return { name, scale: measure.scale, effect, verdict: 'not-enough-traffic' };
  const reach = Math.max(chance.reach, name === 'errors' ? binomialReach(window) : 0);
  const [lower, upper] = [measure.effectOf(departure - reach, expected), measure.effectOf(departure + reach, expected)];
  return { name, scale: measure.scale, effect, interval: { lower, upper }, verdict: judgedOf(measure, effect, lower, upper) };
};

/** Worse when any signal is; traffic alone decides nothing else, since it mostly is somebody else's doing. */
export const verdictOf = (effects: readonly DeployEffect[]): DeployVerdictKind => {
  if (effects.some(({ verdict }) => verdict === 'worse')) return 'worse';
  const felt = effects.filter(({ name }) => name !== 'requests');
  if (felt.length === 0 || felt.some(({ verdict }) => verdict === 'not-enough-traffic')) return 'not-enough-traffic';
  return felt.some(({ verdict }) => verdict === 'better') ? 'better' : 'no-worse';
};
