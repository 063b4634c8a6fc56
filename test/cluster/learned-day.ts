/** A short day with two rises that two replicas cannot carry: as a recording of the days before, and as load sent by OTLP. */
import { encodeRecording } from '../../agent/models/recording.ts';
import { encode, MetricsRequest, metricsOf, nanos } from '../../collectors/otlp/fixtures/messages.ts';
import { sleep } from '../../core/clock.ts';
import { seededRandom } from '../../core/random.ts';
import { systemClock } from '../../core/system-clock.ts';
import type { Instant } from '../../core/time.ts';

export const DAY_SECONDS = 120;
export const PER_REPLICA = 10;

const DAYS = 6;
/** Requests a second from a second of the day on. */
const LEVELS: readonly (readonly [from: number, load: number])[] = [
  [0, 10],
  [50, 40],
  [95, 60],
  [112, 10],
];

export const loadAt = (second: number): number => LEVELS.findLast(([from]) => from <= second)?.[1] ?? 10;

export const recordedDays = (): Uint8Array => {
  const random = seededRandom(11);
  const steps = DAYS * DAY_SECONDS;
  const value = Float32Array.from({ length: steps }, (_, step) => loadAt(step % DAY_SECONDS) * (0.95 + 0.1 * random()));
  const weight = new Float32Array(steps).fill(1);
  const signal = { tenant: 'default', service: 'ingress', name: 'ingress.requests', scope: { kind: 'resource', attributes: {} } } as const;
  const told = { kind: 'rate', unit: '{request}/s', harm: 'none', value, weight } as const;
  return encodeRecording({
    label: 'days of two rises',
    stepMs: 1_000,
    dayLengthMs: DAY_SECONDS * 1_000,
    steps,
    signals: [{ ...signal, ...told }],
  });
};

/** Requests counted at the ingress, told to every agent twice a second, as an SDK with a cumulative counter does. */
export const sendLoad = async (startsAt: Instant, otlpPorts: () => readonly number[], stopped: () => boolean): Promise<void> => {
  let sent = 0;
  let last = systemClock.now();
  const random = seededRandom(5);
  while (!stopped()) {
    await sleep(systemClock, 500);
    const now = systemClock.now();
    sent += (loadAt((now - startsAt) / 1_000) * (0.95 + 0.1 * random()) * (now - last)) / 1_000;
    last = now;
    const point = { startTimeUnixNano: nanos(startsAt), timeUnixNano: nanos(now), asDouble: sent };
    const sum = { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point] };
    const body = Buffer.from(
      encode(MetricsRequest, metricsOf({ 'service.name': 'ingress' }, [{ name: 'ingress.requests', unit: '{request}', sum }])),
    );
    const headers = { 'content-type': 'application/x-protobuf' };
    // A killed agent refuses; the others still hear of it.
    for (const port of otlpPorts()) fetch(`http://127.0.0.1:${port}/v1/metrics`, { method: 'POST', headers, body }).catch(() => undefined);
  }
};
