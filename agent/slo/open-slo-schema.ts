import { z } from 'zod';
import { calendarDuration, isKnownZone, LOCAL_TIME } from './calendar.ts';

/*
 * OpenSLO v1 as its specification has it (github.com/OpenSLO/OpenSLO). Strict: a field that is not of the
 * specification is a spelling mistake, and one that we cannot do is refused where the documents are mapped.
 */

const shorthand = z.string().refine((text) => calendarDuration(text) !== undefined, {
  error: 'expected a number and one of m, h, d, w, M, Q, Y, for example 28d',
});
const zeroOrShorthand = z.string().refine((text) => /^0[mhdw]$/.test(text) || calendarDuration(text) !== undefined, {
  error: 'expected a number and one of m, h, d, w, for example 5m',
});
const description = z.string().max(1_050).optional();

const metadata = z.strictObject({
  name: z.string().min(1).max(255),
  displayName: z.string().optional(),
  labels: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const metric = z.strictObject({
  metricSource: z.strictObject({
    metricSourceRef: z.string().min(1).optional(),
    type: z.string().min(1).optional(),
    spec: z.unknown().optional(),
  }),
});

const indicatorSpec = z.strictObject({
  description,
  thresholdMetric: metric.optional(),
  ratioMetric: z
    .strictObject({
      counter: z.boolean().optional(),
      good: metric.optional(),
      bad: metric.optional(),
      total: metric.optional(),
      rawType: z.enum(['success', 'failure']).optional(),
      raw: metric.optional(),
    })
    .optional(),
});

const conditionSpec = z.strictObject({
  description,
  severity: z.string().min(1),
  condition: z.strictObject({
    kind: z.literal('burnrate').optional(),
    op: z.enum(['gt', 'gte', 'lt', 'lte']).optional(),
    threshold: z.number().gt(0),
    lookbackWindow: shorthand,
    alertAfter: zeroOrShorthand.optional(),
  }),
});

const policySpec = z.strictObject({
  description,
  alertWhenNoData: z.boolean().optional(),
  alertWhenResolved: z.boolean().optional(),
  alertWhenBreaching: z.boolean().optional(),
  conditions: z
    .array(
      z.union([
        z.strictObject({ conditionRef: z.string().min(1) }),
        z.strictObject({ kind: z.literal('AlertCondition').optional(), metadata: metadata.optional(), spec: conditionSpec }),
      ]),
    )
    .length(1),
  notificationTargets: z.array(z.unknown()).optional(),
});

const objective = z.strictObject({
  displayName: z.string().optional(),
  op: z.enum(['lte', 'gte', 'lt', 'gt']).optional(),
  value: z.number().optional(),
  target: z.number().gt(0).lt(1).optional(),
  targetPercent: z.number().gt(0).lt(100).optional(),
  timeSliceTarget: z.number().gt(0).max(1).optional(),
  timeSliceWindow: z.union([z.number().gt(0), shorthand]).optional(),
});

const sloSpec = z.strictObject({
  description,
  service: z.string().min(1),
  indicator: z.strictObject({ metadata: metadata.optional(), spec: indicatorSpec }).optional(),
  indicatorRef: z.string().min(1).optional(),
  timeWindow: z
    .array(
      z.strictObject({
        duration: shorthand,
        isRolling: z.boolean().optional(),
        calendar: z
          .strictObject({
            startTime: z.string().regex(LOCAL_TIME, 'expected a local time like 2026-01-01 00:00:00'),
            timeZone: z.string().refine(isKnownZone, { error: 'expected a time zone of the IANA database, for example Europe/Berlin' }),
          })
          .optional(),
      }),
    )
    .length(1)
    .optional(),
  budgetingMethod: z.enum(['Occurrences', 'Timeslices', 'RatioTimeslices']),
  objectives: z.array(objective).min(1),
  alertPolicies: z
    .array(
      z.union([
        z.string().min(1),
        z.strictObject({ alertPolicyRef: z.string().min(1) }),
        z.strictObject({ kind: z.literal('AlertPolicy').optional(), metadata: metadata.optional(), spec: policySpec }),
      ]),
    )
    .optional(),
});

const document = <Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) =>
  z.strictObject({ apiVersion: z.literal('openslo/v1'), kind: z.literal(kind), metadata, spec });

export const OPEN_SLO_KINDS = {
  SLO: document('SLO', sloSpec),
  SLI: document('SLI', indicatorSpec),
  AlertPolicy: document('AlertPolicy', policySpec),
  AlertCondition: document('AlertCondition', conditionSpec),
  Service: document('Service', z.strictObject({ description }).nullish()),
  DataSource: document('DataSource', z.strictObject({ description, type: z.string().min(1), connectionDetails: z.unknown().optional() })),
  AlertNotificationTarget: document('AlertNotificationTarget', z.strictObject({ description, target: z.unknown() })),
} as const;

export type OpenSloKind = keyof typeof OPEN_SLO_KINDS;
export type Metadata = z.output<typeof metadata>;
export type Metric = z.output<typeof metric>;
export type IndicatorSpec = z.output<typeof indicatorSpec>;
export type ConditionSpec = z.output<typeof conditionSpec>;
export type PolicySpec = z.output<typeof policySpec>;
export type SloSpec = z.output<typeof sloSpec>;
export type SloObjective = z.output<typeof objective>;
