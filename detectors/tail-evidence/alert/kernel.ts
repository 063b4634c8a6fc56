import type { TailEvidenceConstants } from '../constants.ts';
import { S } from '../layout.ts';
import type { Pace } from '../pace.ts';

/** How far a series that has been told of so often is believed to do such things by habit: even odds after `habitAlerts`. */
export const habitOf = (f: Float64Array, c: TailEvidenceConstants): number =>
  (f[S.told] as number) / ((f[S.told] as number) + c.habitAlerts);

const open = (f: Float64Array, at: number, evidence: number, asked: number): void => {
  f[S.open] = 1;
  f[S.told] = (f[S.told] as number) + 1;
  f[S.alerts] = (f[S.alerts] as number) + 1;
  f[S.noise] = 1;
  f[S.asked] = asked;
  f[S.calm] = 0;
  f[S.freshAt] = at;
  f[S.freshPeak] = evidence;
};

/**
 * An alert counts among those that make the next one dearer as far as it was no harm: evidence of one more than was
 * asked is a tenth as likely to be noise, and what a series does by habit is none of harm however strong it is.
 */
const countAsNoise = (f: Float64Array, evidence: number, c: TailEvidenceConstants): void => {
  const habit = habitOf(f, c);
  const chance = Math.exp(-Math.LN10 * Math.max(0, evidence - (f[S.asked] as number)));
  const noise = Math.min(f[S.noise] as number, habit + (1 - habit) * chance);
  f[S.alerts] = Math.max(0, (f[S.alerts] as number) + noise - (f[S.noise] as number));
  f[S.noise] = noise;
};

/** An alert ends after calm rows, and also where nothing new has been seen for long: it would hide what comes next. */
const holdOrClose = (f: Float64Array, at: number, evidence: number, c: TailEvidenceConstants, pace: Pace): void => {
  f[S.calm] = evidence < pace.closeAt ? (f[S.calm] as number) + 1 : 0;
  if (evidence > (f[S.freshPeak] as number) + c.freshEvidence) {
    f[S.freshPeak] = evidence;
    f[S.freshAt] = at;
  }
  countAsNoise(f, evidence, c);
  if ((f[S.calm] as number) >= c.calmRows || Math.abs(at - (f[S.freshAt] as number)) > pace.staleSeconds) f[S.open] = 0;
};

/**
 * Averages the evidence of rows over time. Alerts that were no harm make the next one of the series dearer, and within
 * hours one has to surpass the last: a series that cries often has to say more, and nobody is told twice of the same.
 */
export const accumulate = (f: Float64Array, at: number, row: number, c: TailEvidenceConstants, pace: Pace): void => {
  const evidence = (f[S.brief] as number) + pace.briefGain * (row - (f[S.brief] as number));
  f[S.brief] = evidence;
  f[S.evidence] = evidence;
  f[S.peak] = (f[S.peak] as number) * pace.peakFading;
  f[S.alerts] = (f[S.alerts] as number) * pace.alertFading;
  f[S.told] = (f[S.told] as number) * pace.alertFading;
  if (f[S.open] === 0) {
    const asked = Math.max(pace.openAt + pace.price * (f[S.alerts] as number), c.peakFactor * (f[S.peak] as number));
    if (evidence >= asked) open(f, at, evidence, asked);
  } else holdOrClose(f, at, evidence, c, pace);
  if (f[S.open] === 1 && evidence > (f[S.peak] as number)) f[S.peak] = evidence;
};
