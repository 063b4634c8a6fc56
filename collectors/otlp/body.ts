import type { Readable } from 'node:stream';
import { constants, gunzip } from 'node:zlib';
import type { Timer } from '../../core/clock.ts';
import type { Limits } from '../../core/limits.ts';
import { type Failure, type Outcome, succeed } from '../../core/outcome.ts';
import type { Admission, AdmissionGate } from '../intake/admit.ts';
import type { Format, Written } from './export-route.ts';
import { type Refusal, refusal } from './refusal.ts';

export type BodyLimits = Pick<Limits, 'compressedBytes' | 'decompressedBytes' | 'jsonBytes' | 'bodyTimeoutMs'>;

/** A failure that carries its answer. */
export interface RefusedRequest extends Failure<'refused'> {
  readonly refusal: Refusal;
}

const refuse = (answer: Refusal): { readonly ok: false; readonly error: RefusedRequest } => ({
  ok: false,
  error: { code: 'refused', message: answer.message, retryable: answer.retryAfterSeconds !== undefined, refusal: answer },
});

/** Bytes of a body that is being received are admitted as they arrive, this many at a time, never on a promise. */
const RECEIVE_STEP = 64 * 1024;

/** A sender may cut its body into pieces of one byte, each of which costs a hundred: this many are put together. */
const MERGED_CHUNKS = 512;

const tooLarge = (limit: number, what: string): Refusal =>
  refusal(413, 'body_too_large', `${what} exceeds ${limit} bytes`, { closes: true });

/** What arrives at a door, over HTTP/1.1 or as one stream of HTTP/2. */
export interface IncomingBody {
  readonly source: Readable;
  /** What its headers say will come, if they say so. */
  readonly declaredBytes: number | undefined;
  /** Longest body taken. */
  readonly limit: number;
}

const decodedLimit = (format: Format, limits: BodyLimits): number => (format === 'json' ? limits.jsonBytes : limits.decompressedBytes);

export const wireLimit = ({ format, encoding }: Written, limits: BodyLimits): number =>
  encoding === 'gzip' ? Math.min(limits.compressedBytes, decodedLimit(format, limits)) : decodedLimit(format, limits);

/** Reads a body within its limits of size, time and memory. Undefined when the sender went away. */
export const receiveBody = (
  { source, declaredBytes, limit }: IncomingBody,
  limits: BodyLimits,
  gate: AdmissionGate,
  timer: Timer,
): Promise<Outcome<Buffer, RefusedRequest> | undefined> => {
  if ((declaredBytes ?? 0) > limit) return Promise.resolve(refuse(tooLarge(limit, 'the body')));
  return new Promise((resolve) => {
    const merged: Buffer[] = [];
    let pending: Buffer[] = [];
    const admissions: Admission[] = [];
    let received = 0;
    let admitted = 0;

    const finish = (outcome: Outcome<Buffer, RefusedRequest> | undefined): void => {
      cancelTimeout();
      source.off('data', onData).off('end', onEnd).off('aborted', onGone).off('close', onGone).off('error', onGone);
      for (const admission of admissions) admission.release();
      resolve(outcome);
    };
    const finishEarly = (answer: Refusal): void => {
      source.pause();
      finish(refuse(answer));
    };
    const onData = (chunk: Buffer): void => {
      received += chunk.length;
      if (received > limit) {
        finishEarly(tooLarge(limit, 'the body'));
        return;
      }
      if (received > admitted) {
        const step = Math.max(RECEIVE_STEP, received - admitted);
        const admission = gate.tryAcquire(step);
        if (admission === undefined) {
          const message = `${gate.admittedBytes} bytes of requests are being received already`;
          finishEarly(refusal(429, 'overloaded', message, { retryAfterSeconds: 1, closes: true }));
          return;
        }
        admissions.push(admission);
        admitted += step;
      }
      pending.push(chunk);
      if (pending.length < MERGED_CHUNKS) return;
      merged.push(Buffer.concat(pending));
      pending = [];
    };
    const onEnd = (): void => {
      const chunks = merged.concat(pending);
      finish(succeed(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, received)));
    };
    const onGone = (): void => finish(undefined);
    const cancelTimeout = timer.after(limits.bodyTimeoutMs, () =>
      finishEarly(refusal(408, 'body_timeout', `no complete body within ${limits.bodyTimeoutMs / 1_000} s`, { closes: true })),
    );
    source.on('data', onData).on('end', onEnd).on('aborted', onGone).on('close', onGone).on('error', onGone);
  });
};

/** Deflate cannot expand further than 1,032 to 1 (zlib technical notes), so this bounds what inflating may take. */
const DEFLATE_RATIO = 1_032;

/** JSON is held as bytes, as text, as objects and as protobuf; its objects are about four times its bytes. */
const JSON_WEIGHT = 8;

export const weightOf = (format: Format, decodedBytes: number): number => (format === 'json' ? decodedBytes * JSON_WEIGHT : decodedBytes);

/** The most that reading a body of this many bytes may take. */
export const largestDecoded = (wireBytes: number, { format, encoding }: Written, limits: BodyLimits): number =>
  encoding === 'identity'
    ? weightOf(format, wireBytes)
    : wireBytes + weightOf(format, Math.min(decodedLimit(format, limits), wireBytes * DEFLATE_RATIO));

/** Large output chunks: with the 16 KB default, the hand-overs between threads cost twice what inflating does. */
const CHUNK_BYTES = 256 * 1024;

interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

export const inflate = (body: Buffer, format: Format, limits: BodyLimits): Promise<Outcome<Buffer, RefusedRequest>> =>
  new Promise((resolve) => {
    const badEncoding = (message: string): void => resolve(refuse(refusal(400, 'bad_encoding', message)));
    if (body.length === 0) {
      badEncoding('content-encoding says gzip, the body is empty');
      return;
    }
    const options = {
      chunkSize: CHUNK_BYTES,
      maxOutputLength: decodedLimit(format, limits),
      finishFlush: constants.Z_FINISH,
      info: true,
    };
    gunzip(body, options, (error, result) => {
      if (error !== null) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ERR_BUFFER_TOO_LARGE')
          resolve(refuse(refusal(413, 'body_too_large', `the decompressed body exceeds ${decodedLimit(format, limits)} bytes`)));
        else badEncoding(`gzip cannot be read: ${error.message}`);
        return;
      }
      // With `info` the callback gets the engine too, which the types do not tell. It knows where the stream ended.
      const { buffer, engine } = result as unknown as InflateInfo;
      if (engine.bytesWritten < body.length) badEncoding(`${body.length - engine.bytesWritten} bytes follow the end of the gzip stream`);
      else resolve(succeed(buffer));
    });
  });

export const notAdmitted = (failure: Failure): RefusedRequest =>
  refuse(
    failure.code === 'admission_timeout'
      ? refusal(503, 'admission_timeout', failure.message, { retryAfterSeconds: 2 })
      : refusal(429, 'overloaded', failure.message, { retryAfterSeconds: 1 }),
  ).error;
