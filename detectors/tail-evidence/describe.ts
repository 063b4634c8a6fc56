import type { TailEvidence } from './detector.ts';
import { C, CHANNEL_SCALARS, CHANNELS, CHANNELS_AT, S } from './layout.ts';

/** What the value departs from, in the order of RESIDUAL. */
const DEPARTS_FROM = [
  'its running level',
  'what this hour of the day brings',
  'the rows just before',
  'what these hours bring, for many rows in a row',
  'its usual course, for some rows in a row',
] as const;

const MOST_DIGITS = 4;
const LARGEST_SHOWN = 99;

const shown = (value: number): string => {
  const rounded = Number(value.toPrecision(MOST_DIGITS));
  return Math.abs(rounded) >= 1e9 || (rounded !== 0 && Math.abs(rounded) < 1e-4) ? rounded.toExponential() : String(rounded);
};

const strongestOf = (f: Float64Array): number => {
  let strongest = 0;
  for (let channel = 1; channel < CHANNELS; channel += 1) {
    const evidence = (one: number): number => f[CHANNELS_AT + one * CHANNEL_SCALARS + C.evidence] as number;
    if (evidence(channel) > evidence(strongest)) strongest = channel;
  }
  return strongest;
};

const chanceOf = (evidence: number): string => {
  const odds = Math.exp(Math.min(evidence, LARGEST_SHOWN) * Math.LN10);
  return odds < 2 ? 'nothing unusual' : `about 1 in ${shown(Number(odds.toPrecision(2)))}`;
};

/** One sentence for a person: what was expected, what was seen, how sure that is, and why. */
export const describeTailEvidence = ({ scalars: f, pace }: TailEvidence): string => {
  if (f[S.rows] === 0) return 'No value has been seen yet.';
  const seen = f[S.lastValue] as number;
  const strongest = strongestOf(f);
  const from = DEPARTS_FROM[strongest] as string;
  const way = seen >= (f[S.expected] as number) ? 'above' : 'below';
  const asked = pace.openAt + pace.price * (f[S.alerts] as number);
  const state =
    f[S.open] === 1
      ? `an alert is open, its closing level is evidence ${shown(pace.closeAt)}`
      : `an alert opens at evidence ${shown(asked)}`;
  return (
    `Expected ${shown(f[S.expected] as number)} (${shown(f[S.lower] as number)} to ${shown(f[S.upper] as number)}), seen ${shown(seen)}, ${way} it: ` +
    `evidence ${shown(f[S.evidence] as number)} (${chanceOf(f[S.evidence] as number)} by its own history of ${f[S.rows]} rows, ${state}), ` +
    `because it departs most from ${from}.`
  );
};
