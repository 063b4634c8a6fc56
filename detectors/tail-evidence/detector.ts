import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import type { TailEvidenceConstants } from './constants.ts';
import { observeRow } from './kernel.ts';
import { CELLS, RESIDUALS, S, SCALARS, STATE_BYTES } from './layout.ts';
import { type Pace, paceOf } from './pace.ts';

/** What is said of a row. Of a row without a value, what was said of the last one. */
export interface TailEvidenceRow {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** In [0, 1]; ranks the rows of one series. */
  readonly score: number;
  /** -log10 p, averaged over time: comparable between series. */
  readonly evidence: number;
  /** 1 while an alert is open. */
  readonly alert: number;
}

export interface TailEvidence {
  readonly constants: TailEvidenceConstants;
  readonly stepSeconds: number;
  readonly pace: Pace;
  readonly scalars: Float64Array;
  readonly cells: Float32Array;
  readonly residuals: Float64Array;
}

export const TAIL_EVIDENCE_FORMAT = 2;
/** Beyond this seasons would leave the numbers of 32 bits. */
const LARGEST_VALUE = 1e30;
const HEADER_BYTES = 16;

export const createTailEvidence = (constants: TailEvidenceConstants, stepSeconds: number): TailEvidence => {
  if (!(stepSeconds > 0 && stepSeconds < Number.POSITIVE_INFINITY)) throw new RangeError('tail evidence: a step must be longer than 0 s');
  return {
    constants,
    stepSeconds,
    pace: paceOf(constants, stepSeconds),
    scalars: new Float64Array(SCALARS),
    cells: new Float32Array(CELLS),
    residuals: new Float64Array(RESIDUALS),
  };
};

/** Takes one row in; what is no number, or has no time, changes nothing. Allocates nothing. */
export const observeValue = (detector: TailEvidence, atSeconds: number, value: number): void => {
  if (!Number.isFinite(value) || !Number.isFinite(atSeconds)) return;
  const { scalars, cells, residuals, constants, pace } = detector;
  const x = value > LARGEST_VALUE ? LARGEST_VALUE : value < -LARGEST_VALUE ? -LARGEST_VALUE : value;
  observeRow(scalars, cells, residuals, atSeconds, x, constants, pace);
};

export const rowOf = ({ scalars: f }: TailEvidence): TailEvidenceRow => ({
  expected: f[S.expected] as number,
  lower: f[S.lower] as number,
  upper: f[S.upper] as number,
  score: f[S.score] as number,
  evidence: f[S.evidence] as number,
  alert: f[S.open] as number,
});

export type SnapshotFailure = Failure<'SNAPSHOT_UNREADABLE'>;

/** The whole state; continuing from it gives the same bits as never having stopped. */
export const snapshotTailEvidence = (detector: TailEvidence): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES + STATE_BYTES);
  new Uint32Array(bytes.buffer, 0, 2).set([TAIL_EVIDENCE_FORMAT, STATE_BYTES]);
  new Float64Array(bytes.buffer, 8, 1)[0] = detector.stepSeconds;
  new Float64Array(bytes.buffer, HEADER_BYTES, SCALARS).set(detector.scalars);
  new Float32Array(bytes.buffer, HEADER_BYTES + SCALARS * 8, CELLS).set(detector.cells);
  return bytes;
};

export const restoreTailEvidence = (
  bytes: Uint8Array,
  constants: TailEvidenceConstants,
  stepSeconds: number,
): Outcome<TailEvidence, SnapshotFailure> => {
  const unreadable = (why: string): Outcome<TailEvidence, SnapshotFailure> => fail('SNAPSHOT_UNREADABLE', `tail evidence snapshot: ${why}`);
  if (bytes.length !== HEADER_BYTES + STATE_BYTES)
    return unreadable(`${bytes.length} bytes where ${HEADER_BYTES + STATE_BYTES} were written`);
  const copy = bytes.slice();
  const [format] = new Uint32Array(copy.buffer, 0, 1);
  if (format !== TAIL_EVIDENCE_FORMAT) return unreadable(`format ${format} is not ${TAIL_EVIDENCE_FORMAT}`);
  const [step] = new Float64Array(copy.buffer, 8, 1);
  if (step !== stepSeconds) return unreadable(`steps of ${step} s do not continue as steps of ${stepSeconds} s`);
  const detector = createTailEvidence(constants, stepSeconds);
  detector.scalars.set(new Float64Array(copy.buffer, HEADER_BYTES, SCALARS));
  detector.cells.set(new Float32Array(copy.buffer, HEADER_BYTES + SCALARS * 8, CELLS));
  return succeed(detector);
};
