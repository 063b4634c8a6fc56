import { HEALTH_CONSTANTS as C } from './constants.ts';
import { type Distrust, expectedBeyond, type WindowTally } from './judge.ts';

const times = (count: number, steps: number, evidence: number): string =>
  `${Number((count / expectedBeyond(steps, evidence)).toPrecision(2))} times as often as it says`;

/** What the verdict rests on, with the numbers in it. */
export const describeDistrust = (reason: Distrust, tally: WindowTally): string => {
  switch (reason) {
    case 'odd-by-habit':
      return `its alerts touched ${tally.touched} of the last ${C.periods} eighths of a day, and opened anew in ${tally.opened}`;
    case 'too-often-beyond-limits':
      return `of ${tally.steps} steps outside alerts ${tally.near} runs were beyond its limit of 1 in 100, ${times(tally.near, tally.steps, C.nearEvidence)}, and ${tally.far} beyond that of 1 in 1,000, ${times(tally.far, tally.steps, C.farEvidence)}`;
    case 'beside-its-expectation': {
      const side = tally.above >= tally.below ? 'above' : 'below';
      return `${Math.max(tally.above, tally.below)} of ${tally.periods} eighths of a day lay ${side} what it expected`;
    }
  }
};

export const describeInputs = (drift: number): string =>
  drift > 0
    ? `for two days more than ${C.inputFactor} times what it was a week before`
    : `for two days less than ${Number((1 / C.inputFactor).toPrecision(2))} times what it was a week before`;
