import type { HistogramBatch, SampleBatch } from '../../../core/batch.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { Instant } from '../../../core/time.ts';
import { type Cursor, createCursor, MalformedProtobuf } from '../kernel.ts';
import { createKnownHashes } from '../known/kernel.ts';
import type { Rejections } from '../rejections.ts';
import { createMetricKernel, type MetricScan } from './kernel.ts';
import { UNKNOWN_STREAM } from './point/kernel.ts';
import { createResolver, type DecoderDependencies } from './resolve.ts';

export interface DecodedMetrics {
  readonly offered: number;
  /** Points that declare that nothing was recorded. */
  readonly gaps: number;
  readonly rejections: Rejections;
  readonly samples: SampleBatch | undefined;
  readonly histograms: HistogramBatch | undefined;
}

export type DecodeFailure = Failure<'malformed_protobuf' | 'nesting_limit'>;

export interface MetricDecoder {
  /** Columns of a whole request, or why it is malformed, in which case no stream has been registered. */
  decode(body: Uint8Array, now: Instant): Outcome<DecodedMetrics, DecodeFailure>;
}

/** Rows that have a stream, as columns of their own. */
const samplesOf = ({ samples: rows, unknowns }: MetricScan): SampleBatch | undefined => {
  // Where every stream was known, every row has one.
  let kept = unknowns.points.length === 0 ? rows.length : 0;
  for (let row = kept; row < rows.length; row += 1) {
    if (rows.stream[row] === UNKNOWN_STREAM) continue;
    if (kept !== row) {
      rows.stream[kept] = rows.stream[row] as number;
      rows.type[kept] = rows.type[row] as number;
      rows.time[kept] = rows.time[row] as number;
      rows.start[kept] = rows.start[row] as number;
      rows.value[kept] = rows.value[row] as number;
    }
    kept += 1;
  }
  if (kept === 0) return undefined;
  return {
    length: kept,
    stream: rows.stream.slice(0, kept),
    type: rows.type.slice(0, kept),
    time: rows.time.slice(0, kept),
    start: rows.start.slice(0, kept),
    value: rows.value.slice(0, kept),
  };
};

const histogramsOf = ({ histograms: rows }: MetricScan): HistogramBatch | undefined => {
  const kept: number[] = [];
  for (let row = 0; row < rows.length; row += 1) if (rows.stream[row] !== UNKNOWN_STREAM) kept.push(row);
  if (kept.length === 0) return undefined;
  const boundOffset = new Uint32Array(kept.length + 1);
  const bucketOffset = new Uint32Array(kept.length + 1);
  const bound: number[] = [];
  const bucket: number[] = [];
  kept.forEach((row, i) => {
    for (let at = rows.boundOffset[row] as number; at < (rows.boundOffset[row + 1] as number); at += 1)
      bound.push(rows.bound[at] as number);
    for (let at = rows.bucketOffset[row] as number; at < (rows.bucketOffset[row + 1] as number); at += 1)
      bucket.push(rows.bucket[at] as number);
    boundOffset[i + 1] = bound.length;
    bucketOffset[i + 1] = bucket.length;
  });
  return {
    length: kept.length,
    stream: Uint32Array.from(kept, (row) => rows.stream[row] as number),
    cumulative: Uint8Array.from(kept, (row) => rows.cumulative[row] as number),
    time: Float64Array.from(kept, (row) => rows.time[row] as number),
    start: Float64Array.from(kept, (row) => rows.start[row] as number),
    count: Float64Array.from(kept, (row) => rows.count[row] as number),
    sum: Float64Array.from(kept, (row) => rows.sum[row] as number),
    boundOffset,
    bound: Float64Array.from(bound),
    bucketOffset,
    bucket: Float64Array.from(bucket),
  };
};

export const createMetricDecoder = (deps: DecoderDependencies): MetricDecoder => {
  const known = createKnownHashes();
  const kernel = createMetricKernel(known, deps.salt);

  /** Everything is decoded before anything is registered: a malformed byte anywhere leaves no trace. */
  const resolveUnknowns = (c: Cursor, scan: MetricScan, now: Instant): void => {
    const resolve = createResolver(c, deps);
    const { points, metrics } = scan.unknowns;
    const resolved = metrics.map((place, i) => resolve(place, points[i * 6 + 4] as number, points[i * 6 + 5] as number));
    resolved.forEach((outcome, i) => {
      const row = points[i * 6] as number;
      if (outcome.kind === 'rejected') {
        scan.rejections.add(outcome.reason, 1, () => outcome.message);
        return;
      }
      const h1 = points[i * 6 + 2] as number;
      const h2 = points[i * 6 + 3] as number;
      const before = known.find(h1, h2);
      const id = before >= 0 ? before : deps.identities.streamIdOf(outcome.identity, now);
      if (before < 0 && !deps.identities.isOverflow(id)) known.add(h1, h2, id);
      const rows = points[i * 6 + 1] === 1 ? scan.histograms : scan.samples;
      rows.stream[row] = id;
    });
  };

  return {
    decode(body, now) {
      const c = createCursor(body);
      try {
        const scan = kernel.scan(c, now);
        resolveUnknowns(c, scan, now);
        const { offered, gaps, rejections } = scan;
        return succeed({ offered, gaps, rejections, samples: samplesOf(scan), histograms: histogramsOf(scan) });
      } catch (error) {
        if (error instanceof MalformedProtobuf) return fail(error.code, error.message);
        throw error;
      }
    },
  };
};
