import type { Instant } from '../../../core/time.ts';
import { notificationSuspects, notificationText, notificationTitle } from '../message-text.ts';
import type { NotificationMessage } from '../notifier.ts';

/** As `POST /api/v2/alerts` takes it. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

const iso = (at: Instant): string => new Date(at).toISOString();

/**
 * The alert of an incident. Labels identify it and hold only what never changes once it was told, so that each sending
 * is the same alert to Alertmanager; what people read stands in annotations and may grow. While the incident is open,
 * `endsAt` lies ahead: like Prometheus, an agent that is gone for good leaves no alert behind that nobody can end.
 */
export const alertOf = (
  { incident, url, reason }: NotificationMessage,
  labels: Readonly<Record<string, string>>,
  now: Instant,
  expireMs: number,
): Alert => {
  const suspects = notificationSuspects(incident);
  // Said of the incident, not of the sending: a repeated alert is the same alert.
  const title = notificationTitle({ groupKey: incident.id, incident, reason: reason === 'resolved' ? reason : 'first' });
  return {
    labels: {
      ...labels,
      alertname: 'ForeshockIncident',
      service: incident.symptomService,
      severity: incident.severity,
      tenant: incident.tenant,
      incident: incident.id,
    },
    annotations: {
      summary: title,
      description: notificationText({ groupKey: incident.id, incident, reason: reason === 'resolved' ? reason : 'first' }),
      ...(suspects === '' ? {} : { suspects }),
      ...(url === undefined ? {} : { dashboard_url: url }),
    },
    startsAt: iso(incident.startedAt),
    endsAt: iso(incident.state === 'resolved' ? Math.min(incident.resolvedAt, now) : now + expireMs),
    ...(url === undefined ? {} : { generatorURL: url }),
  };
};
