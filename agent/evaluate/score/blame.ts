/** Whether the metrics named at the opening of an alarm are those blamed by whoever labeled the event. */
export interface BlameScore {
  readonly judged: number;
  /** Sum over judged events of the share right among the first three named (fewer where fewer are blamed). */
  readonly precisionAt3: number;
  readonly firstRight: number;
}

const NAMED = 3;

export const scoreBlame = (named: readonly string[], blamed: readonly string[]): BlameScore => {
  if (blamed.length === 0) return { judged: 0, precisionAt3: 0, firstRight: 0 };
  const right = new Set(blamed);
  const asked = Math.min(NAMED, right.size);
  const hits = named.slice(0, asked).filter((name) => right.has(name)).length;
  return { judged: 1, precisionAt3: hits / asked, firstRight: named[0] !== undefined && right.has(named[0]) ? 1 : 0 };
};

export const addBlame = (scores: readonly BlameScore[]): BlameScore =>
  scores.reduce(
    (sum, one) => ({
      judged: sum.judged + one.judged,
      precisionAt3: sum.precisionAt3 + one.precisionAt3,
      firstRight: sum.firstRight + one.firstRight,
    }),
    { judged: 0, precisionAt3: 0, firstRight: 0 },
  );
