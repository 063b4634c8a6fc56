import type { ClosedStep, SignalTable } from '../../core/signal.ts';
import type { DurationMs, TimeScale } from '../../core/time.ts';
import {
  type BurnRate,
  budgetRemaining,
  burnWindows,
  createBurnRate,
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
}

/** The error budgets of all objectives, fed from the 'slo:<name>' ratios of closed steps. */
export interface BurnTracker {
  observe(step: ClosedStep): readonly Finding[];
  budgets(): readonly SloBudget[];
  snapshot(): Uint8Array;
  restore(bytes: Uint8Array): boolean;
}

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

export const createBurnTracker = (options: {
  readonly tenant: string;
  readonly scale: TimeScale;
  readonly objectives: readonly TrackedObjective[];
  readonly signals: SignalTable;
}): BurnTracker => {
  const { scale, tenant, signals } = options;
  const optionsOf = ({ name, service, objective, window }: TrackedObjective) => ({
    objective: name,
    service,
    tenant,
    target: objective,
    scale,
    budgetMs: window,
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

  return {
    observe(step) {
      learnSignals();
      const findings: Finding[] = [];
      for (let row = 0; row < step.length; row += 1) {
        const name = ids.get(step.signal[row] as number);
        const burn = name === undefined ? undefined : burns.get(name);
        if (burn === undefined) continue;
        const total = step.weight[row] as number;
        const bad = (step.value[row] as number) * total;
        const finding = scoreBurn(burn, { index: step.index, endsAt: step.endsAt, good: total - bad, bad });
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
      try {
        const parts = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>;
        for (const objective of options.objectives) {
          const part = parts[objective.name];
          // An objective that is new since the snapshot starts with a whole budget.
          if (part !== undefined)
            burns.set(objective.name, restoreBurnRate(new Uint8Array(Buffer.from(part, 'base64')), optionsOf(objective)));
        }
        return true;
      } catch {
        return false;
      }
    },
  };
};
