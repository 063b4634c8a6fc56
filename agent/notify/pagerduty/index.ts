import type { Clock } from '../../../core/clock.ts';
import { fail, succeed } from '../../../core/outcome.ts';
import { readSecretFile } from '../../config/secret.ts';
import type { Notifier } from '../notifier.ts';
import { postJson } from '../stages/http/post.ts';
import { eventOf } from './event.ts';
import type { PagerdutyConfig } from './schema.ts';

/** `{"status":"invalid event","message":"Event object is invalid","errors":["..."]}`, without what it might echo of the key. */
const reasonOf =
  (routingKey: string) =>
  (text: string): string | undefined => {
    try {
      const { message, errors } = JSON.parse(text) as { readonly message?: unknown; readonly errors?: unknown };
      const told = [message, ...(Array.isArray(errors) ? errors : [])].filter((part) => typeof part === 'string').join('; ');
      return told === ''
        ? undefined
        : told
            .replaceAll(routingKey, '[REDACTED]')
            .replace(/\p{Cc}+/gu, ' ')
            .slice(0, 200);
    } catch {
      return undefined;
    }
  };

/** Triggers and resolves. An event is accepted with 202 and worked on later; the same event twice is one, by its key. */
export const createPagerdutyNotifier = (config: PagerdutyConfig, { clock }: { readonly clock: Clock }): Notifier => {
  const { name, routingKeyFile, timeout } = config;
  const url = new URL(config.url);
  return {
    name,
    async notify({ message }, signal) {
      const key = await readSecretFile(routingKeyFile);
      // A secret that is not there yet may come: mounts and rotations take their time.
      if (!key.ok) return fail('NOTIFIER_MISCONFIGURED', `${name}: ${key.error.message}`, { retryable: true });
      const routingKey = key.value.reveal();
      const posted = await postJson({
        name,
        url,
        headers: {},
        body: JSON.stringify(eventOf(message, routingKey)),
        timeoutMs: timeout,
        clock,
        signal,
        reasonOf: reasonOf(routingKey),
      });
      return posted.ok ? succeed({ reference: `HTTP ${posted.value.status}` }) : posted;
    },
    close: () => Promise.resolve(),
  };
};
