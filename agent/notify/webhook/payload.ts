import { API_GROUP } from '../../../core/names.ts';
import { notificationText, notificationTitle } from '../message-text.ts';
import type { Delivery } from '../notifier.ts';

const iso = (at: number): string | null => (Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : null);

/**
 * The document a webhook receives. `text` and `title` are for people; the rest is for programs, with instants in ISO
 * 8601. The whole incident is included, so that a receiver needs no second request. Numbers that are not finite are null.
 */
export const webhookPayload = ({ idempotencyKey, message }: Delivery): string => {
  const { groupKey, reason, incident, url } = message;
  return JSON.stringify({
    apiVersion: `${API_GROUP}/v1`,
    kind: 'Notification',
    id: idempotencyKey,
    reason,
    groupKey,
    title: notificationTitle(message),
    text: notificationText(message),
    severity: incident.severity,
    state: incident.state,
    tenant: incident.tenant,
    service: incident.symptomService,
    startedAt: iso(incident.startedAt),
    openedAt: iso(incident.openedAt),
    ...(incident.state === 'resolved' ? { resolvedAt: iso(incident.resolvedAt) } : {}),
    ...(url === undefined ? {} : { url }),
    incident,
  });
};
