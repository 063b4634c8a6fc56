import type { ServiceGraph } from '../../core/graph.ts';
import { type ClosedStep, modelKey, type SignalTable } from '../../core/signal.ts';
import type { DurationMs, Instant } from '../../core/time.ts';
import type { Finding } from '../../detectors/finding.ts';

/**
 * A service that stops reporting while its callers still call it is harm until shown otherwise; one that nobody
 * calls may simply be gone. How long a gap is habitual is learned from each service's own export interval.
 */
export interface Silence {
  observe(step: ClosedStep, graph: ServiceGraph): void;
  findings(step: ClosedStep): readonly Finding[];
  /** Services that are silent now. */
  silent(): readonly string[];
  snapshot(): string;
  restore(text: string): void;
}

interface Watched {
  lastStep: number;
  /** Longest habitual gap between reports, in steps. */
  gap: number;
  reports: number;
}

/** Reports before a gap means anything. */
const LEAST_REPORTS = 10;
/** Silent once the gap is this many times the habitual one, and this many steps more. */
const GAP_FACTOR = 3;
const GAP_STEPS = 5;

export const createSilence = (options: {
  readonly tenant: string;
  readonly signals: SignalTable;
  readonly stepMs: DurationMs;
}): Silence => {
  const watched = new Map<string, Watched>();
  const reportingIds = new Map<number, string>();
  let known = 0;
  let silentNow: readonly string[] = [];
  let called: ReadonlyMap<string, number> = new Map();

  const learnSignals = (): void => {
    const all = options.signals.all();
    for (; known < all.length; known += 1) {
      const signal = all[known];
      if (signal?.name === 'reporting' && signal.scope.kind === 'service') reportingIds.set(signal.id, signal.service);
    }
  };

  const isSilent = (state: Watched, index: number): boolean =>
    state.reports >= LEAST_REPORTS && index - state.lastStep > GAP_FACTOR * state.gap + GAP_STEPS;

  return {
    observe(step, graph) {
      learnSignals();
      for (let row = 0; row < step.length; row += 1) {
        const service = reportingIds.get(step.signal[row] as number);
        if (service === undefined) continue;
        const state = watched.get(service);
        if (state === undefined) {
          watched.set(service, { lastStep: step.index, gap: 1, reports: 1 });
          continue;
        }
        const gap = step.index - state.lastStep;
        // The habitual gap follows slowly downwards and at once upwards, but never by an outage.
        if (!isSilent(state, step.index)) state.gap = Math.max(gap, state.gap * 0.99, 1);
        state.lastStep = step.index;
        state.reports += 1;
      }
      called = new Map(graph.edges.map((edge) => [edge.callee, edge.rate]));
      silentNow = [...watched]
        .filter(([service, state]) => isSilent(state, step.index) && (called.get(service) ?? 0) > 0)
        .map(([service]) => service);
    },
    findings: (step) =>
      silentNow.map((service): Finding => {
        const state = watched.get(service) as Watched;
        const since: Instant = (state.lastStep + 2) * options.stepMs;
        const rate = called.get(service) ?? 0;
        const missing = step.index - state.lastStep;
        return {
          detector: 'silence',
          signal: modelKey({ tenant: options.tenant, service, name: 'reporting', scope: { kind: 'service' } }),
          tenant: options.tenant,
          service,
          name: 'reporting',
          at: step.endsAt,
          since,
          direction: 'fall',
          harmful: true,
          harm: 'fall',
          observed: 0,
          expected: 1,
          lower: 1,
          upper: 1,
          unit: '',
          pValue: 0,
          evidence: missing,
          contributions: [{ name: 'steps without a report', value: missing }],
          because: `${service} has sent nothing for ${Math.round((missing * options.stepMs) / 1000)} s while its callers still call it ${rate.toFixed(1)} times a second`,
        };
      }),
    silent: () => silentNow,
    snapshot: () => JSON.stringify([...watched]),
    restore(text) {
      watched.clear();
      for (const [service, state] of JSON.parse(text) as [string, Watched][]) watched.set(service, state);
    },
  };
};
