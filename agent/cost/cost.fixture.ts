import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { roundToMicros } from './money.ts';
import { type Month, parseMonth } from './month.ts';
import { type CostConfig, costSchema } from './schema.ts';
import type { UsageRow, UsageSource } from './usage.ts';

export const OCTOBER = parseMonth('2026-10') as Month;
export const SEPTEMBER_FIRST = Date.UTC(2026, 8, 1);

/** As a user writes it. */
export const writtenCost = {
  currency: 'EUR',
  prices: [
    {
      version: 'list',
      from: '2026-09-01',
      basis: 'list',
      cpuCoreHour: 0.04,
      memoryGibHour: '0.005',
      storageGibHour: 0.0001,
      nodeHour: { large: 0.2 },
    },
    {
      version: 'contract',
      from: '2026-10-01',
      basis: 'negotiated',
      cpuCoreHour: 0.03,
      memoryGibHour: 0.004,
      storageGibHour: 0.0001,
      nodeHour: { large: 0.16 },
    },
  ],
  nodeTypes: [{ name: 'large', cpuCores: 4, memoryGib: 16 }],
  budgets: [{ month: '2026-10', amount: 100 }],
  services: [
    { service: 'pay/gateway', cpuCores: 1, memoryGib: 2, storageGib: 10, team: 'payments' },
    { service: 'pay/ledger', cpuCores: 1, memoryGib: 8, nodeType: 'large' },
  ],
};

export const costConfig = (changes: object = {}): CostConfig => costSchema.parse({ ...writtenCost, ...changes });

export const usageRow = (service: string, from: number, replicas: number, more: Partial<UsageRow> = {}): UsageRow => ({
  service,
  from,
  until: from + HOUR_MS,
  replicas,
  quantities: undefined,
  given: [],
  load: Number.NaN,
  peakLoad: Number.NaN,
  payments: Number.NaN,
  desiredReplicas: Number.NaN,
  baselineReplicas: Number.NaN,
  acted: false,
  recordedAt: undefined,
  ...more,
});

/** A daily wave without weekends: replicas follow it, payments are counted at the gateway. */
export const fiftyDays = (days: number, service = 'pay/gateway'): readonly UsageRow[] =>
  Array.from({ length: days * 24 }, (_, hour) => {
    const from = SEPTEMBER_FIRST + hour * HOUR_MS;
    const load = 40 - 30 * Math.cos((2 * Math.PI * (from % DAY_MS)) / DAY_MS) + ((hour * 7919) % 11) - 5;
    return usageRow(service, from, Math.ceil(load / 10), { load, peakLoad: load * 1.1, payments: Math.round(load * 3_600) });
  });

export const sourceOf = (rows: readonly UsageRow[], label = 'fixture'): UsageSource => ({
  kind: 'allocation file',
  label,
  sha256: 'ab'.repeat(32),
  rows,
});

export const given = (cost: number): UsageRow['given'] => [{ resource: 'other', quantity: 0n, cost: roundToMicros(cost) }];
