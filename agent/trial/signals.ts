import { DEFAULT_TENANT } from '../../core/names.ts';
import type { ClosedStep, HarmDirection, SignalIdentity, SignalKind, SignalScope, SignalTable } from '../../core/signal.ts';
import { SECOND_MS, stepIndexAt } from '../../core/time.ts';
import { type Column, emptyColumn, errorRatio, type Grid, logDuration } from './columns.ts';
import type { ReadService } from './read-services.ts';
import { displayName } from './service-names.ts';

/** One of our own signals, over the whole history. */
export interface TrialSignal extends SignalIdentity {
  readonly kind: SignalKind;
  readonly unit: string;
  readonly harm: HarmDirection;
  readonly value: Column;
  readonly weight: Column;
}

const SERVICE: SignalScope = { kind: 'service' };

const constantWhere = (column: Column, grid: Grid, weight: number): Column => {
  const weights = emptyColumn(grid);
  for (let at = 0; at < grid.steps; at += 1) if (!Number.isNaN(column[at] as number)) weights[at] = weight;
  return weights;
};

const signalsOf = (service: ReadService, grid: Grid): readonly TrialSignal[] => {
  const { columns, requests, durations, gauges } = service;
  const identity = { tenant: DEFAULT_TENANT, service: displayName(service.name), scope: SERVICE };
  // The same names, kinds and directions of harm as collectors/red gives them.
  const rate: TrialSignal = {
    ...identity,
    name: 'requests',
    kind: 'rate',
    unit: '1/s',
    harm: 'fall',
    value: columns.requests,
    weight: constantWhere(columns.requests, grid, grid.stepMs / SECOND_MS),
  };
  const errors: readonly TrialSignal[] =
    requests.error === undefined
      ? []
      : [{ ...identity, name: 'errors', kind: 'ratio', unit: '1', harm: 'rise', ...errorRatio(columns, grid) }];
  const timed = logDuration(columns, grid, durations?.source.duration?.secondsPerUnit ?? 1);
  const duration: readonly TrialSignal[] =
    timed === undefined ? [] : [{ ...identity, name: 'duration', kind: 'duration', unit: 's', harm: 'rise', ...timed }];
  const pressures = [...gauges].map(
    ([name, value]): TrialSignal => ({
      ...identity,
      name,
      scope: { kind: 'resource', attributes: {} },
      kind: 'gauge',
      unit: '',
      harm: 'none',
      value,
      weight: constantWhere(value, grid, 1),
    }),
  );
  return [rate, ...errors, ...duration, ...pressures];
};

export const trialSignals = (services: readonly ReadService[], grid: Grid): readonly TrialSignal[] =>
  services.flatMap((service) => signalsOf(service, grid)).filter(({ value }) => value.some((one) => !Number.isNaN(one)));

/** The history as the live agent would have seen it: closed steps in order, absent signals not listed. */
export function* closedSteps(signals: readonly TrialSignal[], grid: Grid, table: SignalTable): Generator<ClosedStep> {
  const ids = signals.map((signal) => table.register(signal, signal.kind, signal.unit, signal.harm).id);
  const firstIndex = stepIndexAt(grid.firstEnd - grid.stepMs, grid.stepMs);
  for (let at = 0; at < grid.steps; at += 1) {
    const rows: number[] = [];
    signals.forEach((signal, row) => {
      if (!Number.isNaN(signal.value[at] as number)) rows.push(row);
    });
    const index = firstIndex + at;
    yield {
      index,
      startsAt: index * grid.stepMs,
      endsAt: (index + 1) * grid.stepMs,
      length: rows.length,
      signal: Uint32Array.from(rows, (row) => ids[row] as number),
      value: Float64Array.from(rows, (row) => signals[row]?.value[at] as number),
      weight: Float64Array.from(rows, (row) => signals[row]?.weight[at] as number),
    };
  }
}
