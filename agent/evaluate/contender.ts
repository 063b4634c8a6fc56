/** One signal as a file holds it: a row a time, in the order of the file. */
export interface UnivariateSeries {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly timestamps: Float64Array;
  /** NaN where absent. */
  readonly values: Float64Array;
  /** 1 in a labeled event. Never shown to a detector. */
  readonly labels?: Uint8Array;
}

/** What a detector says of a signal: one entry a row, each from that row and earlier ones alone. */
export interface UnivariateVerdicts {
  readonly expected: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** In [0, 1]; ranks the rows of one series. */
  readonly score: Float64Array;
  /** Accumulated -log10 p, on which alerts open: comparable between series. */
  readonly evidence: Float64Array;
  /** 1 while an alert is open. */
  readonly alert: Uint8Array;
}

/** The metrics of one service or machine, side by side. */
export interface MultivariateSeries {
  readonly name: string;
  readonly columns: readonly string[];
  readonly timestamps: Float64Array;
  /** A column each, as long as `timestamps`. */
  readonly values: readonly Float64Array[];
  readonly labels?: Uint8Array;
}

export interface MultivariateVerdicts {
  readonly score: Float64Array;
  readonly evidence: Float64Array;
  readonly alert: Uint8Array;
  /** Names a row, most blamed first; empty where no alert is open. */
  readonly top: readonly (readonly string[])[];
  /** For each alert that opens: whether it would not have, had the three metrics blamed most stood where they were expected. */
  readonly undone?: readonly boolean[];
}

export interface UnivariateContender {
  readonly name: string;
  run(series: UnivariateSeries): UnivariateVerdicts;
}

export interface MultivariateContender {
  readonly name: string;
  /** `train` is the time before `test`, taken to be mostly normal; without it the beginning of `test` has to do. */
  run(train: MultivariateSeries | undefined, test: MultivariateSeries): MultivariateVerdicts;
}

const SECONDS_A_MINUTE = 60;

/** The usual distance of two rows: the median of the gaps that go forward. A minute where there is none. */
export const stepSecondsOf = (timestamps: Float64Array): number => {
  const gaps = new Float64Array(Math.max(0, timestamps.length - 1));
  let forward = 0;
  for (let row = 1; row < timestamps.length; row += 1) {
    const gap = (timestamps[row] as number) - (timestamps[row - 1] as number);
    if (gap > 0) {
      gaps[forward] = gap;
      forward += 1;
    }
  }
  return forward === 0 ? SECONDS_A_MINUTE : (gaps.subarray(0, forward).sort()[forward >> 1] as number);
};
