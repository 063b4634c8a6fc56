import { z } from 'zod';
import { named } from './named.ts';
import { instant, reading } from './scalars.ts';

export const recommendation = named(
  'Recommendation',
  z
    .strictObject({
      kind: z.enum(['hold', 'scale']),
      target: z.string(),
      at: instant,
      current: z.number().optional().describe('Absent while unknown'),
      raw: z.number().optional().describe('What demand asks for, before stabilization and limits'),
      desired: z.number().optional(),
      reactive: z.number().optional().describe('What an HPA at the same load per replica would order now'),
      limitedBy: z.array(
        z.enum(['tolerance', 'stabilization', 'rate-limit', 'min', 'max', 'reactive-floor', 'absent-data', 'cold-start', 'freeze']),
      ),
      because: z.string(),
    })
    .describe('Replicas with what bound them'),
);

const forecast = named(
  'Forecast',
  z
    .strictObject({
      madeAt: instant,
      stepIndexFrom: z.number().describe('Step index of the first forecast value'),
      levels: z.array(z.number()).describe('Ascending, for example [0.1, 0.5, 0.9, 0.99]'),
      quantiles: z.array(z.array(reading)).describe('One array a level'),
      coverage: z.array(reading).describe('Measured share of past outcomes below each level; null before there were enough'),
      because: z.string(),
    })
    .describe('Quantiles of a load over a horizon'),
);

export const scalingView = named(
  'Scaling',
  z
    .strictObject({
      stepIndexFrom: z.number().describe('Step of the first value; step k ends at (k + 1) * stepSeconds since the epoch'),
      target: z.string(),
      service: z.string(),
      mode: z.enum(['observe', 'propose', 'act']),
      frozen: z.boolean(),
      unit: z.string().describe('Of load and capacity'),
      observedLoad: z.array(reading),
      orderedReplicas: z.array(reading),
      readyReplicas: z.array(reading),
      capacity: z.array(reading).describe('Load the ready replicas carry at the objective'),
      forecast: forecast.exactOptional(),
      leadSeconds: z.number().describe('From ordering a replica to its first useful answer'),
      minReplicas: z.number(),
      maxReplicas: z.number(),
      recommendation: recommendation.exactOptional(),
    })
    .describe('Load, forecast and replicas of one scaled workload; all arrays of a window have the same length'),
);

export const sloBudget = named(
  'ObjectiveBudget',
  z
    .strictObject({
      name: z.string(),
      service: z.string(),
      objective: z.number().describe('For example 0.999'),
      budgetRemaining: reading.describe('Share of the error budget left: 1 untouched, below 0 overspent'),
      burn: reading.describe('1 spends exactly the budget over the window'),
    })
    .describe('Error budget of one objective'),
);
