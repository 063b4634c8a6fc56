import type { TailEvidenceConstants } from '../constants.ts';
import { S } from '../layout.ts';
import type { Pace } from '../pace.ts';

const open = (f: Float64Array, at: number, evidence: number): void => {
  f[S.open] = 1;
  f[S.alerts] = (f[S.alerts] as number) + 1;
  f[S.calm] = 0;
  f[S.freshAt] = at;
  f[S.freshPeak] = evidence;
};

/** An alert ends after calm rows, and also where nothing new has been seen for long: it would hide what comes next. */
const holdOrClose = (f: Float64Array, at: number, evidence: number, c: TailEvidenceConstants, pace: Pace): void => {
  f[S.calm] = evidence < pace.closeAt ? (f[S.calm] as number) + 1 : 0;
  if (evidence > (f[S.freshPeak] as number) + c.freshEvidence) {
    f[S.freshPeak] = evidence;
    f[S.freshAt] = at;
  }
  if ((f[S.calm] as number) >= c.calmRows || Math.abs(at - (f[S.freshAt] as number)) > pace.staleSeconds) f[S.open] = 0;
};

/**
 * Averages the evidence of rows over time. Every alert makes the next one of the series dearer, and it has to surpass
 * the last one: a series that cries often has to say more, and nobody is told twice of the same.
 */
export const accumulate = (f: Float64Array, at: number, row: number, c: TailEvidenceConstants, pace: Pace): void => {
  const evidence = (f[S.brief] as number) + pace.briefGain * (row - (f[S.brief] as number));
  f[S.brief] = evidence;
  f[S.evidence] = evidence;
  f[S.peak] = (f[S.peak] as number) * pace.peakFading;
  f[S.alerts] = (f[S.alerts] as number) * pace.alertFading;
  if (f[S.open] === 0) {
    const asked = Math.max(pace.openAt + pace.price * (f[S.alerts] as number), c.peakFactor * (f[S.peak] as number));
    if (evidence >= asked) open(f, at, evidence);
  } else holdOrClose(f, at, evidence, c, pace);
  if (f[S.open] === 1 && evidence > (f[S.peak] as number)) f[S.peak] = evidence;
};
