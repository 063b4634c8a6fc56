import { z } from 'zod';
import { formatDuration } from '../../core/duration.ts';
import { DAY_MS, type Instant } from '../../core/time.ts';
import type { Budgeting, BurnRule } from '../../detectors/burn-rate/index.ts';
import { durationSchema } from '../config/duration.ts';
import { calendarDuration, isKnownZone, LOCAL_TIME, periodStarts } from './calendar.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes, at most 63 of them');
/** Windows are kept step by step; a longer one is the budget's. */
const LONGEST_WINDOW_MS = 7 * DAY_MS;

const window = durationSchema().refine(
  (length) => length <= LONGEST_WINDOW_MS,
  'windows of at most 7d are kept step by step; make it shorter',
);

const calendar = z
  .strictObject({
    duration: z
      .string()
      .refine((text) => calendarDuration(text) !== undefined, 'expected a number and m, h, d, w, M, Q or Y, for example 1M')
      .describe('Length of a period, as OpenSLO writes it: 1d, 1w, 1M, 1Q, 1Y'),
    startTime: z
      .string()
      .regex(LOCAL_TIME, 'expected a local time like 2026-01-01 00:00:00')
      .describe('When a first period began, local time'),
    timeZone: z
      .string()
      .refine(isKnownZone, 'expected a time zone of the IANA database, for example Europe/Berlin')
      .describe('Time zone of the calendar'),
  })
  .describe('Budget that begins anew with the calendar, in place of a rolling one');

const budgeting = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('timeslices').describe('A slice is good when enough of its requests are'),
      slice: durationSchema().describe('Length of a slice'),
      target: z.number().gt(0).max(1).describe('Share of good requests that makes a slice good'),
    }),
    z.strictObject({
      kind: z.literal('ratio-timeslices').describe('Every slice weighs the same, and is as good as its share of good requests'),
      slice: durationSchema().describe('Length of a slice'),
    }),
  ])
  .describe('What the budget counts in place of requests');

const alert = z.strictObject({
  severity: z.enum(['page', 'ticket']).describe('A page wakes somebody, a ticket is shown'),
  burnRate: z.number().gt(0).max(100_000).describe('Times the pace that spends just the budget, above which it burns'),
  window: window.describe('The long window'),
  shortWindow: window.describe('The short window, in which it must burn too: a twelfth of the long one is usual'),
  after: durationSchema(0).prefault(0).describe('How long both must have burned before it is told'),
});

const ruleOf = ({ severity, burnRate, window: longMs, shortWindow: shortMs, after }: z.output<typeof alert>): BurnRule => ({
  severity,
  factor: burnRate,
  longMs,
  shortMs,
  afterMs: after,
  label: `${formatDuration(longMs)} and ${formatDuration(shortMs)}`,
});

const budgetingOf = (written: z.output<typeof budgeting>): Budgeting =>
  written.kind === 'timeslices'
    ? { kind: 'timeslices', sliceMs: written.slice, target: written.target }
    : { kind: 'ratio-timeslices', sliceMs: written.slice };

/** What the burn-rate detector takes besides the promise itself. */
interface BurnParts {
  readonly budgeting?: Budgeting;
  readonly periodStart?: (at: Instant) => Instant;
  readonly rules?: readonly BurnRule[];
}

/** One entry of `objectives`; what OpenSLO documents say becomes entries of the same kind. */
export const objectiveSchema = z
  .strictObject({
    name: name.describe('Name of the objective'),
    service: z.string().min(1).describe('service.name, or namespace/service.name'),
    kind: z.enum(['availability', 'latency']).describe('Share of requests that do not fail, or share that are fast enough'),
    objective: z.number().gt(0).lt(1).prefault(0.99).describe('Share of good requests, for example 0.999'),
    threshold: durationSchema().optional().describe('For latency: a request that takes longer is not good'),
    window: durationSchema().prefault('28d').describe('Period over which the error budget is spent'),
    calendar: calendar.optional(),
    budgeting: budgeting.optional(),
    alerts: z.array(alert).min(1).max(20).optional().describe('Rules in place of the four of the SRE Workbook'),
  })
  .superRefine(({ kind, threshold }, context) => {
    if (kind === 'latency' && threshold === undefined) {
      context.addIssue({ code: 'custom', path: [], message: 'a latency objective needs `threshold`, for example 400ms' });
    }
    if (kind === 'availability' && threshold !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['threshold'],
        message: 'an availability objective has no `threshold`; remove it, or say `kind: latency`',
      });
    }
  })
  .transform(({ alerts, budgeting: counted, ...promise }) => {
    const parts: BurnParts = {
      ...(counted === undefined ? {} : { budgeting: budgetingOf(counted) }),
      ...(promise.calendar === undefined ? {} : { periodStart: periodStarts(promise.calendar) }),
      ...(alerts === undefined ? {} : { rules: alerts.map(ruleOf) }),
    };
    return { ...promise, ...parts };
  });

export type ObjectiveConfig = z.output<typeof objectiveSchema>;
export type ObjectiveInput = z.input<typeof objectiveSchema>;
