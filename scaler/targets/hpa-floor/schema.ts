import { z } from 'zod';
import { WORKLOAD_ID_PATTERN } from '../kubernetes/workload-id.ts';

export const hpaFloorTargetSchema = z.strictObject({
  kind: z.literal('hpa-floor').describe('minReplicas of the HorizontalPodAutoscaler that scales a Deployment or StatefulSet'),
  target: z
    .string()
    .regex(WORKLOAD_ID_PATTERN, 'expected deployment/NAMESPACE/NAME or statefulset/NAMESPACE/NAME')
    .describe('The workload whose autoscaler is moved, for example `deployment/payments/gateway`'),
});
