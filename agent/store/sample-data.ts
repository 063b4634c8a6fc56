import type { Batch } from '../../core/batch.ts';
import { type ClosedStep, createSignalTable, type SignalTable } from '../../core/signal.ts';
import type { StreamDescriptor } from '../../core/stream.ts';

/** Batches, streams and steps for the tests of the store; `seed` makes them differ. */
export const sampleBatch = (receivedAt: number, seed: number): Batch => ({
  tenant: 'default',
  receivedAt,
  samples: {
    length: 2,
    stream: Uint32Array.of(seed, seed + 1),
    type: Uint8Array.of(0, 1),
    time: Float64Array.of(receivedAt - 5, receivedAt - 4),
    start: Float64Array.of(Number.NaN, receivedAt - 60_000),
    value: Float64Array.of(seed * 0.1, -0),
  },
});

export const sampleStream = (id: number): StreamDescriptor => ({
  id,
  hash: id.toString(16).padStart(32, '0'),
  tenant: 'default',
  service: 'payments/api',
  instance: 'api-0',
  metric: 'http.server.request.duration',
  unit: 's',
  type: 'histogram',
  attributes: { 'http.route': '/pay' },
});

export const sampleSignals = (count: number): SignalTable => {
  const table = createSignalTable();
  for (let index = 0; index < count; index += 1) {
    const identity = { tenant: 'default', service: `payments/s${index}`, name: 'requests', scope: { kind: 'service' } } as const;
    table.register(identity, 'rate', '1/s', 'fall');
  }
  return table;
};

export const sampleStep = (
  index: number,
  stepMs: number,
  entries: readonly (readonly [signal: number, value: number, weight: number])[],
): ClosedStep => ({
  index,
  startsAt: index * stepMs,
  endsAt: (index + 1) * stepMs,
  length: entries.length,
  signal: Uint32Array.from(entries, ([signal]) => signal),
  value: Float64Array.from(entries, ([, value]) => value),
  weight: Float64Array.from(entries, ([, , weight]) => weight),
});
