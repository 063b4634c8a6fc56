/** How well times to a breach are told: on ramps what the interval covers and how early, without ramps how often for nothing. */
import { quantile } from '../../core/math.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { createTimeToBreach, observeBreach } from './index.ts';
import { CALM_KINDS, type CalmKind, createCalm, createRamp, MINUTES_A_DAY, RAMP_KINDS, type Ramp, type RampKind } from './ramps.ts';

const LEAD_MS = HOUR_MS;

export interface RampResult {
  readonly kind: RampKind;
  readonly lengthMinutes: number;
  /** Minutes before the breach at which it was first told; NaN when it was not. */
  readonly leadMinutes: number;
  /** Of the first telling: 'early' when the breach came before q10. */
  readonly verdict: 'covered' | 'early' | 'late' | 'not-told';
  /** Shares of all told forecasts of this ramp. */
  readonly covered: number;
  readonly early: number;
  /** Minutes between the told median and the truth, at the first telling. */
  readonly medianError: number;
  readonly falseBefore: number;
  readonly quietWeeks: number;
}

const stateOf = () => createTimeToBreach({ stepMs: MINUTE_MS, dayLengthMs: DAY_MS, leadMs: LEAD_MS });

export const runRamp = (ramp: Ramp): RampResult => {
  const state = stateOf();
  let falseBefore = 0;
  let wasFiring = false;
  let told = 0;
  let covered = 0;
  let early = 0;
  let first: Pick<RampResult, 'leadMinutes' | 'verdict' | 'medianError'> = {
    leadMinutes: Number.NaN,
    verdict: 'not-told',
    medianError: Number.NaN,
  };
  let newest = Number.NaN;
  for (let minute = 0; minute < ramp.breachesAt; minute += 1) {
    const seen = observeBreach(state, { index: minute, endsAt: (minute + 1) * MINUTE_MS, value: ramp.values[minute] as number, bound: 1 });
    if (seen === undefined || seen.at === newest) continue;
    newest = seen.at;
    if (seen.firing && !wasFiring && minute < ramp.beginsAt) falseBefore += 1;
    wasFiring = seen.firing;
    if (!seen.firing || minute < ramp.beginsAt) continue;
    const truth = (ramp.breachesAt + 1) * MINUTE_MS - seen.at;
    const verdict = truth < seen.q10 ? 'early' : truth > seen.q90 ? 'late' : 'covered';
    if (told === 0) first = { leadMinutes: truth / MINUTE_MS, verdict, medianError: (seen.q50 - truth) / MINUTE_MS };
    told += 1;
    if (verdict === 'covered') covered += 1;
    if (verdict === 'early') early += 1;
  }
  const { kind, lengthMinutes, beginsAt } = ramp;
  return {
    kind,
    lengthMinutes,
    ...first,
    covered: covered / told,
    early: early / told,
    falseBefore,
    quietWeeks: beginsAt / (7 * MINUTES_A_DAY),
  };
};

/** False warnings of one calm series. */
export const runCalm = (values: Float64Array): number => {
  const state = stateOf();
  let warnings = 0;
  let wasFiring = false;
  values.forEach((value, minute) => {
    const firing = observeBreach(state, { index: minute, endsAt: (minute + 1) * MINUTE_MS, value, bound: 1 })?.firing === true;
    if (firing && !wasFiring) warnings += 1;
    wasFiring = firing;
  });
  return warnings;
};

export interface BreachEvaluation {
  readonly ramps: readonly RampResult[];
  readonly calm: readonly { readonly kind: CalmKind; readonly weeks: number; readonly warnings: number }[];
}

export const evaluateBreach = (options: {
  readonly seed: number;
  readonly rampsPerKind: number;
  readonly calmPerKind: number;
  readonly calmDays: number;
}): BreachEvaluation => {
  const { seed, rampsPerKind, calmPerKind, calmDays } = options;
  const each = <Kind>(kinds: readonly Kind[], count: number): readonly (readonly [Kind, number])[] =>
    kinds.flatMap((kind, k) => Array.from({ length: count }, (_, i) => [kind, seed + 1_000 * k + i] as const));
  return {
    ramps: each(RAMP_KINDS, rampsPerKind).map(([kind, at]) => runRamp(createRamp(kind, at))),
    calm: CALM_KINDS.map((kind, k) => {
      const starts = Array.from({ length: calmPerKind }, (_, i) => seed + 500_000 + 1_000 * k + i);
      const warnings = starts.reduce((sum, at) => sum + runCalm(createCalm(kind, at, calmDays)), 0);
      return { kind, weeks: (calmPerKind * calmDays) / 7, warnings };
    }),
  };
};

export interface RampSummary {
  readonly ramps: number;
  readonly told: number;
  readonly tenMinutes: number;
  readonly lead: number;
  readonly coverage: number;
  readonly early: number;
  readonly late: number;
  readonly coverageAll: number;
}

export const summarizeRamps = (results: readonly RampResult[]): RampSummary => {
  const told = results.filter(({ verdict }) => verdict !== 'not-told');
  const share = (verdict: RampResult['verdict']): number => told.filter((result) => result.verdict === verdict).length / told.length;
  return {
    ramps: results.length,
    told: told.length / results.length,
    tenMinutes: results.filter(({ leadMinutes }) => leadMinutes >= 10).length / results.length,
    lead: quantile(
      told.map(({ leadMinutes }) => leadMinutes),
      0.5,
    ),
    coverage: share('covered'),
    early: share('early'),
    late: share('late'),
    coverageAll: told.reduce((sum, { covered }) => sum + covered, 0) / told.length,
  };
};
