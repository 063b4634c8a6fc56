/** So many silent steps in a row at least, before silence may be a gap. */
const LEAST_STEPS = 8;
/** Requests that were expected meanwhile: a Poisson count of 12 is zero once in 160,000 times. */
const EXPECTED_REQUESTS = 12;
/** Steps whose mean says what to expect. */
const LEVEL_STEPS = 60;

export interface SplitSilence {
  /** What a reader that knows no future hands over: zeros until the silence is no chance any more, then absent. */
  readonly fed: Float64Array;
  /** What may be judged: the whole silence is absent, its beginning too. */
  readonly judged: Float64Array;
}

/** Mean of the same steps on the days before; NaN on the first day. */
const habitOf = (values: Float64Array, at: number, stepsPerDay: number): number => {
  let sum = 0;
  let known = 0;
  for (let back = at - stepsPerDay; back >= 0; back -= stepsPerDay) {
    const value = values[back] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    known += 1;
  }
  return known > 0 ? sum / known : Number.NaN;
};

const levelBefore = (values: Float64Array, at: number): number => {
  let sum = 0;
  let known = 0;
  for (let i = Math.max(0, at - LEVEL_STEPS); i < at; i += 1) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    known += 1;
  }
  return known > 0 ? sum / known : 0;
};

/**
 * Tells a source that was off from a service that nobody called: zeros that go on although both the hour before and
 * the same time of the days before had promised clearly more than none. Values are counts of a step.
 */
export const splitSilence = (values: Float64Array, stepsPerDay: number): SplitSilence => {
  const fed = values.slice();
  const judged = values.slice();
  for (let begin = 0; begin < values.length; begin += 1) {
    if (values[begin] !== 0) continue;
    const level = levelBefore(judged, begin);
    let expected = 0;
    let end = begin;
    let sinceGap = Number.POSITIVE_INFINITY;
    for (; end < values.length && values[end] === 0; end += 1) {
      const habit = habitOf(judged, end, stepsPerDay);
      expected += Number.isNaN(habit) ? level : Math.min(level, habit);
      if (sinceGap === Number.POSITIVE_INFINITY && end - begin + 1 >= LEAST_STEPS && expected > EXPECTED_REQUESTS) sinceGap = end;
    }
    if (sinceGap < end) {
      fed.fill(Number.NaN, sinceGap, end);
      judged.fill(Number.NaN, begin, end);
    }
    begin = end;
  }
  return { fed, judged };
};
