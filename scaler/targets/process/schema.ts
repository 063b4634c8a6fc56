import { z } from 'zod';

export const processTargetSchema = z.strictObject({
  kind: z.literal('process').prefault('process').describe('An HTTP admin interface with GET and PUT /scale'),
  target: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*){1,2}$/, 'expected a target like process/gateway')
    .describe('What is scaled, for example `process/gateway`'),
  adminUrl: z
    .url({ protocol: /^https?$/, error: 'expected an address that begins with https:// or http://' })
    .describe('Admin interface of the workload'),
});
