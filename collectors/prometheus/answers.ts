import { z } from 'zod';
import { fail, succeed } from '../../core/outcome.ts';
import type { PrometheusOutcome } from './contract.ts';

/** The frame around every answer (Prometheus documentation, "HTTP API", format overview). */
const envelopeSchema = z.object({
  status: z.enum(['success', 'error']),
  data: z.unknown().optional(),
  error: z.string().prefault(''),
  errorType: z.string().prefault(''),
  warnings: z.array(z.string()).nullish(),
  infos: z.array(z.string()).nullish(),
});

export interface Envelope {
  readonly status: 'success' | 'error';
  readonly data: unknown;
  readonly error: string;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

const labels = z.record(z.string(), z.string());
/** Checked by the reader, value by value: a schema over millions of pairs would take longer than the query. */
const pairs = z.custom<readonly unknown[]>((value) => Array.isArray(value), 'expected a list of [time, value]');

const matrixSchema = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: labels, values: pairs.optional(), histograms: pairs.optional() })),
});
export type Matrix = z.infer<typeof matrixSchema>;

const vectorSchema = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: labels, value: z.tuple([z.number(), z.string()]).optional() })),
});
export type Vector = z.infer<typeof vectorSchema>;

const namesSchema = z.array(z.string());
const buildSchema = z.record(z.string(), z.unknown());

const PLACE_CHARACTERS = 200;

/** A place may name labels, which are the server's words: without control characters, and not endless. */
const shorten = (issue: z.core.$ZodIssue | undefined, root: string): string => {
  if (issue === undefined) return root;
  const place = [root, ...issue.path.map(String)].join('.').replace(/\p{Cc}+/gu, ' ');
  return `${place.slice(0, PLACE_CHARACTERS)}: ${issue.message}`;
};

const looksLikePage = (text: string, contentType: string): boolean => /html/i.test(contentType) || /^\s*</.test(text);

export const readEnvelope = (text: string, contentType: string, where: string): PrometheusOutcome<Envelope> => {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    if (looksLikePage(text, contentType))
      return fail(
        'PROMETHEUS_NO_API',
        `${where} answered with a web page, not with JSON: a login, a proxy or another path stands before it`,
      );
    // Cut off on its way, most likely: another try may bring it whole.
    return fail('PROMETHEUS_MALFORMED', `${where} answered with ${text.length} characters that are no complete JSON`, {
      retryable: true,
      cause,
    });
  }
  const parsed = envelopeSchema.safeParse(raw);
  if (!parsed.success)
    return fail('PROMETHEUS_NO_API', `${where} answered with JSON of another API (${shorten(parsed.error.issues[0], 'answer')})`);
  const { status, data, error, warnings, infos } = parsed.data;
  return succeed({ status, data, error, warnings: warnings ?? [], infos: infos ?? [] });
};

const reader =
  <Value>(schema: z.ZodType<Value>) =>
  (data: unknown, where: string): PrometheusOutcome<Value> => {
    const parsed = schema.safeParse(data);
    return parsed.success
      ? succeed(parsed.data)
      : fail('PROMETHEUS_MALFORMED', `${where} answered with another shape than its API has (${shorten(parsed.error.issues[0], 'data')})`);
  };

export const readMatrix = reader(matrixSchema);
export const readVector = reader(vectorSchema);
export const readNames = reader(namesSchema);
export const readBuild = reader(buildSchema);
