import { z } from 'zod';

/** What is read of objects of the API. Fields nobody reads may have any shape; a field that is read and has another shape is a failure. */

const managedFieldsEntry = z.object({
  manager: z.string().default(''),
  operation: z.string().default(''),
  subresource: z.string().optional(),
  time: z.string().optional(),
  fieldsV1: z.unknown().optional(),
});

const metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string().min(1),
  resourceVersion: z.string().min(1),
  generation: z.int().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  managedFields: z.array(managedFieldsEntry).default([]),
  ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
});

/** A Deployment or a StatefulSet (apps/v1). */
export const workloadSchema = z.object({
  metadata,
  // The API server fills in 1; an absent field means the same.
  spec: z.object({ replicas: z.int().min(0).default(1) }),
  status: z.object({ readyReplicas: z.int().min(0).default(0) }).prefault({}),
});

/** autoscaling/v2 */
export const hpaSchema = z.object({
  metadata,
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string(), apiVersion: z.string().default('') }),
    minReplicas: z.int().min(0).default(1),
    maxReplicas: z.int().min(0),
  }),
});

/** autoscaling/v1, the scale subresource. */
export const scaleSchema = z.object({
  metadata: z.object({ uid: z.string(), resourceVersion: z.string() }),
  spec: z.object({ replicas: z.int().min(0).default(0) }).prefault({}),
});

export const listSchema = z.object({ items: z.array(z.unknown()) });

export type ObjectMetadata = z.output<typeof metadata>;
export type WorkloadObject = z.output<typeof workloadSchema>;
export type HpaObject = z.output<typeof hpaSchema>;
