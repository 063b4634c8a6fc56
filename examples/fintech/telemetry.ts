import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Context, type Meter, metrics, propagation, type Tracer, trace } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { core, NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAMESPACE } from '@opentelemetry/semantic-conventions/incubating';

export const SERVICE_NAMESPACE = 'payments-demo';

export interface TelemetryOptions {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  /** Base URL of an OTLP/HTTP receiver, for example http://127.0.0.1:4318; absent: nothing is exported. */
  readonly otlpUrl: string | undefined;
  readonly exportIntervalMs: number;
  /** Adds a Prometheus reader whose handler the admin port serves. */
  readonly prometheus: boolean;
}

export interface Telemetry {
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** The caller's trace context (W3C traceparent) out of request headers. */
  extract(parent: Context, headers: Record<string, string | string[] | undefined>): Context;
  inject(context: Context, headers: Record<string, string>): void;
  readonly prometheusHandler: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Exports what is left; resolves also when the receiver is away. */
  shutdown(): Promise<void>;
}

/** Spans leave within this, so that a consumer that works in steps of a second sees them in time. */
const SPAN_DELAY_MS = 250;
/** A receiver that is away must not hold memory or the end of the process. */
const EXPORT_TIMEOUT_MS = 2_000;

/** The OpenTelemetry SDK as a service would set it up by hand: no automatic instrumentation, no logs. */
export const startTelemetry = (options: TelemetryOptions): Telemetry => {
  const { otlpUrl } = options;
  const prometheus = options.prometheus ? new PrometheusExporter({ preventServerStart: true }) : undefined;
  const readers: IMetricReader[] = prometheus === undefined ? [] : [prometheus];
  if (otlpUrl !== undefined) {
    readers.push(
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${otlpUrl}/v1/metrics`, timeoutMillis: EXPORT_TIMEOUT_MS }),
        exportIntervalMillis: options.exportIntervalMs,
        exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, options.exportIntervalMs),
      }),
    );
  }
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: options.service,
      [ATTR_SERVICE_NAMESPACE]: SERVICE_NAMESPACE,
      [ATTR_SERVICE_VERSION]: options.version,
      [ATTR_SERVICE_INSTANCE_ID]: options.instance,
    }),
    textMapPropagator: new core.W3CTraceContextPropagator(),
    metricReaders: readers,
    logRecordProcessors: [],
    spanProcessors:
      otlpUrl === undefined
        ? []
        : [
            new BatchSpanProcessor(new OTLPTraceExporter({ url: `${otlpUrl}/v1/traces`, timeoutMillis: EXPORT_TIMEOUT_MS }), {
              scheduledDelayMillis: SPAN_DELAY_MS,
              exportTimeoutMillis: EXPORT_TIMEOUT_MS,
              maxQueueSize: 4_096,
              maxExportBatchSize: 512,
            }),
          ],
  });
  sdk.start();
  return {
    tracer: trace.getTracer('payments-demo', options.version),
    meter: metrics.getMeter('payments-demo', options.version),
    extract: (parent, headers) => propagation.extract(parent, headers),
    inject: (context, headers) => propagation.inject(context, headers),
    prometheusHandler: prometheus === undefined ? undefined : (request, response) => prometheus.getMetricsRequestHandler(request, response),
    // A failed last export is no reason to end with an error: the receiver may have ended first.
    shutdown: () => sdk.shutdown().catch(() => {}),
  };
};

/** Bucket bounds that the semantic conventions advise for request durations, in seconds. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
