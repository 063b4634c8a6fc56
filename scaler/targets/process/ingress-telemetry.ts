import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAMESPACE } from '@opentelemetry/semantic-conventions/incubating';
import type { HostConfig } from './host-config.ts';
import type { TrafficCounters } from './traffic-counters.ts';

/** A receiver that is away must not hold the proxy. */
const EXPORT_TIMEOUT_MS = 2_000;

/**
 * What an ingress controller exports: requests that arrived, whoever answers them and when. Load for scaling is
 * counted here, because a saturated replica answers no more than it can and its own count hides the demand.
 */
export const startIngressTelemetry = (
  options: NonNullable<HostConfig['telemetry']>,
  traffic: TrafficCounters,
): { shutdown(): Promise<void> } => {
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: options.service,
      [ATTR_SERVICE_INSTANCE_ID]: `${options.service}-${process.pid}`,
      ...(options.namespace === undefined ? {} : { [ATTR_SERVICE_NAMESPACE]: options.namespace }),
    }),
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${options.otlpUrl}/v1/metrics`, timeoutMillis: EXPORT_TIMEOUT_MS }),
        exportIntervalMillis: options.exportIntervalMs,
        exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, options.exportIntervalMs),
      }),
    ],
  });
  const meter = provider.getMeter('foreshock-process-host');
  meter
    .createObservableCounter('ingress.requests', { unit: '{request}', description: 'Requests that arrived at the proxy.' })
    .addCallback((result) => result.observe(traffic.totals().arrivals));
  meter
    .createObservableCounter('ingress.errors', { unit: '{request}', description: 'Answers with status 500 and above.' })
    .addCallback((result) => result.observe(traffic.totals().serverErrors));
  return { shutdown: () => provider.shutdown().catch(() => {}) };
};
