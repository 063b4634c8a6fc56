import type { NatsConnections } from '../../collectors/nats/index.ts';
import type { Clock } from '../../core/clock.ts';
import { createAlertmanagerNotifier } from './alertmanager/index.ts';
import { createNatsNotifier } from './nats/index.ts';
import type { Notifier } from './notifier.ts';
import { createPagerdutyNotifier } from './pagerduty/index.ts';
import type { NotifierConfig } from './schema.ts';
import { createSlackNotifier } from './slack/index.ts';
import { createWebhookNotifier } from './webhook/index.ts';

export interface NotifierDeps {
  readonly clock: Clock;
  readonly nats: NatsConnections;
}

type Kind = NotifierConfig['kind'];

/** One line a kind; its folder has the same name, and its schema stands in schema.ts. */
export const notifierKinds: {
  readonly [K in Kind]: (config: Extract<NotifierConfig, { readonly kind: K }>, deps: NotifierDeps) => Notifier;
} = {
  webhook: createWebhookNotifier,
  nats: createNatsNotifier,
  alertmanager: createAlertmanagerNotifier,
  pagerduty: createPagerdutyNotifier,
  slack: createSlackNotifier,
};

export const createNotifier = (config: NotifierConfig, deps: NotifierDeps): Notifier => {
  // Each kind takes its own entry, which the table's type says and a call through a union cannot.
  const create = notifierKinds[config.kind] as (config: NotifierConfig, deps: NotifierDeps) => Notifier;
  return create(config, deps);
};
