import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../../../../core/clock.ts';
import { PRODUCT, VERSION } from '../../../../core/names.ts';
import { fail, type Outcome, succeed } from '../../../../core/outcome.ts';
import type { NotifyFailure } from '../../notifier.ts';
import { isRetryableStatus, parseRetryAfter } from '../retry.ts';
import { ForbiddenAddressError, forbiddenLiteral, guardedLookup } from './destination.ts';

/** What is longer is cut off with the connection. */
const ANSWER_BYTES_MAX = 64 * 1024;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

export interface PostRequest {
  /** Of the notifier, for messages. The path of the address is never told: it may hold credentials. */
  readonly name: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What of the body of a refusal may be told: the receiver's reason, never what it may echo. */
  reasonOf?(text: string): string | undefined;
}

/** `node:http` instead of fetch: only there the connection takes our own, checked look-up; and it follows no redirect. */
const exchange = (url: URL, headers: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, { method: 'POST', headers, signal, lookup: guardedLookup, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let received = 0;
      const answer = (): Answer => ({
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
        text: Buffer.concat(chunks).toString('utf8'),
      });
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received <= ANSWER_BYTES_MAX) {
          chunks.push(chunk);
          return;
        }
        resolve(answer());
        request.destroy();
      });
      response.on('end', () => resolve(answer()));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });

type Failed = { readonly ok: false; readonly error: NotifyFailure };

const refused = ({ status, retryAfter, text }: Answer, { name, clock, reasonOf }: PostRequest): Failed => {
  const reason = reasonOf?.(text);
  const why = reason !== undefined ? `: ${reason}` : status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  const failure = fail('NOTIFIER_REFUSED', `${name} answered ${status}${why}`, { retryable: isRetryableStatus(status) });
  const retryAfterMs = parseRetryAfter(retryAfter, clock.now());
  return retryAfterMs === undefined ? failure : { ok: false, error: { ...failure.error, retryAfterMs } };
};

const failed = (error: NodeJS.ErrnoException, { name, url, timeoutMs }: PostRequest, timedOut: boolean): Failed => {
  if (timedOut) return fail('NOTIFIER_TIMEOUT', `${name} did not answer within ${timeoutMs / 1_000} s`, { retryable: true });
  if (error instanceof ForbiddenAddressError) return fail('NOTIFIER_MISCONFIGURED', `${name}: ${error.message}`);
  return fail('NOTIFIER_UNREACHABLE', `${name} at ${url.host} cannot be reached: ${error.code ?? error.name}`, { retryable: true });
};

/** One attempt, bounded in time and size. Never rejects: what the receiver does is an outcome; any 2xx is success. */
export const postJson = async (
  request: PostRequest,
): Promise<Outcome<{ readonly status: number; readonly text: string }, NotifyFailure>> => {
  const { name, url, headers, clock, timeoutMs, signal } = request;
  const literal = forbiddenLiteral(url);
  if (literal !== undefined) return fail('NOTIFIER_MISCONFIGURED', `${name}: the address ${literal} is not allowed`);
  const body = Buffer.from(request.body);
  const deadline = new AbortController();
  let timedOut = false;
  const cancel = clock.after(timeoutMs, () => {
    timedOut = true;
    deadline.abort();
  });
  try {
    const answer = await exchange(
      url,
      {
        ...headers,
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(body.length),
        'user-agent': `${PRODUCT}/${VERSION}`,
      },
      body,
      AbortSignal.any([signal, deadline.signal]),
    );
    const isAccepted = answer.status >= 200 && answer.status < 300;
    return isAccepted ? succeed({ status: answer.status, text: answer.text }) : refused(answer, request);
  } catch (error) {
    return failed(error as NodeJS.ErrnoException, request, timedOut);
  } finally {
    cancel();
  }
};
