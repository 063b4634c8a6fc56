import type { Batch } from '../../core/batch.ts';
import type { WallClock } from '../../core/clock.ts';
import { type Outcome, succeed } from '../../core/outcome.ts';
import type { Admission, AdmissionGate } from '../intake/admit.ts';
import type { IntakeSide } from '../intake/intake.ts';
import type { LedgerKind } from '../intake/ledger.ts';
import { type BodyLimits, inflate, largestDecoded, notAdmitted, type RefusedRequest, weightOf } from './body.ts';
import type { ExportRoute } from './export-route.ts';
import { type JsonFailure, protobufOfJson } from './json/transcode.ts';
import { createMetricDecoder, type DecodeFailure } from './metrics/decode.ts';
import { refusal } from './refusal.ts';
import { describeRejections, type Rejections } from './rejections.ts';
import { createSpanDecoder } from './traces/decode.ts';

/** What the partial success of a 200 says. */
export interface ExportAnswer {
  readonly rejected: number;
  readonly message: string;
}

export interface ExportService {
  export(route: ExportRoute, body: Buffer): Promise<Outcome<ExportAnswer, RefusedRequest>>;
}

export interface ExportServiceDependencies {
  readonly intake: IntakeSide;
  readonly clock: WallClock;
  /** Bytes being inflated, decoded and written. */
  readonly gate: AdmissionGate;
  readonly limits: BodyLimits;
  readonly salt: readonly [number, number];
}

interface Decoded {
  readonly kind: LedgerKind;
  readonly offered: number;
  readonly gaps: number;
  readonly rejections: Rejections;
  /** Undefined when no row is left. */
  readonly batch: Batch | undefined;
}

const RETRY_AFTER_LOG_SECONDS = 5;

const malformed = (failure: DecodeFailure | JsonFailure): { readonly ok: false; readonly error: RefusedRequest } => ({
  ok: false,
  error: { code: 'refused', message: failure.message, retryable: false, refusal: refusal(400, failure.code, failure.message) },
});

/** From the bytes of a request to rows on the disk: admit, inflate, decode, account, accept. */
export const createExportService = (tenant: string, deps: ExportServiceDependencies): ExportService => {
  const { intake, clock, gate, limits, salt } = deps;
  const { identities, redactor, dimensions, outcomeAttribute, ledger } = intake;
  const metrics = createMetricDecoder({ tenant, identities, redactor, salt });
  const traces = createSpanDecoder({ tenant, identities, redactor, salt, dimensions, outcomeAttribute });

  const decodeMetrics = (body: Buffer): Outcome<Decoded, DecodeFailure> => {
    const receivedAt = clock.now();
    const decoded = metrics.decode(body, receivedAt);
    if (!decoded.ok) return decoded;
    const { samples, histograms, offered, gaps, rejections } = decoded.value;
    const isEmpty = samples === undefined && histograms === undefined;
    const columns = { ...(samples === undefined ? {} : { samples }), ...(histograms === undefined ? {} : { histograms }) };
    return succeed({ kind: 'data_points', offered, gaps, rejections, batch: isEmpty ? undefined : { tenant, receivedAt, ...columns } });
  };

  const decodeSpans = (body: Buffer): Outcome<Decoded, DecodeFailure> => {
    const receivedAt = clock.now();
    const decoded = traces.decode(body, receivedAt);
    if (!decoded.ok) return decoded;
    const { spans, offered, rejections } = decoded.value;
    return succeed({ kind: 'spans', offered, gaps: 0, rejections, batch: spans === undefined ? undefined : { tenant, receivedAt, spans } });
  };

  const account = ({ kind, offered, gaps, rejections }: Decoded): void => {
    ledger.offer(kind, offered);
    for (const { reason, count, message } of rejections.entries()) ledger.reject(kind, reason, count, message);
    // A declared gap has no row for the intake to count.
    ledger.accept(kind, gaps);
    ledger.gap(gaps);
  };

  const bring = async (
    { path, format, encoding }: ExportRoute,
    body: Buffer,
    admission: Admission,
  ): Promise<Outcome<ExportAnswer, RefusedRequest>> => {
    const inflated = encoding === 'gzip' ? await inflate(body, format, limits) : succeed(body);
    if (!inflated.ok) return inflated;
    // The worst case was admitted; the true size is held until the rows are on disk, which is the back-pressure of a slow disk.
    if (encoding === 'gzip') admission.shrinkTo(body.length + weightOf(format, inflated.value.length));
    const bytes = format === 'json' ? protobufOfJson(path, inflated.value) : succeed(inflated.value);
    if (!bytes.ok) return malformed(bytes.error);
    const decoded = path === 'metrics' ? decodeMetrics(bytes.value) : decodeSpans(bytes.value);
    if (!decoded.ok) return malformed(decoded.error);
    account(decoded.value);
    const { batch, rejections } = decoded.value;
    if (batch !== undefined) {
      const accepted = await intake.intake.accept(batch);
      if (!accepted.ok) {
        const answer = refusal(503, 'log_unavailable', accepted.error.message, { retryAfterSeconds: RETRY_AFTER_LOG_SECONDS });
        return { ok: false, error: { code: 'refused', message: answer.message, retryable: true, refusal: answer } };
      }
    }
    return succeed({ rejected: rejections.total, message: describeRejections(rejections) });
  };

  return {
    async export(route, body) {
      const admission = await gate.acquire(largestDecoded(body.length, route, limits));
      if (!admission.ok) return { ok: false, error: notAdmitted(admission.error) };
      try {
        return await bring(route, body, admission.value);
      } finally {
        admission.value.release();
      }
    },
  };
};
