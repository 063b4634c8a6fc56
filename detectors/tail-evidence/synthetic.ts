import { gaussian, seededRandom } from '../../core/random.ts';
import { createTailEvidence, observeValue, rowOf, TAIL_EVIDENCE, type TailEvidence, type TailEvidenceRow } from './index.ts';

export const DAY = 86_400;
/** Midnight UTC of a Monday. */
export const MONDAY = 1_600_041_600;

/** The value of a row, by seconds since the beginning and by its number. */
export type Course = (seconds: number, row: number) => number;

/** What a detector says of a drawn course, row by row, and when its alerts opened. For tests. */
export const lived = (
  stepSeconds: number,
  days: number,
  course: Course,
  detector: TailEvidence = createTailEvidence(TAIL_EVIDENCE, stepSeconds),
) => {
  const rows: TailEvidenceRow[] = [];
  for (let row = 0; row * stepSeconds < days * DAY; row += 1) {
    observeValue(detector, MONDAY + row * stepSeconds, course(row * stepSeconds, row));
    rows.push(rowOf(detector));
  }
  const opened = rows.flatMap(({ alert }, row) => (alert === 1 && rows[row - 1]?.alert !== 1 ? [row * stepSeconds] : []));
  const openWithin = (from: number, until: number): boolean =>
    rows.some(({ alert }, row) => alert === 1 && row * stepSeconds >= from && row * stepSeconds < until);
  return { detector, rows, opened, openWithin };
};

export const noisy = (seed: number, level: Course, share: number): Course => {
  const random = seededRandom(seed);
  return (seconds, row) => level(seconds, row) * (1 + share * gaussian(random));
};

export const daily =
  (low: number, high: number): Course =>
  (seconds) =>
    (low + high) / 2 + ((high - low) / 2) * Math.sin((2 * Math.PI * seconds) / DAY);
