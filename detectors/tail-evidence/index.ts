export { TAIL_EVIDENCE, type TailEvidenceConstants, tailEvidenceSchema } from './constants.ts';
export { describeTailEvidence } from './describe.ts';
export {
  createTailEvidence,
  observeValue,
  restoreTailEvidence,
  rowOf,
  snapshotTailEvidence,
  type TailEvidence,
  type TailEvidenceRow,
} from './detector.ts';
export { STATE_BYTES } from './layout.ts';
