import { PRODUCT } from '../../../core/names.ts';
import type { Instant } from '../../../core/time.ts';
import { notificationSuspects, notificationText, notificationTitle } from '../message-text.ts';
import type { NotificationMessage } from '../notifier.ts';

/** Limits of the Events API v2. */
const SUMMARY_CHARACTERS = 1_024;
const DEDUP_KEY_CHARACTERS = 255;

const iso = (at: Instant): string => new Date(at).toISOString();

/** The same for every event of an incident: PagerDuty updates and ends the alert that has it. */
const dedupKeyOf = ({ incident }: NotificationMessage): string =>
  `${PRODUCT}/${incident.tenant}/${incident.id}`.slice(0, DEDUP_KEY_CHARACTERS);

/** A trigger or a resolution. What people read is plain text to PagerDuty; nothing in it is markup. */
export const eventOf = (message: NotificationMessage, routingKey: string): object => {
  const { incident, url, reason } = message;
  const identity = { routing_key: routingKey, dedup_key: dedupKeyOf(message) };
  if (reason === 'resolved') return { ...identity, event_action: 'resolve' };
  return {
    ...identity,
    event_action: 'trigger',
    client: PRODUCT,
    ...(url === undefined ? {} : { client_url: url, links: [{ href: url, text: 'Open in Foreshock' }] }),
    payload: {
      summary: notificationTitle(message).slice(0, SUMMARY_CHARACTERS),
      source: incident.symptomService,
      severity: incident.severity,
      timestamp: iso(incident.startedAt),
      component: incident.symptomService,
      group: incident.tenant,
      class: 'incident',
      custom_details: {
        description: notificationText(message),
        suspects: notificationSuspects(incident),
        services: incident.services.slice(0, 50),
        incident: incident.id,
        ...(incident.decisionId === undefined ? {} : { decision: incident.decisionId }),
      },
    },
  };
};
