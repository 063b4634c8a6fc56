/** One measured claim. A bench file exports `run`; `npm run bench` runs them all and prints ours beside the rival. */
export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The rival measured in the same run; undefined where the claim has none. */
  readonly rival?: { readonly name: string; readonly value: number };
  /** The claim, in words, for example ">= 8x protobufjs". */
  readonly target: string;
  readonly met: boolean;
}
