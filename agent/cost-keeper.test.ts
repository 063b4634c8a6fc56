import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSignalTable } from '../core/signal.ts';
import { DAY_MS, MINUTE_MS } from '../core/time.ts';
import { readCostJournal } from './cli/cost/usage-sources.ts';
import { costConfig, OCTOBER } from './cost/cost.fixture.ts';
import type { CostConfig } from './cost/schema.ts';
import { type CostKeeper, costJournalPath, openCostKeeper } from './cost-keeper.ts';

const START = Date.UTC(2026, 9, 1, 13);
const cost = costConfig({
  services: [{ service: 'pay/gateway', cpuCores: 1, memoryGib: 0, replicasSignal: { service: 'pay/gateway', signal: 'replicas' } }],
  payments: { service: 'pay/gateway', signal: 'requests' },
});

describe('the keeper of cost', () => {
  let folder: string;
  const warnings: string[] = [];
  const log = {
    info: () => {},
    warn: (_fields: object, message: string) => void warnings.push(message),
    error: (_fields: object, message: string) => void warnings.push(message),
  };
  const signals = createSignalTable();
  const identity = { tenant: 'default', service: 'pay/gateway', scope: { kind: 'service' } } as const;
  const replicas = signals.register({ ...identity, name: 'replicas' }, 'gauge', '{replica}', 'none');
  const requests = signals.register({ ...identity, name: 'requests' }, 'rate', '1/s', 'fall');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foreshock-cost-'));
    warnings.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = (config: CostConfig = cost, dayLengthMs = DAY_MS): Promise<CostKeeper | undefined> =>
    openCostKeeper({ cost: config, dataDirectory: folder, dayLengthMs, now: START, signals, workloads: [], log });

  const live = (keeper: CostKeeper, fromMinute: number, minutes: number, count: number): void => {
    for (let minute = fromMinute; minute < fromMinute + minutes; minute += 1) {
      const startsAt = START + minute * MINUTE_MS;
      keeper.step({
        index: startsAt / MINUTE_MS,
        startsAt,
        endsAt: startsAt + MINUTE_MS,
        length: 2,
        signal: Uint32Array.of(replicas.id, requests.id),
        value: Float64Array.of(count, 5),
        weight: Float64Array.of(1, 60),
      });
    }
  };

  it('keeps hours where the report finds them, across a restart', async () => {
    const first = await open();
    live(first as CostKeeper, 0, 90, 2);
    await first?.close();
    const second = await open();
    // 1.5 hours of two cores at 0.03.
    expect(second?.reading().monthToDate).toBeCloseTo(0.09, 9);
    live(second as CostKeeper, 90, 31, 4);
    expect(second?.reading()).toMatchObject({ currency: 'EUR', budget: 100, hourly: [{ service: 'pay/gateway', cost: 0.12 }] });
    expect(second?.reading().monthToDate).toBeCloseTo(0.15, 9);
    await second?.close();
    const read = await readCostJournal(folder, OCTOBER, 'EUR');
    expect(read.ok && read.value.rows.map((row) => [row.replicas, row.payments])).toEqual([
      [2, 18_000],
      [2, 9_000],
      [4, 9_000],
      [4, 300],
    ]);
  });

  it('reads on behind a line that a crash cut off, and does not grow together with it', async () => {
    const first = await open();
    live(first as CostKeeper, 0, 61, 2);
    await first?.close();
    await appendFile(costJournalPath(folder, OCTOBER), '{"service":"pay/gate');
    const second = await open();
    live(second as CostKeeper, 90, 31, 4);
    await second?.close();
    const read = await readCostJournal(folder, OCTOBER, 'EUR');
    expect(read.ok && read.value.rows.map((row) => row.replicas)).toEqual([2, 2, 4, 4]);
  });

  it('keeps nothing on compressed days, and says so', async () => {
    expect(await open(cost, 120_000)).toBeUndefined();
    expect(warnings).toEqual(['cost is not kept: days are not 24 hours long']);
  });
});
