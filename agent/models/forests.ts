import { sha256Hex } from '../../core/hash.ts';
import { seededRandom } from '../../core/random.ts';
import type { ClosedStep, Signal, SignalTable } from '../../core/signal.ts';
import type { TimeScale } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';
import { createServiceForest, observeResiduals, refit, refitDue, type ServiceForest } from '../../detectors/isolation-forest/index.ts';

/** One forest a service over the residuals of its own signals. Evidence for causes; no page by itself. */
export interface Forests {
  observe(step: ClosedStep): readonly Finding[];
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): boolean;
}

interface Watched {
  readonly state: ServiceForest;
  readonly ids: readonly number[];
}

interface Part {
  readonly service: string;
  readonly names: readonly string[];
  readonly rows: string;
  readonly seen: number;
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

export const createForests = (options: {
  readonly tenant: string;
  readonly scale: TimeScale;
  readonly signals: SignalTable;
  /** Standardized residual of a signal at a step; NaN where absent. */
  residual(signalId: number, index: number): number;
}): Forests => {
  const { tenant, scale, signals } = options;
  const watched = new Map<string, Watched>();
  let steps = 0;

  const watch = (service: string, dimensions: readonly Signal[]): void => {
    if (dimensions.length < 2) return;
    const state = createServiceForest({ tenant, service, names: dimensions.map((signal) => signal.name), scale });
    watched.set(service, { state, ids: dimensions.map((signal) => signal.id) });
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
    for (const [service, { state }] of watched) {
      if (!refitDue(state)) continue;
      refit(state, seededRandom(seedOf(service, state.seen)));
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
      const parts = [...watched.entries()].map(
        ([service, { state }]): Part => ({ service, names: state.options.names, rows: base64(state.rows), seen: state.seen }),
      );
      return new TextEncoder().encode(JSON.stringify(parts));
    },
    restore(bytes) {
      try {
        for (const part of JSON.parse(new TextDecoder().decode(bytes)) as readonly Part[]) {
          const dimensions = part.names.flatMap(
            (name) => signals.all().find((signal) => signal.service === part.service && signal.name === name && isDimension(signal)) ?? [],
          );
          if (dimensions.length !== part.names.length) continue;
          watch(part.service, dimensions);
          const state = watched.get(part.service)?.state;
          if (state === undefined) continue;
          const rows = Buffer.from(part.rows, 'base64');
          state.rows.set(new Float64Array(rows.buffer.slice(rows.byteOffset, rows.byteOffset + rows.byteLength)));
          state.seen = part.seen;
          if (refitDue(state)) refit(state, seededRandom(seedOf(part.service, state.seen)));
        }
        return true;
      } catch {
        return false;
      }
    },
  };
};
