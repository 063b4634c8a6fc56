import { z } from 'zod';

/** What is read of objects of the API; what is not read may have any shape. */

const count = z.int().min(0);
const texts = z.record(z.string(), z.string());

const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  uid: z.string().min(1),
  resourceVersion: z.string().min(1),
  generation: z.int().optional(),
  labels: texts.default({}),
  annotations: texts.default({}),
  ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  managedFields: z
    .array(z.object({ manager: z.string().default(''), time: z.string().optional(), fieldsV1: z.unknown().optional() }))
    .default([]),
});

export const watchedSchema = z.object({ metadata: z.object({ uid: z.string().default(''), resourceVersion: z.string().min(1) }) });

export const listPageSchema = z.object({
  metadata: z.object({ resourceVersion: z.string().min(1), continue: z.string().default('') }),
  items: z.array(z.unknown()),
});

export const watchErrorSchema = z.object({ code: z.int().catch(0), message: z.string().catch('') }).catch({ code: 0, message: '' });

export const workloadSchema = z.object({
  metadata,
  spec: z.object({
    replicas: count.default(1),
    template: z.looseObject({
      metadata: z.looseObject({ annotations: texts.default({}) }).prefault({}),
      spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string(), image: z.string().default('') })).default([]) }),
    }),
  }),
  status: z
    .object({
      readyReplicas: count.default(0),
      availableReplicas: count.default(0),
      currentReplicas: count.default(0),
      updatedReplicas: count.default(0),
    })
    .prefault({}),
});

export const hpaSchema = z.object({
  metadata,
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    minReplicas: count.default(1),
    maxReplicas: count,
  }),
  status: z.object({ currentReplicas: count.default(0), desiredReplicas: count.default(0) }).prefault({}),
});

export const podSchema = z.object({
  metadata,
  status: z
    .object({
      startTime: z.string().optional(),
      containerStatuses: z
        .array(z.object({ name: z.string(), ready: z.boolean().default(false), restartCount: count.default(0) }))
        .default([]),
    })
    .prefault({}),
});

export const nodeSchema = z.object({
  metadata,
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string().optional() })).default([]),
    })
    .prefault({}),
});

export type WorkloadObject = z.output<typeof workloadSchema>;
export type HpaObject = z.output<typeof hpaSchema>;
export type PodObject = z.output<typeof podSchema>;
export type NodeObject = z.output<typeof nodeSchema>;
