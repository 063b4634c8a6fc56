import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gaussian, seededRandom } from '../core/random.ts';
import type { SignalKind } from '../core/signal.ts';
import { DAY_MS, MINUTE_MS } from '../core/time.ts';
import { createEnsemble, observeEnsemble } from '../detectors/forecast/index.ts';
import { fitForest, scoreRows } from '../detectors/isolation-forest/index.ts';
import { attributeRow } from '../detectors/isolation-forest/kernel.ts';
import { createSeasonalBank, ensureSignal, scoreStep } from '../detectors/seasonal/index.ts';
import { drawPoint, stepOf, syntheticSignals } from '../detectors/seasonal/synthetic.ts';
import { fitSubspace, SUBSPACE_CONSTANTS } from '../detectors/subspace/index.ts';
import { createMemory, measure, project, statisticOf } from '../detectors/subspace/kernel.ts';
import { createTailEvidence, observeValue, TAIL_EVIDENCE } from '../detectors/tail-evidence/index.ts';
import { fitTrend } from '../detectors/time-to-breach/kernel.ts';
import type { BenchRow } from './bench.ts';

/**
 * What each hot loop leaves on the heap, a step, and what of it is still there after a collection. Growth is added up over
 * small batches, so that a collection in between hides one batch at most.
 */
const BATCHES = 8;
const WARM_UPS = 16;
const ATTEMPTS = 3;
/** What asking for the size of the heap leaves there itself, spread over a batch; one boxed number a step would be 16. */
const SPARE_BYTES = 1;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface HeapBytes {
  readonly left: number;
  readonly kept: number;
}

/** `live` runs `steps` steps. The least of several attempts: compiling, too, leaves something behind. */
const bytesAStep = (steps: number, live: () => void): HeapBytes => {
  for (let warm = 0; warm < WARM_UPS; warm += 1) live();
  let [left, kept] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    collect();
    const began = process.memoryUsage().heapUsed;
    let grown = 0;
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const before = process.memoryUsage().heapUsed;
      live();
      grown += Math.max(0, process.memoryUsage().heapUsed - before);
    }
    left = Math.min(left, grown / (BATCHES * steps));
    collect();
    kept = Math.min(kept, Math.max(0, process.memoryUsage().heapUsed - began) / (BATCHES * steps));
  }
  return { left, kept };
};

const SCALE = { stepMs: MINUTE_MS, dayLengthMs: DAY_MS };

const seasonal = (): HeapBytes => {
  const kinds: readonly SignalKind[] = ['gauge', 'rate', 'ratio', 'duration'];
  const signals = syntheticSignals(Array.from({ length: 4_000 }, (_, place) => kinds[place % 4] as SignalKind));
  const bank = createSeasonalBank({ scale: SCALE });
  for (const signal of signals) ensureSignal(bank, signal);
  const random = seededRandom(1);
  const weather = { load: 20, latencySeconds: 0.05, errorRatio: 0.01 };
  const drawn = Array.from({ length: 8 }, () => signals.map(({ kind }) => drawPoint(kind, random, weather)));
  const prepared = Array.from({ length: WARM_UPS + BATCHES * ATTEMPTS }, (_, index) =>
    stepOf(index, drawn[index % 8] ?? [], signals, SCALE),
  );
  let next = 0;
  return bytesAStep(signals.length, () => {
    scoreStep(bank, prepared[next] as (typeof prepared)[number]);
    next += 1;
  });
};

const BATCH = 1_024;

const valuesOf = (count: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: count }, () => 100 + 10 * gaussian(random));
};

const tailEvidence = (): HeapBytes => {
  const values = valuesOf(BATCH, 2);
  const detector = createTailEvidence(TAIL_EVIDENCE, 60);
  let step = 0;
  return bytesAStep(BATCH, () => {
    for (let place = 0; place < BATCH; place += 1, step += 1) observeValue(detector, 60 * step, values[place] as number);
  });
};

const METRICS = 38;

const subspace = (): HeapBytes => {
  const columns = Array.from({ length: METRICS }, (_, column) => valuesOf(4_000, 10 + column));
  const times = Float64Array.from({ length: 4_000 }, (_, row) => 60 * row);
  const model = fitSubspace(columns, times, 60, SUBSPACE_CONSTANTS);
  const memory = createMemory(METRICS, 3);
  const row = valuesOf(METRICS, 60);
  const statistics = new Float64Array(1);
  let at = 60 * 4_000;
  return bytesAStep(BATCH, () => {
    for (let place = 0; place < BATCH; place += 1, at += 60) {
      measure(model, memory, at, 60, row);
      project(model.fast, memory, model.largest);
      statistics[0] = statisticOf(model.fast, 1, 1, 1);
    }
  });
};

const ROWS = 4_096;

const forestScores = (): HeapBytes => {
  const forest = fitForest(valuesOf(4_096 * 8, 3), 8, seededRandom(4));
  const rows = valuesOf(ROWS * 8, 5);
  const scores = new Float64Array(ROWS);
  return bytesAStep(ROWS, () => scoreRows(forest, rows, scores));
};

const forestShares = (): HeapBytes => {
  const forest = fitForest(valuesOf(4_096 * 8, 3), 8, seededRandom(4));
  const rows = valuesOf(BATCH * 8, 5);
  const shares = new Float64Array(8);
  const scores = new Float64Array(BATCH);
  return bytesAStep(BATCH, () => {
    for (let row = 0; row < BATCH; row += 1) scores[row] = attributeRow(forest, rows, row * 8, shares);
  });
};

const FORECAST_BATCH = 256;

const ensemble = (): HeapBytes => {
  const values = valuesOf(FORECAST_BATCH, 6);
  const state = createEnsemble({ scale: SCALE, levels: [0.05, 0.5, 0.95], anchors: [15, 30] });
  let step = 0;
  return bytesAStep(FORECAST_BATCH, () => {
    for (let place = 0; place < FORECAST_BATCH; place += 1, step += 1) observeEnsemble(state, step, values[place] as number);
  });
};

const breachTrend = (): HeapBytes => {
  const ring = valuesOf(128, 7);
  const out = new Float64Array(8);
  return bytesAStep(BATCH, () => {
    for (let newest = 0; newest < BATCH; newest += 1) fitTrend(ring, newest % 128, out);
  });
};

const KERNELS: Readonly<Record<string, () => HeapBytes>> = {
  'seasonal, one signal': seasonal,
  'tail evidence': tailEvidence,
  subspace,
  'isolation forest, scores': forestScores,
  'isolation forest, shares': forestShares,
  'forecast ensemble': ensemble,
  'time to breach, trend': breachTrend,
};

export const run = async (): Promise<readonly BenchRow[]> => {
  const measured = Object.entries(KERNELS).map(([name, measureOne]) => ({ name, ...measureOne() }));
  const kept = Math.max(...measured.map((one) => one.kept));
  return [
    {
      name: `kept after a collection, the most of ${measured.length} hot loops`,
      unit: 'B a step',
      ours: kept,
      target: 'nothing is kept',
      met: kept <= SPARE_BYTES,
    },
    ...measured.map(({ name, left }) => ({
      name: `${name}, left on the heap`,
      unit: 'B a step',
      ours: left,
      target: 'nothing is allocated per step',
      met: left <= SPARE_BYTES,
    })),
  ];
};
