/** One measured claim. A bench file exports `run`; `npm run bench` runs them all and prints ours beside the rival. */
export interface MeasuredRow {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The rival measured in the same run; undefined where the claim has none. */
  readonly rival?: { readonly name: string; readonly value: number };
  /** The claim, in words, for example ">= 8x protobufjs". */
  readonly target: string;
  readonly met: boolean;
}

/** A claim that this machine cannot measure, and what is missing for it. */
export interface SkippedRow {
  readonly name: string;
  readonly skipped: string;
}

export type BenchRow = MeasuredRow | SkippedRow;
