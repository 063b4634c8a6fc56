/** The small messages a receiver answers with: ExportXServiceResponse and google.rpc.Status, in protobuf (by hand) and in JSON. */
import type { Format, SignalPath } from './export-route.ts';

export const PROTOBUF = 'application/x-protobuf';
export const JSON_TYPE = 'application/json';

export const contentTypeOf = (format: Format): string => (format === 'json' ? JSON_TYPE : PROTOBUF);

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
};

const lengthDelimited = (field: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([field * 8 + 2, ...varint(body.length)]), body]);

const textField = (field: number, text: string): Buffer => lengthDelimited(field, Buffer.from(text));
const numberField = (field: number, value: number): Buffer => Buffer.from([field * 8, ...varint(value)]);

/** Names of what is rejected, in the JSON form of each signal's response. */
const REJECTED: Readonly<Record<SignalPath, string>> = { metrics: 'rejectedDataPoints', traces: 'rejectedSpans' };

/** ExportXServiceResponse { partial_success = 1 { rejected = 1, error_message = 2 } }; empty when all was taken. */
export const exportResponse = (format: Format, path: SignalPath, rejected: number, message: string): Buffer => {
  const isWhole = rejected === 0 && message === '';
  if (format === 'json') {
    // 64-bit integers are decimal strings in the JSON of protobuf.
    return Buffer.from(JSON.stringify(isWhole ? {} : { partialSuccess: { [REJECTED[path]]: String(rejected), errorMessage: message } }));
  }
  if (isWhole) return Buffer.alloc(0);
  const count = rejected === 0 ? Buffer.alloc(0) : numberField(1, rejected);
  return lengthDelimited(1, Buffer.concat([count, textField(2, message)]));
};

/** What a google.rpc.Status says beside its code and message (google/rpc/error_details.proto). */
export type StatusDetail = { readonly kind: 'bad-request' } | { readonly kind: 'retry'; readonly afterSeconds: number };

const TYPE_PREFIX = 'type.googleapis.com/google.rpc.';

/** google.protobuf.Any { type_url = 1, value = 2 } around BadRequest { field_violations = 1 { description = 2 } } or RetryInfo { retry_delay = 1 { seconds = 1 } }. */
const detailMessage = (detail: StatusDetail, message: string): Buffer =>
  detail.kind === 'retry'
    ? Buffer.concat([textField(1, `${TYPE_PREFIX}RetryInfo`), lengthDelimited(2, lengthDelimited(1, numberField(1, detail.afterSeconds)))])
    : Buffer.concat([textField(1, `${TYPE_PREFIX}BadRequest`), lengthDelimited(2, lengthDelimited(1, textField(2, message)))]);

const detailJson = (detail: StatusDetail, message: string): object =>
  detail.kind === 'retry'
    ? { '@type': `${TYPE_PREFIX}RetryInfo`, retryDelay: `${detail.afterSeconds}s` }
    : { '@type': `${TYPE_PREFIX}BadRequest`, fieldViolations: [{ description: message }] };

/** google.rpc.Status { code = 1, message = 2, details = 3 }, as the OTLP specification asks for with every error. */
export const statusBody = (format: Format, code: number, message: string, detail?: StatusDetail): Buffer => {
  if (format === 'json') {
    return Buffer.from(JSON.stringify({ code, message, ...(detail === undefined ? {} : { details: [detailJson(detail, message)] }) }));
  }
  const details = detail === undefined ? [] : [lengthDelimited(3, detailMessage(detail, message))];
  return Buffer.concat([numberField(1, code), textField(2, message), ...details]);
};
