import { clamp } from '../../../core/math.ts';
import { createSignalTable } from '../../../core/signal.ts';
import { DAY_MS, SECOND_MS } from '../../../core/time.ts';
import { bandOf, createSeasonalBank, ensureSignal, scoreStep } from '../../../detectors/seasonal/index.ts';
import { stepSecondsOf, type UnivariateContender, type UnivariateSeries, type UnivariateVerdicts } from '../contender.ts';
import { blankVerdicts, repeatRow } from './verdicts.ts';

/** Beyond it a band around a value, and the squares of departures, are no numbers any more. */
const LARGEST_VALUE = 1e30;

/** Tier 1 as it runs in the agent on a metric of which nothing is known: a gauge that hurts either way, under the default budget. */
const runSeasonal = (series: UnivariateSeries): UnivariateVerdicts => {
  const stepMs = stepSecondsOf(series.timestamps) * SECOND_MS;
  const bank = createSeasonalBank({ scale: { stepMs, dayLengthMs: DAY_MS } });
  const identity = { tenant: 'default', service: 'file', name: series.name, scope: { kind: 'service' } } as const;
  const signal = createSignalTable().register(identity, 'gauge', '1', 'either');
  ensureSignal(bank, signal);
  const verdicts = blankVerdicts(series.values.length);
  let index = 0;
  for (const [row, value] of series.values.entries()) {
    const startsAt = (series.timestamps[row] as number) * SECOND_MS;
    // Rows come in the order of the file; one that is not later than the last is the next step all the same.
    index = Math.max(index + 1, Math.round(startsAt / stepMs));
    if (Number.isNaN(value)) {
      repeatRow(verdicts, row);
      continue;
    }
    scoreStep(bank, {
      index,
      startsAt,
      endsAt: startsAt + stepMs,
      length: 1,
      signal: Uint32Array.of(signal.id),
      value: Float64Array.of(clamp(value, -LARGEST_VALUE, LARGEST_VALUE)),
      weight: Float64Array.of(1),
    });
    const band = bandOf(bank, signal.id);
    if (band === undefined) continue;
    verdicts.expected[row] = band.expected;
    verdicts.lower[row] = band.lower;
    verdicts.upper[row] = band.upper;
    verdicts.evidence[row] = band.evidence;
    verdicts.alert[row] = band.open ? 1 : 0;
    const halfWidth = (value >= band.expected ? band.upper - band.expected : band.expected - band.lower) || 1;
    const size = Math.abs(value - band.expected) / halfWidth;
    verdicts.score[row] = Number.isFinite(size) ? size / (1 + size) : 0;
  }
  return verdicts;
};

export const seasonalContender: UnivariateContender = { name: 'tier 1', run: runSeasonal };
