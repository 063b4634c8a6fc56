import type { HistogramBatch, SampleBatch } from '../../../core/batch.ts';
import type { MergedBuckets } from './histogram-reading.ts';

/** Number points of one step that wait for its close. */
export interface SampleRows {
  length: number;
  stream: Uint32Array;
  type: Uint8Array;
  time: Float64Array;
  start: Float64Array;
  value: Float64Array;
}

/** Histogram points of one step that wait for its close; row i owns bounds and buckets up to the next row's. */
export interface HistogramRows {
  length: number;
  stream: Uint32Array;
  cumulative: Uint8Array;
  time: Float64Array;
  start: Float64Array;
  count: Float64Array;
  sum: Float64Array;
  boundEnd: Uint32Array;
  bucketEnd: Uint32Array;
  bounds: Float64Array;
  buckets: Float64Array;
}

/** What a metric group has in one step. */
export interface MetricResult {
  /** Sum over instances of rates per second or of levels, held ones included. */
  level: number;
  /** Longest covered time of a stream with points in the step. */
  coveredMs: number;
  /** Gauges: sum of the observations. Histograms: sum of the values, or of their logarithms where they are durations. */
  sum: number;
  /** Points that counted. */
  observations: number;
  /** Histograms: events, errors among them, and the events that are in `sum`. */
  events: number;
  errors: number;
  sumCount: number;
  /** Events past each objective's threshold, in the order of the service's objectives. */
  readonly bad: number[];
  buckets: MergedBuckets | undefined;
}

export interface MetricStep {
  readonly index: number;
  samples: SampleRows;
  histograms: HistogramRows;
  /** By group index. */
  readonly results: Map<number, MetricResult>;
}

export const createSampleRows = (capacity = 0): SampleRows => ({
  length: 0,
  stream: new Uint32Array(capacity),
  type: new Uint8Array(capacity),
  time: new Float64Array(capacity),
  start: new Float64Array(capacity),
  value: new Float64Array(capacity),
});

export const createHistogramRows = (capacity = 0, bounds = 0, buckets = 0): HistogramRows => ({
  length: 0,
  stream: new Uint32Array(capacity),
  cumulative: new Uint8Array(capacity),
  time: new Float64Array(capacity),
  start: new Float64Array(capacity),
  count: new Float64Array(capacity),
  sum: new Float64Array(capacity),
  boundEnd: new Uint32Array(capacity),
  bucketEnd: new Uint32Array(capacity),
  bounds: new Float64Array(bounds),
  buckets: new Float64Array(buckets),
});

export const createMetricStep = (index: number): MetricStep => ({
  index,
  samples: createSampleRows(),
  histograms: createHistogramRows(),
  results: new Map(),
});

export const createMetricResult = (objectives: number): MetricResult => ({
  level: 0,
  coveredMs: 0,
  sum: 0,
  observations: 0,
  events: 0,
  errors: 0,
  sumCount: 0,
  bad: new Array<number>(objectives).fill(0),
  buckets: undefined,
});

export const appendSample = (rows: SampleRows, batch: SampleBatch, i: number): void => {
  const at = rows.length;
  if (at >= rows.stream.length) {
    const grown = createSampleRows(Math.max(64, at * 2));
    grown.stream.set(rows.stream);
    grown.type.set(rows.type);
    grown.time.set(rows.time);
    grown.start.set(rows.start);
    grown.value.set(rows.value);
    Object.assign(rows, grown, { length: at });
  }
  rows.stream[at] = batch.stream[i] as number;
  rows.type[at] = batch.type[i] as number;
  rows.time[at] = batch.time[i] as number;
  rows.start[at] = batch.start[i] as number;
  rows.value[at] = batch.value[i] as number;
  rows.length = at + 1;
};

const endOf = (ends: Uint32Array, row: number): number => (row < 0 ? 0 : (ends[row] as number));

const growHistograms = (rows: HistogramRows, bounds: number, buckets: number): void => {
  const at = rows.length;
  const full = at >= rows.stream.length;
  const room = (have: number, need: number): number => (need > have ? Math.max(need, have * 2, 256) : have);
  const grown = createHistogramRows(
    full ? Math.max(16, at * 2) : rows.stream.length,
    room(rows.bounds.length, bounds),
    room(rows.buckets.length, buckets),
  );
  grown.stream.set(rows.stream);
  grown.cumulative.set(rows.cumulative);
  grown.time.set(rows.time);
  grown.start.set(rows.start);
  grown.count.set(rows.count);
  grown.sum.set(rows.sum);
  grown.boundEnd.set(rows.boundEnd);
  grown.bucketEnd.set(rows.bucketEnd);
  grown.bounds.set(rows.bounds);
  grown.buckets.set(rows.buckets);
  Object.assign(rows, grown, { length: at });
};

export const appendHistogram = (rows: HistogramRows, batch: HistogramBatch, i: number): void => {
  const at = rows.length;
  const firstBound = batch.boundOffset[i] as number;
  const bounds = (batch.boundOffset[i + 1] ?? batch.bound.length) - firstBound;
  const firstBucket = batch.bucketOffset[i] as number;
  // A point without buckets has no bounds either; one with buckets has one more than it has bounds.
  const buckets = Math.min((batch.bucketOffset[i + 1] ?? batch.bucket.length) - firstBucket, bounds + 1);
  const boundFrom = endOf(rows.boundEnd, at - 1);
  const bucketFrom = endOf(rows.bucketEnd, at - 1);
  const needed = at >= rows.stream.length || boundFrom + bounds > rows.bounds.length || bucketFrom + buckets > rows.buckets.length;
  if (needed) growHistograms(rows, boundFrom + bounds, bucketFrom + buckets);
  rows.stream[at] = batch.stream[i] as number;
  rows.cumulative[at] = batch.cumulative[i] as number;
  rows.time[at] = batch.time[i] as number;
  rows.start[at] = batch.start[i] as number;
  rows.count[at] = batch.count[i] as number;
  rows.sum[at] = batch.sum[i] as number;
  rows.bounds.set(batch.bound.subarray(firstBound, firstBound + bounds), boundFrom);
  rows.buckets.set(batch.bucket.subarray(firstBucket, firstBucket + buckets), bucketFrom);
  rows.boundEnd[at] = boundFrom + bounds;
  rows.bucketEnd[at] = bucketFrom + buckets;
  rows.length = at + 1;
};

export const boundsOf = (rows: HistogramRows, row: number): Float64Array =>
  rows.bounds.slice(endOf(rows.boundEnd, row - 1), endOf(rows.boundEnd, row));

export const bucketsOf = (rows: HistogramRows, row: number): Float64Array =>
  rows.buckets.slice(endOf(rows.bucketEnd, row - 1), endOf(rows.bucketEnd, row));

export interface MetricStepState {
  readonly index: number;
  readonly samples: SampleRows;
  readonly histograms: HistogramRows;
  readonly results: readonly {
    readonly group: number;
    readonly numbers: Float64Array;
    readonly bad: Float64Array;
    readonly bounds: Float64Array;
    readonly buckets: Float64Array;
  }[];
}

const trimmedSamples = (rows: SampleRows): SampleRows => ({
  length: rows.length,
  stream: rows.stream.slice(0, rows.length),
  type: rows.type.slice(0, rows.length),
  time: rows.time.slice(0, rows.length),
  start: rows.start.slice(0, rows.length),
  value: rows.value.slice(0, rows.length),
});

const trimmedHistograms = (rows: HistogramRows): HistogramRows => ({
  length: rows.length,
  stream: rows.stream.slice(0, rows.length),
  cumulative: rows.cumulative.slice(0, rows.length),
  time: rows.time.slice(0, rows.length),
  start: rows.start.slice(0, rows.length),
  count: rows.count.slice(0, rows.length),
  sum: rows.sum.slice(0, rows.length),
  boundEnd: rows.boundEnd.slice(0, rows.length),
  bucketEnd: rows.bucketEnd.slice(0, rows.length),
  bounds: rows.bounds.slice(0, endOf(rows.boundEnd, rows.length - 1)),
  buckets: rows.buckets.slice(0, endOf(rows.bucketEnd, rows.length - 1)),
});

const NUMBERS = ['level', 'coveredMs', 'sum', 'observations', 'events', 'errors', 'sumCount'] as const;

export const metricStepState = (step: MetricStep): MetricStepState => ({
  index: step.index,
  samples: trimmedSamples(step.samples),
  histograms: trimmedHistograms(step.histograms),
  results: [...step.results]
    .sort((a, b) => a[0] - b[0])
    .map(([group, result]) => ({
      group,
      numbers: Float64Array.from(NUMBERS, (name) => result[name]),
      bad: Float64Array.from(result.bad),
      bounds: result.buckets?.bounds ?? new Float64Array(0),
      buckets: result.buckets?.buckets ?? new Float64Array(0),
    })),
});

export const restoreMetricStep = (state: MetricStepState): MetricStep => ({
  index: state.index,
  samples: { ...state.samples },
  histograms: { ...state.histograms },
  results: new Map(
    state.results.map(({ group, numbers, bad, bounds, buckets }) => {
      const result = createMetricResult(0);
      NUMBERS.forEach((name, at) => {
        result[name] = numbers[at] as number;
      });
      return [group, { ...result, bad: [...bad], buckets: bounds.length === 0 ? undefined : { bounds, buckets } }];
    }),
  ),
});
