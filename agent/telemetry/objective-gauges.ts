import type { Registry } from 'prom-client';
import { METRIC_PREFIX } from '../../core/names.ts';
import { createGaugeFamily } from './gauge-family.ts';

export interface ObjectiveReading {
  readonly name: string;
  readonly service: string;
  /** Null before anything was measured. */
  readonly budgetRemaining: number | null;
  readonly burn: number | null;
}

export interface ObjectiveGauges {
  replace(readings: readonly ObjectiveReading[]): void;
}

export const createObjectiveGauges = (registry: Registry): ObjectiveGauges => {
  const labels = ['objective', 'service'] as const;
  const remaining = createGaugeFamily(
    registry,
    `${METRIC_PREFIX}slo_budget_remaining_ratio`,
    'Share of the error budget that is left in the window of the objective; below 0 it is overspent.',
    labels,
  );
  const burn = createGaugeFamily(
    registry,
    `${METRIC_PREFIX}slo_burn_rate`,
    'Burn rate now; 1 spends exactly the error budget over the window.',
    labels,
  );
  return {
    replace(readings) {
      const rows = (pick: (reading: ObjectiveReading) => number | null) =>
        readings.map((reading) => ({ labels: { objective: reading.name, service: reading.service }, value: pick(reading) ?? Number.NaN }));
      remaining.replace(rows((reading) => reading.budgetRemaining));
      burn.replace(rows((reading) => reading.burn));
    },
  };
};
