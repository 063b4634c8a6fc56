import {
  createTailEvidence,
  observeValue,
  rowOf,
  TAIL_EVIDENCE,
  type TailEvidenceConstants,
} from '../../../detectors/tail-evidence/index.ts';
import { stepSecondsOf, type UnivariateContender, type UnivariateSeries, type UnivariateVerdicts } from '../contender.ts';
import { blankVerdicts, repeatRow } from './verdicts.ts';

const runTailEvidence = (series: UnivariateSeries, constants: TailEvidenceConstants): UnivariateVerdicts => {
  const detector = createTailEvidence(constants, stepSecondsOf(series.timestamps));
  const verdicts = blankVerdicts(series.values.length);
  for (const [row, value] of series.values.entries()) {
    if (!Number.isFinite(value)) {
      repeatRow(verdicts, row);
      continue;
    }
    observeValue(detector, series.timestamps[row] as number, value);
    const said = rowOf(detector);
    verdicts.expected[row] = said.expected;
    verdicts.lower[row] = said.lower;
    verdicts.upper[row] = said.upper;
    verdicts.score[row] = said.score;
    verdicts.evidence[row] = said.evidence;
    verdicts.alert[row] = said.alert;
  }
  return verdicts;
};

/** Tier 2 as it is shipped, or with other constants in place of some. */
export const tailEvidenceContender = (constants: Readonly<Record<string, number>> = {}): UnivariateContender => ({
  name: 'tier 2',
  run: (series) => runTailEvidence(series, { ...TAIL_EVIDENCE, ...constants }),
});
