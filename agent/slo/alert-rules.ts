import { DAY_MS, type DurationMs, MINUTE_MS } from '../../core/time.ts';
import { calendarDuration, rollingLength } from './calendar.ts';
import type { Refusal } from './indicator.ts';
import type { ConditionSpec, Metadata, PolicySpec } from './open-slo-schema.ts';

export interface AlertRule {
  readonly severity: 'page' | 'ticket';
  readonly burnRate: number;
  /** Milliseconds. */
  readonly window: DurationMs;
  readonly shortWindow: DurationMs;
  readonly after: DurationMs;
}

/** Teams call severities what they like; these words are taken as meant. */
const PAGES: ReadonlySet<string> = new Set(['page', 'critical', 'high', 'sev1', 'sev2', 'sev-1', 'sev-2', 'p1', 'p2']);
const TICKETS: ReadonlySet<string> = new Set(['ticket', 'warning', 'medium', 'low', 'info', 'sev3', 'sev4', 'sev-3', 'sev-4', 'p3', 'p4']);
const SHORT_WINDOW_ANNOTATION = 'foreshock.dev/short-window';
/** The short window of the SRE Workbook, as a part of the long one. */
const SHORT_PART = 12;
const LONGEST_MS = 7 * DAY_MS;

const lengthOf = (text: string): DurationMs => {
  const duration = calendarDuration(text);
  return duration === undefined ? 0 : rollingLength(duration);
};

/** One burn-rate rule. `path` leads to the spec of the condition, `above` to the object that has its metadata. */
export const alertRule = (
  spec: ConditionSpec,
  metadata: Metadata | undefined,
  path: readonly (string | number)[],
  above: readonly (string | number)[],
): AlertRule | Refusal => {
  const { condition, severity } = spec;
  const word = severity.toLowerCase();
  if (!PAGES.has(word) && !TICKETS.has(word))
    return { path: [...path, 'severity'], what: `expected \`page\` or \`ticket\`, or one of ${[...PAGES, ...TICKETS].join(', ')}` };
  if (condition.op !== undefined && condition.op !== 'gt')
    return { path: [...path, 'condition', 'op'], what: 'a budget burns above the threshold: write `gt`, or leave it out' };
  const window = lengthOf(condition.lookbackWindow);
  if (window > LONGEST_MS)
    return { path: [...path, 'condition', 'lookbackWindow'], what: 'windows of at most 7d are kept step by step; make it shorter' };
  const written = metadata?.annotations?.[SHORT_WINDOW_ANNOTATION];
  const shortWindow = written === undefined ? Math.max(MINUTE_MS, Math.round(window / SHORT_PART)) : lengthOf(written);
  if (!(shortWindow > 0 && shortWindow <= window))
    return {
      path: [...above, 'metadata', 'annotations', SHORT_WINDOW_ANNOTATION],
      what: 'expected a duration like 5m, at most the lookbackWindow',
    };
  return {
    severity: PAGES.has(word) ? 'page' : 'ticket',
    burnRate: condition.threshold,
    window,
    shortWindow,
    after: lengthOf(condition.alertAfter ?? '0m'),
  };
};

/** What a policy asks for that nobody does here. */
export const policyRefusal = (spec: PolicySpec, path: readonly (string | number)[]): Refusal | undefined => {
  if (spec.alertWhenNoData === true)
    return {
      path: [...path, 'alertWhenNoData'],
      what: 'write `false`: a service that goes silent while it is called pages by itself, whatever its objectives',
    };
  if (spec.alertWhenBreaching === false)
    return {
      path: [...path, 'alertWhenBreaching'],
      what: 'a policy that does not alert when breaching does nothing; remove it from `alertPolicies`',
    };
  return undefined;
};
