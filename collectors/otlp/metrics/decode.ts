import type { HistogramBatch, SampleBatch } from '../../../core/batch.ts';
import { canonicalJson, sha256Hex } from '../../../core/hash.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import type { StreamDescriptor } from '../../../core/stream.ts';
import type { Instant } from '../../../core/time.ts';
import type { Identities, StreamIdentity } from '../../intake/identify.ts';
import type { Redactor } from '../../intake/redact.ts';
import { type Attribute, canonicalAttributes, readAttributes, textAt } from '../attributes.ts';
import { type Cursor, createCursor, enterField, MalformedProtobuf, readTag, skipField } from '../kernel.ts';
import { createKnownHashes } from '../known/kernel.ts';
import type { Rejections } from '../rejections.ts';
import { readResource, type SenderResource } from '../resource.ts';
import { createMetricKernel, GAUGE, HISTOGRAM, type MetricScan, SUM } from './kernel.ts';
import { type MetricPlace, UNKNOWN_STREAM } from './point/kernel.ts';

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

export interface DecoderDependencies {
  readonly tenant: string;
  readonly identities: Identities;
  readonly redactor: Redactor;
  /** Two random words, drawn once a process. */
  readonly salt: readonly [number, number];
}

const typeOf = (place: MetricPlace): StreamDescriptor['type'] =>
  place.kind === HISTOGRAM ? 'histogram' : place.kind === SUM ? (place.monotonic ? 'counter' : 'sum') : 'gauge';

interface Scope {
  readonly canonical: readonly string[];
}

const readScope = (c: Cursor, places: readonly number[], redactor: Redactor): Scope => {
  let name = '';
  let version = '';
  const attributes: Attribute[] = [];
  for (let i = 0; i < places.length; i += 2) {
    const start = places[i] as number;
    const end = places[i + 1] as number;
    attributes.push(...readAttributes(c, start, end, 3));
    c.at = start;
    while (c.at < end) {
      const tag = readTag(c, end);
      const field = tag >>> 3;
      if (field === 1 || field === 2) {
        const stop = enterField(c, tag, end);
        const text = textAt(c, c.at, stop);
        if (field === 1) name = text;
        else version = text;
        c.at = stop;
      } else skipField(c, tag, end);
    }
  }
  return { canonical: [redactor.text(name), version, ...canonicalAttributes(attributes, redactor.text)] };
};

/** The label rules of a stream, looked at once, when it is new. */
const labelProblem = (attributes: readonly Attribute[]): { readonly reason: string; readonly message: string } | undefined => {
  if (attributes.length > LIMITS.attributesPerPoint) {
    return { reason: 'label_limit', message: `${attributes.length} attributes, ${LIMITS.attributesPerPoint} allowed` };
  }
  const seen = new Set<string>();
  for (const { key, bytes } of attributes) {
    if (key === '') return { reason: 'label_limit', message: 'an attribute has an empty key' };
    if (bytes > LIMITS.attributeValueBytes) {
      return {
        reason: 'label_limit',
        message: `attribute "${key.slice(0, 100)}" has ${bytes} bytes, ${LIMITS.attributeValueBytes} allowed`,
      };
    }
    if (seen.has(key)) return { reason: 'duplicate_label', message: `attribute "${key}" is given twice` };
    seen.add(key);
  }
  return undefined;
};

type Resolved =
  | { readonly kind: 'stream'; readonly identity: StreamIdentity }
  | { readonly kind: 'rejected'; readonly reason: string; readonly message: string };

/** Strings of unknown streams; resources, scopes and metrics are read once a request however many points need them. */
const createResolver = (c: Cursor, deps: DecoderDependencies) => {
  const resources = new Map<readonly number[], SenderResource>();
  const scopes = new Map<readonly number[], Scope>();
  const names = new Map<MetricPlace, { readonly name: string; readonly unit: string }>();

  const memo = <Key, Value>(cache: Map<Key, Value>, key: Key, make: () => Value): Value => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const made = make();
    cache.set(key, made);
    return made;
  };

  return (place: MetricPlace, start: number, end: number): Resolved => {
    const { redactor } = deps;
    const resource = memo(resources, place.resource, () => readResource(c, place.resource, redactor));
    const scope = memo(scopes, place.scope, () => readScope(c, place.scope, redactor));
    const { name, unit } = memo(names, place, () => ({
      name: redactor.text(textAt(c, place.nameStart, place.nameEnd)),
      unit: textAt(c, place.unitStart, place.unitEnd),
    }));
    const attributes = readAttributes(c, start, end, place.kind === HISTOGRAM ? 9 : 7);
    if (resource.problem !== undefined) return { kind: 'rejected', reason: 'label_limit', message: resource.problem };
    if (place.nameEnd - place.nameStart > LIMITS.attributeValueBytes || unit.length > 256) {
      return { kind: 'rejected', reason: 'label_limit', message: `a metric name of ${name.length} or a unit of ${unit.length} characters` };
    }
    const problem = labelProblem(attributes);
    if (problem !== undefined) return { kind: 'rejected', reason: problem.reason, message: `metric "${name}": ${problem.message}` };
    const kept = attributes.filter(({ key }) => redactor.allows(key));
    const type = typeOf(place);
    // Dropped keys still tell streams apart (two counters must not become one); what the scan finds never enters a hash.
    const canonical = canonicalJson([
      deps.tenant,
      resource.canonical,
      scope.canonical,
      name,
      unit,
      type,
      place.kind === GAUGE ? 0 : place.temporality,
      canonicalAttributes(attributes, redactor.text),
    ]);
    return {
      kind: 'stream',
      identity: {
        hash: sha256Hex(canonical).slice(0, 32),
        tenant: deps.tenant,
        service: resource.service,
        instance: resource.instance,
        metric: name,
        unit,
        type,
        attributes: Object.fromEntries(kept.map(({ key, value }) => [key, redactor.text(value.text)])),
      },
    };
  };
};

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
