import type { Clock } from '../../core/clock.ts';
import type { Notifier } from './notifier.ts';
import type { NotifierConfig } from './schema.ts';
import { createWebhookNotifier } from './webhook/index.ts';

export interface NotifierDeps {
  readonly clock: Clock;
}

type Kind = NotifierConfig['kind'];

/** One line a kind; its folder has the same name, and its schema stands in schema.ts. */
export const notifierKinds: {
  readonly [K in Kind]: (config: Extract<NotifierConfig, { readonly kind: K }>, deps: NotifierDeps) => Notifier;
} = {
  webhook: createWebhookNotifier,
};

export const createNotifier = (config: NotifierConfig, deps: NotifierDeps): Notifier => notifierKinds[config.kind](config, deps);
