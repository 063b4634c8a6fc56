import { performance } from 'node:perf_hooks';
import { createNormalizer } from '../collectors/normalize/index.ts';
import { SPAN_CLIENT, SPAN_SERVER, type SpanBatch } from '../core/batch.ts';
import { createDictionary } from '../core/dictionary.ts';
import { quantile } from '../core/math.ts';
import { DEFAULT_TENANT } from '../core/names.ts';
import { createSignalTable } from '../core/signal.ts';
import type { BenchRow } from './bench.ts';

const SPANS_A_STEP = 100_000;
const STEPS = 6;
const STEP_MS = 10_000;
const PROVIDERS = 8;

/** Half client spans, half the server spans that answered them, over 20 services. */
const spansOf = (step: number, service: Uint32Array, providers: Uint32Array): SpanBatch => {
  const n = SPANS_A_STEP;
  const key = (i: number): number => step * 10_000_000 + i;
  const rows = Array.from({ length: n }, (_, i) => i);
  const isServer = (i: number): boolean => i % 2 === 1;
  return {
    length: n,
    service: Uint32Array.from(rows, (i) => service[(i >> (isServer(i) ? 0 : 1)) % service.length] as number),
    version: new Uint32Array(n),
    operation: new Uint32Array(n),
    peer: new Uint32Array(n),
    kind: Uint8Array.from(rows, (i) => (isServer(i) ? SPAN_SERVER : SPAN_CLIENT)),
    error: Uint8Array.from(rows, (i) => (i % 97 === 0 ? 1 : 0)),
    start: Float64Array.from(rows, (i) => 1_800_000_000_000 + step * STEP_MS + (i % 9_000)),
    startNanos: new Uint32Array(n),
    durationNanos: Float64Array.from(rows, (i) => 1e6 + (i % 1_000) * 1e5),
    traceId: new Uint8Array(n * 16),
    spanKey: Float64Array.from(rows, key),
    parentKey: Float64Array.from(rows, (i) => (isServer(i) ? key(i - 1) : Number.NaN)),
    dimension: Uint32Array.from(rows, (i) => providers[i % PROVIDERS] as number),
    outcome: new Uint32Array(n),
  };
};

/** How many spans a second one core turns into closed steps, and how long the close of a step of 10,000 spans a second blocks. */
export const run = async (): Promise<readonly BenchRow[]> => {
  const texts = createDictionary();
  const streams = {
    size: 0,
    describe: (): never => {
      throw new RangeError('no streams');
    },
  };
  const service = Uint32Array.from({ length: 20 }, (_, i) => texts.idOf(`service-${i}`));
  const providers = Uint32Array.from({ length: PROVIDERS }, (_, i) => texts.idOf(`provider-${i}`));
  const normalizer = createNormalizer(
    {
      scale: { stepMs: STEP_MS, dayLengthMs: 86_400_000 },
      graceMs: 5_000,
      latenessMs: 120_000,
      dimensions: ['payment.provider'],
      sliceGroups: [['payment.provider']],
      adverseOutcomes: {},
      objectives: [],
      maximumSignals: 20_000,
    },
    { signals: createSignalTable(), streams, texts },
  );
  let spent = 0;
  const closes: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const spans = spansOf(step, service, providers);
    const now = 1_800_000_000_000 + (step + 1) * STEP_MS;
    const from = performance.now();
    normalizer.consume({ tenant: DEFAULT_TENANT, receivedAt: now, spans }, step);
    const consumed = performance.now();
    normalizer.closeSteps(now + 5_000);
    const closed = performance.now();
    // The first step warms the compiler.
    if (step === 0) continue;
    spent += closed - from;
    closes.push(closed - consumed);
  }
  const perSecond = ((STEPS - 1) * SPANS_A_STEP * 1_000) / spent;
  const close = quantile(closes, 0.5);
  return [
    {
      name: 'spans to closed steps',
      unit: 'spans/s',
      ours: Math.round(perSecond),
      target: '>= 200,000 on one core',
      met: perSecond >= 200_000,
    },
    { name: 'close of a step of 100,000 spans', unit: 'ms', ours: Math.round(close), target: 'median <= 200 ms', met: close <= 200 },
  ];
};
