import { sha256Hex } from '../../core/hash.ts';
import { seededRandom } from '../../core/random.ts';
import type { ClosedStep, ModelKey, Signal, SignalTable } from '../../core/signal.ts';
import type { TimeScale } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';
import { createServiceForest, observeResiduals, refit, refitDue, type ServiceForest } from '../../detectors/isolation-forest/index.ts';

/** One forest a service over the residuals of its own signals. Evidence for causes; no page by itself. */
export interface Forests {
  observe(step: ClosedStep): readonly Finding[];
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): boolean;
}

/** What the standing forest was grown from: the same rows and count grow it again, byte for byte. */
interface Fit {
  readonly rows: Float64Array;
  readonly seen: number;
}

interface Watched {
  readonly state: ServiceForest;
  readonly ids: readonly number[];
  fit: Fit | undefined;
}

interface Part {
  readonly service: string;
  /** Model keys of the dimensions. */
  readonly keys: readonly ModelKey[];
  readonly rows: string;
  readonly seen: number;
  readonly fit: { readonly rows: string; readonly seen: number } | null;
  readonly evidence: number;
  /** null while there is no evidence. */
  readonly since: number | null;
  readonly calm: number;
  readonly openSteps: number;
  readonly open: boolean;
}

interface ForestsState {
  readonly steps: number;
  readonly parts: readonly Part[];
}

/** Dimensions of one service: its own golden signals and its pools. More would dilute what a tree can isolate. */
const DIMENSIONS_MAX = 12;
const GOLDEN: ReadonlySet<string> = new Set(['requests', 'errors', 'origin_errors', 'duration', 'self_duration', 'declined']);
/** Steps in which a service's signals are collected before its vector is fixed. */
const SETTLE_STEPS = 60;

const isDimension = (signal: Signal): boolean =>
  (signal.scope.kind === 'service' && GOLDEN.has(signal.name)) || (signal.scope.kind === 'resource' && signal.kind === 'gauge');

/** The same service and the same amount of history grow the same forest, so that a restart continues as if never stopped. */
const seedOf = (service: string, seen: number): number => Number.parseInt(sha256Hex(`${service}|${seen}`).slice(0, 8), 16);

const base64 = (values: Float64Array): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

const fromBase64 = (text: string): Float64Array => {
  const bytes = Buffer.from(text, 'base64');
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

const grow = (entry: Watched, service: string): void => {
  const { state } = entry;
  entry.fit = { rows: state.rows.slice(), seen: state.seen };
  refit(state, seededRandom(seedOf(service, state.seen)));
};

const partOf = (service: string, { state, fit }: Watched, keys: readonly ModelKey[]): Part => ({
  service,
  keys,
  rows: base64(state.rows),
  seen: state.seen,
  fit: fit === undefined || state.forest === undefined ? null : { rows: base64(fit.rows), seen: fit.seen },
  evidence: state.evidence,
  since: Number.isFinite(state.since) ? state.since : null,
  calm: state.calm,
  openSteps: state.openSteps,
  open: state.open,
});

/** The state of a part: its forest is grown again from what it had been grown from, then come the rows since. */
const resume = (entry: Watched, part: Part): void => {
  const { state } = entry;
  if (part.fit !== null) {
    state.rows.set(fromBase64(part.fit.rows));
    state.seen = part.fit.seen;
    grow(entry, part.service);
  }
  state.rows.set(fromBase64(part.rows));
  state.seen = part.seen;
  state.evidence = part.evidence;
  state.since = part.since ?? Number.NaN;
  state.calm = part.calm;
  state.openSteps = part.openSteps;
  state.open = part.open;
};

export const createForests = (options: {
  readonly tenant: string;
  readonly scale: TimeScale;
  readonly signals: SignalTable;
  readonly falseFindingsPerServiceWeek: number | undefined;
  /** Standardized residual of a signal at a step; NaN where absent. */
  residual(signalId: number, index: number): number;
}): Forests => {
  const { tenant, scale, signals, falseFindingsPerServiceWeek } = options;
  const budget = falseFindingsPerServiceWeek === undefined ? {} : { falseFindingsPerServiceWeek };
  const watched = new Map<string, Watched>();
  let steps = 0;

  const watch = (service: string, dimensions: readonly Signal[]): void => {
    if (dimensions.length < 2) return;
    const state = createServiceForest({ tenant, service, names: dimensions.map((signal) => signal.name), scale, ...budget });
    watched.set(service, { state, ids: dimensions.map((signal) => signal.id), fit: undefined });
  };

  const watchNewServices = (): void => {
    const byService = new Map<string, Signal[]>();
    for (const signal of signals.all()) {
      if (watched.has(signal.service) || !isDimension(signal)) continue;
      const known = byService.get(signal.service) ?? [];
      if (known.length < DIMENSIONS_MAX) byService.set(signal.service, [...known, signal]);
    }
    for (const [service, dimensions] of byService) watch(service, dimensions);
  };

  /** At most one fit a step: some milliseconds each. */
  const refitOne = (): void => {
    for (const [service, entry] of watched) {
      if (!refitDue(entry.state)) continue;
      grow(entry, service);
      return;
    }
  };

  return {
    observe(step) {
      steps += 1;
      if (steps % SETTLE_STEPS === 0) watchNewServices();
      const findings: Finding[] = [];
      for (const { state, ids } of watched.values()) {
        const finding = observeResiduals(
          state,
          ids.map((id) => options.residual(id, step.index)),
          step.endsAt,
        );
        if (finding !== undefined) findings.push(finding);
      }
      refitOne();
      return findings;
    },
    snapshot() {
      const parts = [...watched].map(([service, entry]) =>
        partOf(
          service,
          entry,
          entry.ids.map((id) => signals.describe(id).key),
        ),
      );
      return new TextEncoder().encode(JSON.stringify({ steps, parts } satisfies ForestsState));
    },
    restore(bytes) {
      try {
        const state = JSON.parse(new TextDecoder().decode(bytes)) as ForestsState;
        for (const part of state.parts) {
          const dimensions = part.keys.flatMap((key) => signals.find(key) ?? []);
          if (dimensions.length !== part.keys.length) continue;
          watch(part.service, dimensions);
          const entry = watched.get(part.service);
          if (entry !== undefined) resume(entry, part);
        }
        steps = state.steps;
        return true;
      } catch {
        return false;
      }
    },
  };
};
