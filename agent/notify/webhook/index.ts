import type { Clock } from '../../../core/clock.ts';
import { fail, succeed } from '../../../core/outcome.ts';
import type { Notifier } from '../notifier.ts';
import { readHeadersFile } from '../stages/http/headers-file.ts';
import { postJson } from '../stages/http/post.ts';
import { webhookPayload } from './payload.ts';
import type { WebhookConfig } from './schema.ts';

/** Posts notifications as JSON. Neither the path of the address nor any header is ever logged: both may hold credentials. */
export const createWebhookNotifier = (config: WebhookConfig, { clock }: { readonly clock: Clock }): Notifier => {
  const { name, headersFile, timeout } = config;
  const url = new URL(config.url);
  return {
    name,
    async notify(delivery, signal) {
      const headers = await readHeadersFile(headersFile);
      if (!headers.ok) return fail('NOTIFIER_MISCONFIGURED', `${name}: ${headers.error.message}`, { retryable: true });
      const posted = await postJson({
        name,
        url,
        headers: { ...headers.value, 'idempotency-key': delivery.idempotencyKey },
        body: webhookPayload(delivery),
        timeoutMs: timeout,
        clock,
        signal,
      });
      return posted.ok ? succeed({ reference: `HTTP ${posted.value.status}` }) : posted;
    },
    close: () => Promise.resolve(),
  };
};
