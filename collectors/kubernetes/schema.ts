import { z } from 'zod';
import { durationSchema } from '../../core/duration.ts';
import { SECOND_MS } from '../../core/time.ts';

/** RFC 1123 */
const dnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'expected a name of lower-case letters, digits and dashes');

const lease = z
  .strictObject({
    name: dnsLabel.prefault('foreshock').describe('Name of the Lease; agents that scale the same workloads share it'),
    namespace: dnsLabel.optional().describe('Its namespace; that of the pod when left out, and `default` outside of a cluster'),
    duration: durationSchema(2 * SECOND_MS)
      .prefault('15s')
      .describe('A holder that has not renewed for this long has lost it'),
    renewDeadline: durationSchema(SECOND_MS).prefault('10s').describe('The holder gives up when it could not renew for this long'),
    retryPeriod: durationSchema(100).prefault('2s').describe('Between two attempts to take or to renew it'),
  })
  .superRefine(({ duration, renewDeadline, retryPeriod }, context) => {
    if (duration > renewDeadline && renewDeadline > 1.2 * retryPeriod) return;
    context.addIssue({
      code: 'custom',
      path: ['renewDeadline'],
      message: 'must be shorter than `duration` and longer than 1.2 times `retryPeriod`, for example 15s, 10s and 2s',
    });
  })
  .prefault({})
  .describe('Only the holder of this Lease scales; needed only where a target of kind `scale` or `hpa-floor` acts');

export const kubernetesSchema = z
  .strictObject({
    enabled: z.boolean().prefault(false).describe('Whether workloads, pods and autoscalers are watched'),
    kubeconfig: z.string().min(1).optional().describe('kubeconfig file; the ServiceAccount of the pod when left out'),
    namespaces: z.array(dnsLabel).max(200).default([]).describe('Namespaces that are watched'),
    nodes: z.boolean().prefault(false).describe('Whether nodes that become unready are reported; needs to list and watch nodes'),
    lease,
  })
  .superRefine(({ enabled, namespaces }, context) => {
    if (!enabled || namespaces.length > 0) return;
    context.addIssue({ code: 'custom', path: ['namespaces'], message: 'name at least one namespace to watch, or leave `enabled` out' });
  })
  .prefault({})
  .describe('The cluster: what is watched, and who of several agents scales');

export type KubernetesConfig = z.output<typeof kubernetesSchema>;
