import type { Clock } from '../../../core/clock.ts';
import { fail, succeed } from '../../../core/outcome.ts';
import type { Notifier } from '../notifier.ts';
import { readHeadersFile } from '../stages/http/headers-file.ts';
import { postJson } from '../stages/http/post.ts';
import { alertOf } from './alert.ts';
import type { AlertmanagerConfig } from './schema.ts';

/** `http://host/prefix` -> `http://host/prefix/api/v2/alerts`. */
const alertsOf = (address: string): URL => new URL('api/v2/alerts', address.endsWith('/') ? address : `${address}/`);

/** Alertmanager says what it does not like as a JSON text, or as an object with a message. */
const reasonOf = (text: string): string | undefined => {
  try {
    const told: unknown = JSON.parse(text);
    const reason = typeof told === 'string' ? told : (told as { readonly message?: unknown } | null)?.message;
    return typeof reason === 'string' ? reason.replace(/\p{Cc}+/gu, ' ').slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Sends the alert of an incident to every Alertmanager of a cluster: they share silences and what was notified, not
 * alerts. Grouping, silences, inhibition and escalation are theirs.
 */
export const createAlertmanagerNotifier = (config: AlertmanagerConfig, { clock }: { readonly clock: Clock }): Notifier => {
  const { name, labels, headersFile, timeout, expire, repeat } = config;
  const urls = config.urls.map(alertsOf);
  return {
    name,
    repeatEveryMs: repeat,
    async notify({ message }, signal) {
      const headers = await readHeadersFile(headersFile);
      if (!headers.ok) return fail('NOTIFIER_MISCONFIGURED', `${name}: ${headers.error.message}`, { retryable: true });
      const body = JSON.stringify([alertOf(message, labels, clock.now(), expire)]);
      const posted = await Promise.all(
        urls.map((url) => postJson({ name, url, headers: headers.value, body, timeoutMs: timeout, clock, signal, reasonOf })),
      );
      const failures = posted.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
      const [first] = failures;
      // One is enough, since the next repetition reaches the others; but an end is not repeated, so all must hear of it.
      const suffices = message.reason === 'resolved' ? first === undefined : failures.length < urls.length;
      if (suffices || first === undefined) return succeed({ reference: `${urls.length - failures.length} of ${urls.length} took it` });
      return { ok: false, error: failures.find(({ retryable }) => retryable) ?? first };
    },
    close: () => Promise.resolve(),
  };
};
