/**
 * The fields of OTLP that the reader reads, by their names in JSON. What is not listed here (descriptions, exemplars,
 * events, links, schema addresses) is not read in protobuf either, and in JSON it is ignored like any unknown name.
 * Field numbers and types: opentelemetry/proto/{common,resource,metrics,trace}/v1.
 */
export type Scalar =
  | 'text'
  | 'base64'
  | 'hex'
  | 'bool'
  | 'enum'
  | 'uint32'
  | 'sint32'
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

export type Field =
  | { readonly kind: 'scalar'; readonly name: string; readonly number: number; readonly type: Scalar; readonly repeated: boolean }
  | { readonly kind: 'message'; readonly name: string; readonly number: number; readonly of: Message; readonly repeated: boolean };

export interface Message {
  readonly fields: readonly Field[];
  /** An AnyValue: the only message that contains itself, so that its depth is counted. */
  readonly isAnyValue: boolean;
}

const message = (fields: readonly Field[]): Message => ({ fields, isAnyValue: false });
const one = (name: string, number: number, type: Scalar): Field => ({ kind: 'scalar', name, number, type, repeated: false });
const many = (name: string, number: number, type: Scalar): Field => ({ kind: 'scalar', name, number, type, repeated: true });
const sub = (name: string, number: number, of: Message): Field => ({ kind: 'message', name, number, of, repeated: false });
const subs = (name: string, number: number, of: Message): Field => ({ kind: 'message', name, number, of, repeated: true });

const anyValueFields: Field[] = [];
const anyValue: Message = { fields: anyValueFields, isAnyValue: true };
const keyValue = message([one('key', 1, 'text'), sub('value', 2, anyValue)]);
anyValueFields.push(
  one('stringValue', 1, 'text'),
  one('boolValue', 2, 'bool'),
  one('intValue', 3, 'int64'),
  one('doubleValue', 4, 'double'),
  sub('arrayValue', 5, message([subs('values', 1, anyValue)])),
  sub('kvlistValue', 6, message([subs('values', 1, keyValue)])),
  one('bytesValue', 7, 'base64'),
);

const resource = message([subs('attributes', 1, keyValue)]);
const scope = message([one('name', 1, 'text'), one('version', 2, 'text'), subs('attributes', 3, keyValue)]);

const times = [one('startTimeUnixNano', 2, 'fixed64'), one('timeUnixNano', 3, 'fixed64')];
const numberPoint = message([
  ...times,
  one('asDouble', 4, 'double'),
  one('asInt', 6, 'sfixed64'),
  subs('attributes', 7, keyValue),
  one('flags', 8, 'uint32'),
]);
const histogramPoint = message([
  ...times,
  one('count', 4, 'fixed64'),
  one('sum', 5, 'double'),
  many('bucketCounts', 6, 'fixed64'),
  many('explicitBounds', 7, 'double'),
  subs('attributes', 9, keyValue),
  one('flags', 10, 'uint32'),
]);
const exponentialBuckets = message([one('offset', 1, 'sint32'), many('bucketCounts', 2, 'uint64')]);
const exponentialPoint = message([
  subs('attributes', 1, keyValue),
  ...times,
  one('count', 4, 'fixed64'),
  one('sum', 5, 'double'),
  one('scale', 6, 'sint32'),
  one('zeroCount', 7, 'fixed64'),
  sub('positive', 8, exponentialBuckets),
  sub('negative', 9, exponentialBuckets),
  one('flags', 10, 'uint32'),
  one('zeroThreshold', 14, 'double'),
]);
const summaryPoint = message([
  ...times,
  one('count', 4, 'fixed64'),
  one('sum', 5, 'double'),
  subs('attributes', 7, keyValue),
  one('flags', 8, 'uint32'),
]);

const temporality = one('aggregationTemporality', 2, 'enum');
const metric = message([
  one('name', 1, 'text'),
  one('unit', 3, 'text'),
  sub('gauge', 5, message([subs('dataPoints', 1, numberPoint)])),
  sub('sum', 7, message([subs('dataPoints', 1, numberPoint), temporality, one('isMonotonic', 3, 'bool')])),
  sub('histogram', 9, message([subs('dataPoints', 1, histogramPoint), temporality])),
  sub('exponentialHistogram', 10, message([subs('dataPoints', 1, exponentialPoint), temporality])),
  sub('summary', 11, message([subs('dataPoints', 1, summaryPoint)])),
]);

export const METRICS_REQUEST = message([
  subs(
    'resourceMetrics',
    1,
    message([sub('resource', 1, resource), subs('scopeMetrics', 2, message([sub('scope', 1, scope), subs('metrics', 2, metric)]))]),
  ),
]);

const span = message([
  one('traceId', 1, 'hex'),
  one('spanId', 2, 'hex'),
  one('parentSpanId', 4, 'hex'),
  one('name', 5, 'text'),
  one('kind', 6, 'enum'),
  one('startTimeUnixNano', 7, 'fixed64'),
  one('endTimeUnixNano', 8, 'fixed64'),
  subs('attributes', 9, keyValue),
  sub('status', 15, message([one('code', 3, 'enum')])),
]);

export const TRACE_REQUEST = message([
  subs(
    'resourceSpans',
    1,
    message([sub('resource', 1, resource), subs('scopeSpans', 2, message([sub('scope', 1, scope), subs('spans', 2, span)]))]),
  ),
]);
