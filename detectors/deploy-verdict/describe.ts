import { MINUTE_MS } from '../../core/time.ts';
import type { DeployEffect, DeployVerdictKind } from './judge.ts';

const NOUNS: Readonly<Record<string, string>> = { duration: 'latency', errors: 'errors', requests: 'requests' };

const signed = (value: number, scale: DeployEffect['scale']): string => {
  const shown = Number((100 * value).toPrecision(2));
  return `${shown >= 0 ? '+' : ''}${shown} ${scale === 'relative' ? '%' : 'points'}`;
};

const effectOf = ({ name, scale, effect, interval }: DeployEffect): string => {
  const within =
    interval === undefined
      ? 'too little is known of what chance does'
      : `${signed(interval.lower, scale)} to ${signed(interval.upper, scale)}`;
  return `${NOUNS[name] ?? name} ${signed(effect, scale)} (${within})`;
};

const WORDS: Readonly<Record<DeployVerdictKind, string>> = {
  better: 'better than expected without it',
  'no-worse': 'no worse than expected without it',
  worse: 'worse than expected without it',
  'not-enough-traffic': 'not enough traffic to tell',
};

const after = (ms: number): string => (ms < 2 * MINUTE_MS ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / MINUTE_MS)} min`);

/** One sentence with the sizes of the effects and their 99 % intervals. */
export const describeVerdict = (kind: DeployVerdictKind, effects: readonly DeployEffect[], passedMs: number, blind: boolean): string => {
  const shown = effects.length === 0 ? 'nothing of it was observed' : effects.map(effectOf).join(', ');
  return `${WORDS[kind]} after ${after(passedMs)}: ${shown}${blind ? '; an alert was open when it began' : ''}`;
};
