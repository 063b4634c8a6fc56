/** Scratch columns of one request, kept between requests and grown by doubling. */
export interface SampleRows {
  length: number;
  stream: Uint32Array;
  type: Uint8Array;
  time: Float64Array;
  start: Float64Array;
  value: Float64Array;
}

export interface HistogramRows {
  length: number;
  stream: Uint32Array;
  cumulative: Uint8Array;
  time: Float64Array;
  start: Float64Array;
  count: Float64Array;
  sum: Float64Array;
  boundOffset: Uint32Array;
  bound: Float64Array;
  bounds: number;
  bucketOffset: Uint32Array;
  bucket: Float64Array;
  buckets: number;
}

const grownTo = <T extends Uint8Array | Uint32Array | Float64Array>(column: T, length: number): T => {
  const grown = new (column.constructor as new (length: number) => T)(length);
  grown.set(column);
  return grown;
};

export const createSampleRows = (capacity = 1_024): SampleRows => ({
  length: 0,
  stream: new Uint32Array(capacity),
  type: new Uint8Array(capacity),
  time: new Float64Array(capacity),
  start: new Float64Array(capacity),
  value: new Float64Array(capacity),
});

export const createHistogramRows = (capacity = 256): HistogramRows => ({
  length: 0,
  stream: new Uint32Array(capacity),
  cumulative: new Uint8Array(capacity),
  time: new Float64Array(capacity),
  start: new Float64Array(capacity),
  count: new Float64Array(capacity),
  sum: new Float64Array(capacity),
  boundOffset: new Uint32Array(capacity + 1),
  bound: new Float64Array(capacity * 16),
  bounds: 0,
  bucketOffset: new Uint32Array(capacity + 1),
  bucket: new Float64Array(capacity * 16),
  buckets: 0,
});

export const growSamples = (rows: SampleRows): void => {
  const length = rows.stream.length * 2;
  rows.stream = grownTo(rows.stream, length);
  rows.type = grownTo(rows.type, length);
  rows.time = grownTo(rows.time, length);
  rows.start = grownTo(rows.start, length);
  rows.value = grownTo(rows.value, length);
};

export const growHistograms = (rows: HistogramRows): void => {
  const length = rows.stream.length * 2;
  rows.stream = grownTo(rows.stream, length);
  rows.cumulative = grownTo(rows.cumulative, length);
  rows.time = grownTo(rows.time, length);
  rows.start = grownTo(rows.start, length);
  rows.count = grownTo(rows.count, length);
  rows.sum = grownTo(rows.sum, length);
  rows.boundOffset = grownTo(rows.boundOffset, length + 1);
  rows.bucketOffset = grownTo(rows.bucketOffset, length + 1);
};

export const pushBound = (rows: HistogramRows, value: number): void => {
  if (rows.bounds === rows.bound.length) rows.bound = grownTo(rows.bound, rows.bounds * 2);
  rows.bound[rows.bounds] = value;
  rows.bounds += 1;
};

export const pushBucket = (rows: HistogramRows, value: number): void => {
  if (rows.buckets === rows.bucket.length) rows.bucket = grownTo(rows.bucket, rows.buckets * 2);
  rows.bucket[rows.buckets] = value;
  rows.buckets += 1;
};
