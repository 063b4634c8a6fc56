import { z } from 'zod';
import { WORKLOAD_ID_PATTERN } from '../kubernetes/workload-id.ts';

export const scaleTargetSchema = z.strictObject({
  kind: z.literal('scale').describe('The scale subresource of a Deployment or StatefulSet that no other controller scales'),
  target: z
    .string()
    .regex(WORKLOAD_ID_PATTERN, 'expected deployment/NAMESPACE/NAME or statefulset/NAMESPACE/NAME')
    .describe('What is scaled, for example `deployment/payments/gateway`'),
});
