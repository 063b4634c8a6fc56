import type { Instant } from './time.ts';

/**
 * A signal is what detectors watch: one number a step, derived from streams or spans, keyed by things that
 * outlive pods. State, baselines and decision records use the model key, so a rolling restart of every pod
 * starts nothing cold.
 *
 * - gauge: value = mean of the observations in the step, weight = their number.
 * - rate: value = events per second, weight = seconds of the step that were observed.
 * - ratio: value = bad / total in [0, 1], weight = total events in the step.
 * - duration: value = mean of ln(seconds) over the events, weight = their number.
 */
export type SignalKind = 'gauge' | 'rate' | 'ratio' | 'duration';

/** The direction in which a deviation hurts users; 'none' is evidence for causes and scaling, never a page by itself. */
export type HarmDirection = 'rise' | 'fall' | 'either' | 'none';

export type SignalScope =
  | { readonly kind: 'service' }
  | { readonly kind: 'operation'; readonly operation: string }
  | { readonly kind: 'edge'; readonly callee: string }
  | { readonly kind: 'slice'; readonly slice: Readonly<Record<string, string>> }
  | { readonly kind: 'resource'; readonly attributes: Readonly<Record<string, string>> };

export interface SignalIdentity {
  readonly tenant: string;
  /** "namespace/service" or "service". For an edge: the caller. */
  readonly service: string;
  /** 'requests', 'errors', 'origin_errors', 'duration', 'self_duration', 'gap', 'declined', 'slo:<name>', or a metric's name. */
  readonly name: string;
  readonly scope: SignalScope;
}

export interface Signal extends SignalIdentity {
  /** Dense local id. */
  readonly id: number;
  readonly key: ModelKey;
  readonly kind: SignalKind;
  readonly unit: string;
  readonly harm: HarmDirection;
}

/** tenant|service|name|scope, canonical; stable for ever. */
export type ModelKey = string;

const escapePart = (part: string): string => part.replace(/[%|=,]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);

const pairs = (record: Readonly<Record<string, string>>): string =>
  Object.keys(record)
    .sort()
    .map((key) => `${escapePart(key)}=${escapePart(record[key] as string)}`)
    .join(',');

const scopeKey = (scope: SignalScope): string => {
  switch (scope.kind) {
    case 'service':
      return '';
    case 'operation':
      return `operation:${escapePart(scope.operation)}`;
    case 'edge':
      return `edge:${escapePart(scope.callee)}`;
    case 'slice':
      return `slice:${pairs(scope.slice)}`;
    case 'resource':
      return `resource:${pairs(scope.attributes)}`;
  }
};

export const modelKey = (identity: SignalIdentity): ModelKey =>
  [escapePart(identity.tenant), escapePart(identity.service), escapePart(identity.name), scopeKey(identity.scope)].join('|');

export interface SignalTable {
  readonly size: number;
  /** The signal of this identity, registered on first sight. Kind, unit and harm of the first sight stay. */
  register(identity: SignalIdentity, kind: SignalKind, unit: string, harm: HarmDirection): Signal;
  find(key: ModelKey): Signal | undefined;
  describe(id: number): Signal;
  all(): readonly Signal[];
}

export const createSignalTable = (known: readonly Signal[] = []): SignalTable => {
  const signals: Signal[] = [...known];
  const byKey = new Map<ModelKey, Signal>(signals.map((signal) => [signal.key, signal]));
  return {
    get size() {
      return signals.length;
    },
    register(identity, kind, unit, harm) {
      const key = modelKey(identity);
      const existing = byKey.get(key);
      if (existing !== undefined) return existing;
      const { tenant, service, name, scope } = identity;
      const signal: Signal = { id: signals.length, key, tenant, service, name, scope, kind, unit, harm };
      signals.push(signal);
      byKey.set(key, signal);
      return signal;
    },
    find: (key) => byKey.get(key),
    describe(id) {
      const signal = signals[id];
      if (signal === undefined) throw new RangeError(`no signal has id ${id}`);
      return signal;
    },
    all: () => signals,
  };
};

/**
 * One closed step: the values of every signal that was observed in [startsAt, endsAt). A signal that is not
 * listed was absent, which is not zero. Detector state is a function of closed steps, in order, and of nothing else.
 */
export interface ClosedStep {
  readonly index: number;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly length: number;
  readonly signal: Uint32Array;
  readonly value: Float64Array;
  readonly weight: Float64Array;
}

/** Data that came after its step had closed, within the allowed lateness: history is amended openly, never silently. */
export interface StepRevision {
  readonly index: number;
  readonly signal: number;
  readonly before: { readonly value: number; readonly weight: number } | undefined;
  readonly after: { readonly value: number; readonly weight: number };
}
