/** Rows for which an alert stays open after the last row above the threshold: the same for every baseline. */
const HELD_ROWS = 3;

export const DEFAULT_THRESHOLD = 6;
export const LEAST_EVIDENCE = 1.5;

/** Thresholds that a baseline is tried at, a fifth apart; the best for it, labels in view, is the one it is shown with. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 32 }, (_, k) => LEAST_EVIDENCE * Math.exp(k * Math.log(1.2)));

export const alertAt = (evidence: Float64Array, threshold: number): Uint8Array => {
  const alert = new Uint8Array(evidence.length);
  let held = 0;
  for (let row = 0; row < evidence.length; row += 1) {
    held = (evidence[row] as number) >= threshold ? HELD_ROWS : Math.max(0, held - 1);
    alert[row] = held > 0 ? 1 : 0;
  }
  return alert;
};
