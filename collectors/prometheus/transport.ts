import { type Clock, sleep } from '../../core/clock.ts';
import { fail, succeed } from '../../core/outcome.ts';
import { type DurationMs, SECOND_MS } from '../../core/time.ts';
import { type Envelope, readEnvelope } from './answers.ts';
import { readBody } from './body.ts';
import type { PrometheusFailure, PrometheusFailureCode, PrometheusOptions, PrometheusOutcome, PrometheusTraffic } from './contract.ts';
import { createGate } from './gate.ts';

export interface TransportDependencies {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'after' | 'elapsedMs'>;
}

export interface Transport {
  get(
    path: string,
    parameters: readonly (readonly [string, string])[],
    signal: AbortSignal | undefined,
  ): Promise<PrometheusOutcome<Envelope>>;
  readonly traffic: PrometheusTraffic;
}

const REDIRECTS_MAX = 3;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30 * SECOND_MS;
/** So many requests in a row that nobody answered in time: shorter ranges do not help, and each one more costs its whole time. */
const UNANSWERED_MAX = 16;
/** Of what a server says, so much is repeated: enough to act on, too little to flood a terminal. */
const QUOTED_MAX = 240;

const quoted = (text: string): string => {
  const plain = text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > QUOTED_MAX ? `${plain.slice(0, QUOTED_MAX)}...` : plain;
};

/** Words by which Prometheus, Thanos, Mimir and VictoriaMetrics say that a range or an answer was too large. */
const LIMIT_WORDS =
  /too many (samples|points|series|chunks)|maximum (resolution|of [\d,]+ points)|limit|exceed|too large|timed out|timeout|context deadline|-search\.max/i;

const refusal = (where: string, status: number, said: string): PrometheusFailure => {
  const failure = (code: PrometheusFailureCode, message: string, retryable = false): PrometheusFailure =>
    fail(code, message, { retryable }).error;
  const says = said === '' ? '' : `: ${quoted(said)}`;
  if (status === 401 || status === 403)
    return failure('PROMETHEUS_UNAUTHORIZED', `${where} refuses us with ${status}${says}; give --bearer-token-file or --basic-auth-file`);
  if (status === 413 || status === 414) return failure('PROMETHEUS_LIMIT', `${where} answered ${status}${says}`);
  if (status === 400 || status === 422)
    return failure(LIMIT_WORDS.test(said) ? 'PROMETHEUS_LIMIT' : 'PROMETHEUS_QUERY_REFUSED', `${where} answered ${status}${says}`);
  // Prometheus answers 503 when a query ran into its own time limit: waiting does not help, a shorter range does.
  if ((status === 503 || status === 504) && /timed out|timeout|deadline/i.test(said))
    return failure('PROMETHEUS_LIMIT', `${where} answered ${status}${says}`);
  if (status === 429 || status >= 500) return failure('PROMETHEUS_OVERLOADED', `${where} answered ${status}${says}`, true);
  return failure('PROMETHEUS_NO_API', `${where} answered ${status}${says}; is this the base address of a Prometheus?`);
};

const retryAfterMs = (response: Response): DurationMs | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(LONGEST_BACKOFF_MS, seconds * SECOND_MS) : undefined;
};

type Attempt = PrometheusOutcome<Envelope> & { readonly waitMs?: DurationMs };

/** The same server under the same or a safer scheme: credentials go nowhere else. */
const isSameServer = (from: URL, to: URL): boolean =>
  to.host === from.host
    ? to.protocol === from.protocol || to.protocol === 'https:'
    : to.hostname === from.hostname && to.protocol === 'https:' && to.port === '' && from.port === '';

const causeOf = (error: unknown): string => {
  const cause = (error as { readonly cause?: unknown }).cause ?? error;
  return quoted((cause as { readonly code?: string }).code ?? (cause as Error).message ?? String(cause));
};

/** One GET of the API: bounded in number, time, size and patience. */
export const createTransport = (options: PrometheusOptions, { fetch, clock }: TransportDependencies): Transport => {
  const base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  const gate = createGate(options.concurrency);
  const warnings = new Map<string, number>();
  const counts = { requests: 0, retries: 0, bytes: 0 };
  let unanswered = 0;

  const keepWarnings = (texts: readonly string[]): void => {
    for (const text of texts.map(quoted)) if (warnings.size < 100 || warnings.has(text)) warnings.set(text, (warnings.get(text) ?? 0) + 1);
  };

  const follow = async (first: URL, where: string, signal: AbortSignal): Promise<PrometheusOutcome<Response>> => {
    let url = first;
    for (let hops = 0; ; hops += 1) {
      counts.requests += 1;
      const response = await fetch(url, { headers: { accept: 'application/json', ...options.headers }, redirect: 'manual', signal });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) return succeed(response);
      await response.body?.cancel();
      const next = new URL(location, url);
      if (!isSameServer(base, next))
        return fail(
          'PROMETHEUS_REDIRECTED',
          `${where} redirects to ${next.origin}, which is not followed; give that address if it is right`,
        );
      if (hops === REDIRECTS_MAX) return fail('PROMETHEUS_REDIRECTED', `${where} redirects more than ${REDIRECTS_MAX} times`);
      url = next;
    }
  };

  const attempt = async (url: URL, where: string, outer: AbortSignal | undefined): Promise<Attempt> => {
    const controller = new AbortController();
    let late = false;
    const cancel = clock.after(options.timeoutMs, () => {
      late = true;
      controller.abort();
    });
    const signal = outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]);
    try {
      const followed = await follow(url, where, signal);
      if (!followed.ok) return followed;
      const response = followed.value;
      const body = await readBody(response, options.responseBytesMax, where);
      unanswered = 0;
      if (!body.ok) return body;
      counts.bytes += body.value.length;
      const envelope = readEnvelope(body.value, response.headers.get('content-type') ?? '', where);
      if (envelope.ok && envelope.value.status === 'success') return envelope;
      // A proxy's 502 page is an overloaded server, not another product.
      if (response.ok && !envelope.ok) return envelope;
      const said = envelope.ok ? envelope.value.error : '';
      const status = response.ok ? 422 : response.status;
      const waitMs = retryAfterMs(response);
      return { ok: false, error: refusal(where, status, said), ...(waitMs === undefined ? {} : { waitMs }) };
    } catch (error) {
      if (outer?.aborted === true) return fail('PROMETHEUS_ABORTED', 'stopped');
      if (late) unanswered += 1;
      if (late) return fail('PROMETHEUS_LIMIT', `${where} did not answer within ${options.timeoutMs / SECOND_MS} s`, { cause: error });
      return fail('PROMETHEUS_UNREACHABLE', `${where} cannot be reached: ${causeOf(error)}`, { retryable: true, cause: error });
    } finally {
      cancel();
    }
  };

  return {
    async get(path, parameters, signal) {
      const url = new URL(`api/v1/${path}`, base);
      url.search = new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
      const where = `${base.origin}${base.pathname}api/v1/${path}`;
      return gate(async () => {
        let backoff = FIRST_BACKOFF_MS;
        for (let tries = 1; ; tries += 1) {
          if (signal?.aborted === true) return fail('PROMETHEUS_ABORTED', 'stopped');
          if (unanswered >= UNANSWERED_MAX)
            return fail('PROMETHEUS_UNREACHABLE', `${where} is asked no more: ${unanswered} requests in a row were not answered in time`);
          const answered = await attempt(url, where, signal);
          if (answered.ok) {
            keepWarnings([...answered.value.warnings, ...answered.value.infos]);
            return answered;
          }
          if (!answered.error.retryable || tries >= options.attempts) return answered;
          counts.retries += 1;
          await sleep(clock as Clock, answered.waitMs ?? backoff, signal);
          backoff = Math.min(LONGEST_BACKOFF_MS, backoff * 2);
        }
      });
    },
    traffic: {
      get requests() {
        return counts.requests;
      },
      get retries() {
        return counts.retries;
      },
      get bytes() {
        return counts.bytes;
      },
      warnings,
    },
  };
};
