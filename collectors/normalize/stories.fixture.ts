import {
  type Batch,
  type HistogramBatch,
  POINT_COUNTER_CUMULATIVE,
  POINT_COUNTER_DELTA,
  POINT_CURSOR,
  POINT_EVENTS,
  POINT_GAUGE,
  POINT_SUM_CUMULATIVE,
  POINT_SUM_DELTA,
  SPAN_CLIENT,
  SPAN_CONSUMER,
  SPAN_INTERNAL,
  SPAN_PRODUCER,
  SPAN_SERVER,
} from '../../core/batch.ts';
import { createDictionary } from '../../core/dictionary.ts';
import { DEFAULT_TENANT } from '../../core/names.ts';
import { type ClosedStep, createSignalTable, type Signal, type SignalTable } from '../../core/signal.ts';
import type { StreamDescriptor } from '../../core/stream.ts';
import { createNormalizer, type Normalizer, type NormalizerOptions, restoreNormalizer } from './index.ts';

/** Everything the tests tell their stories with. Times are seconds since `EPOCH`. */
export const EPOCH = 1_800_000_000_000;
export const STEP_SECONDS = 10;

const KINDS = {
  server: SPAN_SERVER,
  client: SPAN_CLIENT,
  internal: SPAN_INTERNAL,
  producer: SPAN_PRODUCER,
  consumer: SPAN_CONSUMER,
} as const;

const POINTS = {
  gauge: POINT_GAUGE,
  counter: POINT_COUNTER_CUMULATIVE,
  delta: POINT_COUNTER_DELTA,
  sum: POINT_SUM_CUMULATIVE,
  sumDelta: POINT_SUM_DELTA,
  events: POINT_EVENTS,
  cursor: POINT_CURSOR,
} as const;

export interface TestSpan {
  readonly service: string;
  readonly kind?: keyof typeof KINDS;
  /** End of the span. */
  readonly end: number;
  readonly seconds?: number;
  readonly key?: number;
  readonly parent?: number;
  readonly error?: boolean;
  readonly peer?: string;
  readonly version?: string;
  readonly outcome?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
}

export interface TestPoint {
  readonly stream: number;
  readonly type: keyof typeof POINTS;
  readonly at: number;
  readonly since?: number;
  readonly value: number;
}

export interface TestHistogram {
  readonly stream: number;
  readonly at: number;
  readonly since?: number;
  readonly delta?: boolean;
  readonly count: number;
  readonly sum?: number;
  readonly bounds?: readonly number[];
  readonly buckets?: readonly number[];
}

export const DIMENSIONS = ['payment.provider', 'payment.issuer'];

export const defaultOptions: NormalizerOptions = {
  scale: { stepMs: STEP_SECONDS * 1_000, dayLengthMs: 86_400_000 },
  graceMs: 5_000,
  latenessMs: 120_000,
  dimensions: DIMENSIONS,
  sliceGroups: [['payment.provider'], ['payment.provider', 'payment.issuer'], ['service.version']],
  adverseOutcomes: { declined: 'declined', timeout: 'failed' },
  objectives: [],
  maximumSignals: 1_000,
};

export interface World {
  readonly normalizer: Normalizer;
  readonly signals: SignalTable;
  stream(descriptor: Partial<StreamDescriptor> & { readonly service: string; readonly metric: string }): number;
  spans(...spans: readonly TestSpan[]): Batch;
  points(...points: readonly TestPoint[]): Batch;
  histograms(...points: readonly TestHistogram[]): Batch;
  feed(...batches: readonly Batch[]): void;
  /** Closes up to `seconds` after the epoch, given that grace has passed. */
  close(seconds: number): ReturnType<Normalizer['closeSteps']>;
  /** The same world with a normalizer restored from the snapshot. */
  restored(snapshot: Uint8Array, options?: Partial<NormalizerOptions>): World;
  /** A new normalizer and signal table over the same names and streams. */
  fresh(options?: Partial<NormalizerOptions>): World;
}

interface Names {
  readonly texts: ReturnType<typeof createDictionary>;
  readonly streams: StreamDescriptor[];
  nextKey: number;
}

const instant = (seconds: number): number => EPOCH + seconds * 1_000;

const spanBatch = (names: Names, spans: readonly TestSpan[]): Batch => {
  const { texts } = names;
  const ids = (read: (span: TestSpan) => string | undefined): Uint32Array =>
    Uint32Array.from(spans, (span) => texts.idOf(read(span) ?? ''));
  const starts = spans.map((span) => {
    const nanos = BigInt(Math.round(span.end * 1e9)) - BigInt(Math.round((span.seconds ?? 0.1) * 1e9));
    return { ms: EPOCH + Number(nanos / 1_000_000n), nanos: Number(nanos % 1_000_000n) };
  });
  return {
    tenant: DEFAULT_TENANT,
    receivedAt: instant(Math.max(...spans.map((span) => span.end))),
    spans: {
      length: spans.length,
      service: ids((span) => span.service),
      version: ids((span) => span.version),
      operation: ids(() => 'POST /pay'),
      peer: ids((span) => span.peer),
      kind: Uint8Array.from(spans, (span) => KINDS[span.kind ?? 'server']),
      error: Uint8Array.from(spans, (span) => (span.error === true ? 1 : 0)),
      start: Float64Array.from(starts, (start) => start.ms),
      startNanos: Uint32Array.from(starts, (start) => start.nanos),
      durationNanos: Float64Array.from(spans, (span) => Math.round((span.seconds ?? 0.1) * 1e9)),
      traceId: new Uint8Array(spans.length * 16),
      spanKey: Float64Array.from(spans, (span) => {
        names.nextKey += 1;
        return span.key ?? names.nextKey;
      }),
      parentKey: Float64Array.from(spans, (span) => span.parent ?? Number.NaN),
      dimension: Uint32Array.from(spans.flatMap((span) => DIMENSIONS.map((name) => texts.idOf(span.dimensions?.[name] ?? '')))),
      outcome: ids((span) => span.outcome),
    },
  };
};

const pointBatch = (points: readonly TestPoint[]): Batch => ({
  tenant: DEFAULT_TENANT,
  receivedAt: instant(Math.max(...points.map((point) => point.at))),
  samples: {
    length: points.length,
    stream: Uint32Array.from(points, (point) => point.stream),
    type: Uint8Array.from(points, (point) => POINTS[point.type]),
    time: Float64Array.from(points, (point) => instant(point.at)),
    start: Float64Array.from(points, (point) => (point.since === undefined ? Number.NaN : instant(point.since))),
    value: Float64Array.from(points, (point) => point.value),
  },
});

const offsets = (lengths: readonly number[]): Uint32Array => {
  let total = 0;
  return Uint32Array.from([0, ...lengths], (length) => {
    total += length;
    return total;
  });
};

const histogramBatch = (points: readonly TestHistogram[]): Batch => {
  const histograms: HistogramBatch = {
    length: points.length,
    stream: Uint32Array.from(points, (point) => point.stream),
    cumulative: Uint8Array.from(points, (point) => (point.delta === true ? 0 : 1)),
    time: Float64Array.from(points, (point) => instant(point.at)),
    start: Float64Array.from(points, (point) => (point.since === undefined ? Number.NaN : instant(point.since))),
    count: Float64Array.from(points, (point) => point.count),
    sum: Float64Array.from(points, (point) => point.sum ?? Number.NaN),
    boundOffset: offsets(points.map((point) => point.bounds?.length ?? 0)),
    bound: Float64Array.from(points.flatMap((point) => point.bounds ?? [])),
    bucketOffset: offsets(points.map((point) => point.buckets?.length ?? 0)),
    bucket: Float64Array.from(points.flatMap((point) => point.buckets ?? [])),
  };
  return { tenant: DEFAULT_TENANT, receivedAt: instant(Math.max(...points.map((point) => point.at))), histograms };
};

const build = (
  options: NormalizerOptions,
  names: Names,
  signals: SignalTable,
  make: (deps: Parameters<typeof createNormalizer>[1]) => Normalizer,
): World => {
  const streams = {
    get size() {
      return names.streams.length;
    },
    describe: (id: number): StreamDescriptor => {
      const found = names.streams[id];
      if (found === undefined) throw new RangeError(`no stream ${id}`);
      return found;
    },
  };
  const normalizer = make({ signals, streams, texts: names.texts });
  let position = normalizer.position() ?? 0;
  return {
    normalizer,
    signals,
    stream(descriptor) {
      const id = names.streams.length;
      const defaults = { tenant: DEFAULT_TENANT, instance: 'pod-1', unit: '', type: 'gauge' as const, attributes: {} };
      names.streams.push({ ...defaults, ...descriptor, id, hash: id.toString(16).padStart(32, '0') });
      return id;
    },
    spans: (...spans) => spanBatch(names, spans),
    points: (...points) => pointBatch(points),
    histograms: (...points) => histogramBatch(points),
    feed(...batches) {
      for (const batch of batches) {
        position += 1;
        normalizer.consume(batch, position);
      }
    },
    close: (seconds) => normalizer.closeSteps(instant(seconds) + options.graceMs),
    restored(snapshot, changed = {}) {
      const merged = { ...options, ...changed };
      return build(merged, names, createSignalTable(signals.all()), (deps) => {
        const outcome = restoreNormalizer(merged, deps, snapshot);
        if (!outcome.ok) throw new Error(outcome.error.message, { cause: outcome.error.cause });
        return outcome.value;
      });
    },
    fresh(changed = {}) {
      const merged = { ...options, ...changed };
      return build(merged, names, createSignalTable(), (deps) => createNormalizer(merged, deps));
    },
  };
};

export const createWorld = (changed: Partial<NormalizerOptions> = {}): World => {
  const options = { ...defaultOptions, ...changed };
  const names: Names = { texts: createDictionary(), streams: [], nextKey: 1_000_000 };
  return build(options, names, createSignalTable(), (deps) => createNormalizer(options, deps));
};

const scopeLabel = ({ scope }: Signal): string => {
  switch (scope.kind) {
    case 'service':
      return '';
    case 'operation':
      return ` ${scope.operation}`;
    case 'edge':
      return ` -> ${scope.callee}`;
    case 'slice':
      return ` [${Object.values(scope.slice).join(', ')}]`;
    case 'resource':
      return ` {${Object.entries(scope.attributes)
        .map((pair) => pair.join('='))
        .join(', ')}}`;
  }
};

export interface Told {
  readonly value: number;
  readonly weight: number;
}

/** A closed step as { 'ledger -> bank requests': { value, weight } }. */
export const told = (world: World, step: ClosedStep | undefined): Readonly<Record<string, Told>> => {
  if (step === undefined) throw new Error('no such step');
  const entries = [...step.signal].map((id, at): [string, Told] => {
    const signal = world.signals.describe(id);
    return [
      `${signal.service}${scopeLabel(signal)} ${signal.name}`,
      { value: step.value[at] ?? Number.NaN, weight: step.weight[at] ?? Number.NaN },
    ];
  });
  return Object.fromEntries(entries);
};

/** A step without the local ids, for comparing two worlds. */
export const comparable = (world: World, steps: readonly ClosedStep[]): unknown =>
  steps.map((step) => ({ index: step.index, told: told(world, step) }));
