import { z } from 'zod';
import { durationSchema } from '../../../core/duration.ts';
import { notifierName, webAddress } from '../stages/http/address.ts';

/** What identifies the alert of an incident; labels of the configuration stand beside these. */
export const OWN_LABELS = ['alertname', 'service', 'severity', 'tenant', 'incident'] as const;

export const alertmanagerSchema = z.strictObject({
  kind: z.literal('alertmanager').describe('Alerts to Prometheus Alertmanager, API v2'),
  name: notifierName.prefault('alertmanager').describe('Name in logs and metrics; needed when there are several'),
  urls: z
    .array(webAddress)
    .min(1)
    .max(8)
    .describe(
      'Every Alertmanager of the cluster, for example `[http://alertmanager-0:9093, http://alertmanager-1:9093]`; not a balancer before them',
    ),
  headersFile: z.string().min(1).optional().describe('File with one `Name: value` a line, read anew for each delivery; for credentials'),
  labels: z
    .record(
      z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected a label name: letters, digits and underscores'),
      z.string().min(1).max(512),
    )
    .refine(
      (labels) => OWN_LABELS.every((own) => !(own in labels)),
      `${OWN_LABELS.join(', ')} are set from the incident and cannot be given here`,
    )
    .prefault({})
    .describe('Labels added to every alert, for routing: `{ namespace: payments }`'),
  repeat: durationSchema(1_000).prefault('1m').describe('How often an open alert is sent again; Alertmanager expects 30 s to 3 min'),
  expire: durationSchema(1_000)
    .prefault('15m')
    .describe('How long Alertmanager keeps an alert that it no longer hears of; longer than a restart of the agent takes'),
  timeout: durationSchema(100).prefault('10s').describe('For one attempt, from the look-up of the name to the end of the answer'),
});

export type AlertmanagerConfig = z.output<typeof alertmanagerSchema>;
