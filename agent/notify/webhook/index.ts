import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../../../core/clock.ts';
import { PRODUCT, VERSION } from '../../../core/names.ts';
import { fail, succeed } from '../../../core/outcome.ts';
import type { Notifier, NotifyFailure } from '../notifier.ts';
import { isRetryableStatus, parseRetryAfter } from '../stages/retry.ts';
import { ForbiddenAddressError, forbiddenLiteral, guardedLookup } from './destination.ts';
import { readHeadersFile } from './headers-file.ts';
import { webhookPayload } from './payload.ts';
import type { WebhookConfig } from './schema.ts';

/** The answer is not used; what is longer is cut off with the connection. */
const ANSWER_BYTES_MAX = 64 * 1024;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

type Failed = { readonly ok: false; readonly error: NotifyFailure };

/** `node:http` instead of fetch: only there the connection takes our own, checked look-up; and it follows no redirect. */
const post = (url: URL, headers: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, { method: 'POST', headers, signal, lookup: guardedLookup, agent: false }, (response) => {
      let received = 0;
      const answer: Answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received <= ANSWER_BYTES_MAX) return;
        resolve(answer);
        request.destroy();
      });
      response.on('end', () => resolve(answer));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });

const refused = ({ status, retryAfter }: Answer, name: string, now: number): Failed => {
  const failure = fail(
    'NOTIFIER_REFUSED',
    `${name} answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}`,
    {
      retryable: isRetryableStatus(status),
    },
  );
  const retryAfterMs = parseRetryAfter(retryAfter, now);
  return retryAfterMs === undefined ? failure : { ok: false, error: { ...failure.error, retryAfterMs } };
};

/** Posts notifications as JSON. Neither the path of the address nor any header is ever logged: both may hold credentials. */
export const createWebhookNotifier = (config: WebhookConfig, { clock }: { readonly clock: Clock }): Notifier => {
  const { name, headersFile, timeout } = config;
  const url = new URL(config.url);

  const failed = (error: NodeJS.ErrnoException, timedOut: boolean): Failed => {
    if (timedOut) return fail('NOTIFIER_TIMEOUT', `${name} did not answer within ${timeout / 1_000} s`, { retryable: true });
    if (error instanceof ForbiddenAddressError) return fail('NOTIFIER_MISCONFIGURED', `${name}: ${error.message}`);
    return fail('NOTIFIER_UNREACHABLE', `${name} at ${url.host} cannot be reached: ${error.code ?? error.name}`, { retryable: true });
  };

  return {
    name,
    async notify(delivery, signal) {
      const literal = forbiddenLiteral(url);
      if (literal !== undefined) return fail('NOTIFIER_MISCONFIGURED', `${name}: the address ${literal} is not allowed`);
      const headers = await readHeadersFile(headersFile);
      if (!headers.ok) return fail('NOTIFIER_MISCONFIGURED', `${name}: ${headers.error.message}`, { retryable: true });
      const body = Buffer.from(webhookPayload(delivery));
      const deadline = new AbortController();
      let timedOut = false;
      const cancel = clock.after(timeout, () => {
        timedOut = true;
        deadline.abort();
      });
      try {
        const answer = await post(
          url,
          {
            ...headers.value,
            'content-type': 'application/json; charset=utf-8',
            'content-length': String(body.length),
            'user-agent': `${PRODUCT}/${VERSION}`,
            'idempotency-key': delivery.idempotencyKey,
          },
          body,
          AbortSignal.any([signal, deadline.signal]),
        );
        if (answer.status >= 200 && answer.status < 300) return succeed({ reference: `HTTP ${answer.status}` });
        return refused(answer, name, clock.now());
      } catch (error) {
        return failed(error as NodeJS.ErrnoException, timedOut);
      } finally {
        cancel();
      }
    },
    close: () => Promise.resolve(),
  };
};
