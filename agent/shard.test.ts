import { describe, expect, it } from 'vitest';
import { createEventMemory } from '../collectors/nats/index.ts';
import { createSignalTable } from '../core/signal.ts';
import { createForecaster } from '../detectors/forecast/index.ts';
import type { Workload } from './act/workload.ts';
import { createDetection } from './models/detection.ts';
import { createSilence } from './models/silence.ts';
import { createShard, type StepSource } from './shard.ts';

const scale = { stepMs: 1_000, dayLengthMs: 120_000 };
const noSource: StepSource = {
  consume: () => undefined,
  closeSteps: () => ({ steps: [], revisions: [], late: 0 }),
  graph: () => ({ services: [], edges: [] }),
  snapshot: () => new Uint8Array(),
  restore: () => false,
};
const limit = { replicas: 4, percent: 100, windowMs: 15_000 };

const workload = (): Workload => ({
  policy: {
    target: 'process/gateway',
    minReplicas: 1,
    maxReplicas: 9,
    loadPerReplica: 10,
    risk: 0.01,
    leadMs: 5_000,
    stabilizationMs: 15_000,
    up: limit,
    down: limit,
    mode: 'observe',
  },
  service: 'gateway',
  loadService: 'gateway',
  signal: 'requests',
  forecaster: createForecaster({ scale, levels: [0.5, 0.9] }),
  history: [],
  status: { kind: 'absent', reason: 'never-seen' },
  load: { kind: 'absent', reason: 'never-seen' },
  forecast: undefined,
  recommendation: undefined,
});

describe('the shard', () => {
  it("takes a service's own requests as its load, also when its calls to others were seen first", () => {
    const signals = createSignalTable();
    const policy = { stepMs: 1_000, leastSteps: 4, changeWindowMs: 40_000, onsetToleranceMs: 4_000 };
    const scaled = workload();
    const shard = createShard(
      { scale, dimensions: [], desk: { policy, quietSteps: 5, keep: 10 } },
      {
        signals,
        source: noSource,
        detection: createDetection({ tenant: 'default', scale, seasonal: { scale }, signals, objectives: [] }),
        silence: createSilence({ tenant: 'default', signals, stepMs: 1_000 }),
        workloads: [scaled],
        events: createEventMemory(),
      },
    );
    const identity = { tenant: 'default', service: 'gateway', name: 'requests' };
    const edge = signals.register({ ...identity, scope: { kind: 'edge', callee: 'router' } }, 'rate', '1/s', 'none');
    const step = (index: number, ids: readonly number[], values: readonly number[]) => ({
      index,
      startsAt: 1_000 * index,
      endsAt: 1_000 * (index + 1),
      length: ids.length,
      signal: Uint32Array.from(ids),
      value: Float64Array.from(values),
      weight: Float64Array.from(values, () => 1),
    });
    shard.learn(step(1, [edge.id], [7]));
    expect(scaled.load.kind).toBe('absent');
    const own = signals.register({ ...identity, scope: { kind: 'service' } }, 'rate', '1/s', 'fall');
    shard.learn(step(2, [edge.id, own.id], [7, 30]));
    expect(scaled.load).toMatchObject({ kind: 'observed', value: 30 });
  });
});
