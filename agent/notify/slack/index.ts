import type { Clock } from '../../../core/clock.ts';
import { fail, succeed } from '../../../core/outcome.ts';
import { readSecretFile } from '../../config/secret.ts';
import type { Notifier } from '../notifier.ts';
import { webAddress } from '../stages/http/address.ts';
import { postJson } from '../stages/http/post.ts';
import { createPace } from '../stages/pace.ts';
import { slackMessage } from './blocks.ts';
import type { SlackConfig } from './schema.ts';

/** Slack takes one message a second for each webhook. */
const GAP_MS = 1_000;
/** As long as Slack may hold everybody off; the dispatcher has its own patience. */
const HOLD_OFF_MS_MAX = 60_000;

/** Slack says why in one word, such as `invalid_blocks` or `channel_is_archived`; anything else may echo what was sent. */
const reasonOf = (text: string): string | undefined => /^[a-z][a-z_]{1,60}$/.exec(text.trim())?.[0];

/** Posts to a channel, one message after another. The address of the webhook is a secret and is never told. */
export const createSlackNotifier = (config: SlackConfig, { clock }: { readonly clock: Clock }): Notifier => {
  const { name, urlFile, timeout } = config;
  const pace = createPace(clock, GAP_MS);
  return {
    name,
    async notify({ message }, signal) {
      const address = await readSecretFile(urlFile);
      if (!address.ok) return fail('NOTIFIER_MISCONFIGURED', `${name}: ${address.error.message}`, { retryable: true });
      const url = webAddress.safeParse(address.value.reveal());
      if (!url.success) {
        return fail('NOTIFIER_MISCONFIGURED', `${name}: the file ${urlFile} holds no address that begins with https://`, {
          retryable: true,
        });
      }
      const body = JSON.stringify(slackMessage(message));
      const posted = await pace.inTurn(
        () => postJson({ name, url: new URL(url.data), headers: {}, body, timeoutMs: timeout, clock, signal, reasonOf }),
        (outcome) => (outcome.ok ? 0 : Math.min(outcome.error.retryAfterMs ?? 0, HOLD_OFF_MS_MAX)),
        signal,
      );
      return posted.ok ? succeed({ reference: `HTTP ${posted.value.status}` }) : posted;
    },
    close: () => Promise.resolve(),
  };
};
