/**
 * The three small messages a receiver answers with, encoded by hand: ExportMetricsServiceResponse,
 * ExportTraceServiceResponse (same field numbers) and google.rpc.Status.
 */
export const PROTOBUF = 'application/x-protobuf';

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

/** ExportXServiceResponse { partial_success = 1 { rejected = 1, error_message = 2 } }; empty when all was taken. */
export const exportResponse = (rejected: number, message: string): Buffer => {
  if (rejected === 0 && message === '') return Buffer.alloc(0);
  const count = rejected === 0 ? [] : [8, ...varint(rejected)];
  return lengthDelimited(1, Buffer.concat([Buffer.from(count), lengthDelimited(2, Buffer.from(message))]));
};

/** Codes of google.rpc.Code. */
const RPC_CODES: ReadonlyMap<number, number> = new Map([
  [400, 3], // INVALID_ARGUMENT
  [404, 5], // NOT_FOUND
  [405, 12], // UNIMPLEMENTED
  [408, 4], // DEADLINE_EXCEEDED
  [413, 8], // RESOURCE_EXHAUSTED, not retryable over HTTP 413
  [415, 3],
  [429, 8], // RESOURCE_EXHAUSTED, retryable over HTTP 429
  [503, 14], // UNAVAILABLE
]);

/** google.rpc.Status { code = 1, message = 2 }, as the OTLP specification asks for in the body of every error. */
export const statusBody = (httpStatus: number, message: string): Buffer =>
  Buffer.concat([Buffer.from([8, RPC_CODES.get(httpStatus) ?? 2]), lengthDelimited(2, Buffer.from(message))]);
