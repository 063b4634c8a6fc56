import type { ClosedStep, SignalTable } from '../../core/signal.ts';
import type { DurationMs, Instant, TimeScale } from '../../core/time.ts';
import {
  type Budgeting,
  type BurnRate,
  type BurnRateOptions,
  type BurnRule,
  budgetRemaining,
  burnWindows,
  createBurnRate,
  isBegun,
  restoreBurnRate,
  scoreBurn,
  severityOf,
  snapshotBurnRate,
} from '../../detectors/burn-rate/index.ts';
import type { Finding } from '../../detectors/finding.ts';
import type { SloBudget } from '../api/contract.ts';

export interface TrackedObjective {
  readonly name: string;
  readonly service: string;
  readonly objective: number;
  readonly window: DurationMs;
  readonly budgeting?: Budgeting;
  /** For budgets that begin anew with the calendar. */
  readonly periodStart?: (at: Instant) => Instant;
  readonly rules?: readonly BurnRule[];
}

/** The error budgets of all objectives, fed from the 'slo:<name>' ratios of closed steps. */
export interface BurnTracker {
  observe(step: ClosedStep): readonly Finding[];
  budgets(): readonly SloBudget[];
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): boolean;
}

const NO_EVENTS = { good: 0, bad: 0 };

/** A share times its total is a count again but for the last bits, and counts that drift would move thresholds. */
const wholeEvents = (events: number): number => {
  const whole = Math.round(events);
  return Math.abs(events - whole) < 1e-6 ? whole : events;
};

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

export const createBurnTracker = (options: {
  readonly tenant: string;
  readonly scale: TimeScale;
  readonly objectives: readonly TrackedObjective[];
  readonly signals: SignalTable;
}): BurnTracker => {
  const { scale, tenant, signals } = options;
  const optionsOf = ({ name, service, objective, window, budgeting, periodStart, rules }: TrackedObjective): BurnRateOptions => ({
    objective: name,
    service,
    tenant,
    target: objective,
    scale,
    budgetMs: window,
    ...(budgeting === undefined ? {} : { budgeting }),
    ...(periodStart === undefined ? {} : { periodStart }),
    ...(rules === undefined ? {} : { rules }),
  });
  const burns = new Map<string, BurnRate>(options.objectives.map((objective) => [objective.name, createBurnRate(optionsOf(objective))]));
  const ids = new Map<number, string>();
  let known = 0;

  const learnSignals = (): void => {
    const all = signals.all();
    for (; known < all.length; known += 1) {
      const signal = all[known];
      if (signal?.name.startsWith('slo:') && burns.has(signal.name.slice(4))) ids.set(signal.id, signal.name.slice(4));
    }
  };

  /** Good and bad events of each objective in a step; two services of one name in different namespaces are one objective. */
  const countsIn = (step: ClosedStep): ReadonlyMap<string, { readonly good: number; readonly bad: number }> => {
    const counts = new Map<string, { readonly good: number; readonly bad: number }>();
    for (let row = 0; row < step.length; row += 1) {
      const name = ids.get(step.signal[row] as number);
      if (name === undefined) continue;
      const total = step.weight[row] as number;
      const bad = wholeEvents((step.value[row] as number) * total);
      const before = counts.get(name) ?? NO_EVENTS;
      counts.set(name, { good: before.good + total - bad, bad: before.bad + bad });
    }
    return counts;
  };

  return {
    observe(step) {
      learnSignals();
      const counts = countsIn(step);
      const findings: Finding[] = [];
      for (const [name, burn] of burns) {
        const counted = counts.get(name);
        if (counted === undefined && !isBegun(burn)) continue;
        // A step without requests moves the windows on, and what burns stays told: absent resolves nothing.
        const finding = scoreBurn(burn, { index: step.index, endsAt: step.endsAt, ...(counted ?? NO_EVENTS) });
        // Slow burns make tickets, not pages: they are evidence, and wake nobody.
        if (finding !== undefined) findings.push(severityOf(burn) === 'page' ? finding : { ...finding, harmful: false });
      }
      return findings;
    },
    budgets: () =>
      options.objectives.map(({ name, service, objective }) => {
        const burn = burns.get(name) as BurnRate;
        const remaining = budgetRemaining(burn);
        const now = burnWindows(burn)[0]?.longBurn ?? Number.NaN;
        return {
          name,
          service,
          objective,
          budgetRemaining: Number.isFinite(remaining) ? remaining : null,
          burn: Number.isFinite(now) ? now : null,
        };
      }),
    snapshot: () =>
      text(Object.fromEntries([...burns].map(([name, burn]) => [name, Buffer.from(snapshotBurnRate(burn)).toString('base64')]))),
    restore(bytes) {
      let parts: Record<string, string>;
      try {
        parts = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>;
      } catch {
        return false;
      }
      for (const objective of options.objectives) {
        const part = parts[objective.name];
        if (part === undefined) continue;
        try {
          burns.set(objective.name, restoreBurnRate(new Uint8Array(Buffer.from(part, 'base64')), optionsOf(objective)));
        } catch {
          // New since the snapshot, or with other windows than before: it starts with a whole budget, and costs nothing else its state.
          burns.set(objective.name, createBurnRate(optionsOf(objective)));
        }
      }
      return true;
    },
  };
};
