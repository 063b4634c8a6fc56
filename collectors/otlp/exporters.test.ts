import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPMetricExporter as GrpcMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { POINT_COUNTER_CUMULATIVE, POINT_GAUGE, POINT_SUM_CUMULATIVE } from '../../core/batch.ts';
import { systemClock } from '../../core/system-clock.ts';
import { isConserved } from '../intake/index.ts';
import { createHarness, type Harness } from './fixtures/harness.ts';

let harness: Harness;
afterEach(() => harness.close());

const resource = resourceFromAttributes({
  'service.name': 'pay',
  'service.namespace': 'shop',
  'service.version': '1.2.3',
  'service.instance.id': 'pod-1',
});

type Compression = NonNullable<NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>['compression']>;

describe('the exporters of the OpenTelemetry SDK', () => {
  it.each(['none', 'gzip'])('are understood with compression %s', async (name) => {
    harness = await createHarness({ clock: systemClock });
    const compression = name as Compression;
    const exporter = new OTLPMetricExporter({ url: `http://127.0.0.1:${harness.port}/v1/metrics`, compression });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({ resource, readers: [reader] });
    const meter = provider.getMeter('test', '1.0');
    meter.createCounter('hits').add(3, { 'http.route': '/a' });
    meter.createUpDownCounter('inflight').add(-2);
    meter.createGauge('depth', { unit: '{item}' }).record(7.5);
    meter.createHistogram('wait', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1] } }).record(0.3, { 'http.route': '/a' });
    await provider.forceFlush();

    const batch = harness.batches[0];
    const samples = [...(batch?.samples?.stream ?? [])].map((id, i) => {
      const { service, instance, metric, unit, type, attributes } = harness.side.streams.describe(id);
      return [service, instance, metric, unit, type, attributes, batch?.samples?.type[i], batch?.samples?.value[i]];
    });
    expect(samples).toEqual([
      ['shop/pay', 'pod-1', 'hits', '', 'counter', { 'http.route': '/a' }, POINT_COUNTER_CUMULATIVE, 3],
      ['shop/pay', 'pod-1', 'inflight', '', 'sum', {}, POINT_SUM_CUMULATIVE, -2],
      ['shop/pay', 'pod-1', 'depth', '{item}', 'gauge', {}, POINT_GAUGE, 7.5],
    ]);
    expect(batch?.histograms).toMatchObject({
      length: 1,
      count: Float64Array.of(1),
      sum: Float64Array.of(0.3),
      bucket: Float64Array.of(0, 1, 0),
    });
    await provider.forceFlush();
    expect(harness.side.streams.size).toBe(4);
    await provider.shutdown();
    expect(isConserved(harness.receiver.ledger.snapshot().data_points)).toBe(true);
  });

  it.each([
    ['http/json', (h: Harness) => new JsonMetricExporter({ url: `http://127.0.0.1:${h.port}/v1/metrics` })],
    ['grpc', (h: Harness) => new GrpcMetricExporter({ url: `http://127.0.0.1:${h.grpcPort}` })],
  ])('are understood by %s as by protobuf over HTTP', async (_name, exporterTo) => {
    harness = await createHarness({ clock: systemClock });
    const reader = new PeriodicExportingMetricReader({ exporter: exporterTo(harness), exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({
      resource,
      readers: [reader],
      views: [{ instrumentName: 'spread', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    });
    const meter = provider.getMeter('test', '1.0');
    meter.createCounter('hits').add(3, { 'http.route': '/a' });
    meter.createUpDownCounter('inflight').add(-2);
    const spread = meter.createHistogram('spread', { unit: 's' });
    for (const seconds of [0, 0.3, 0.31, 4]) spread.record(seconds);
    await provider.forceFlush();
    await provider.shutdown();
    const batch = harness.batches[0];
    expect([...(batch?.samples?.value ?? [])]).toEqual([3, -2]);
    expect([...(batch?.samples?.type ?? [])]).toEqual([POINT_COUNTER_CUMULATIVE, POINT_SUM_CUMULATIVE]);
    expect(batch?.histograms).toMatchObject({ length: 1, count: Float64Array.of(4), sum: Float64Array.of(4.61) });
    expect(batch?.histograms?.bound[0]).toBe(0);
    expect(batch?.histograms?.bucket[0]).toBe(1);
    const { data_points, requests } = harness.receiver.ledger.snapshot();
    expect(data_points).toMatchObject({ rejected: {}, refused: {} });
    expect(isConserved(data_points)).toBe(true);
    expect(requests.rejected).toEqual({});
  });

  it.each([
    ['http/json', (h: Harness) => new JsonTraceExporter({ url: `http://127.0.0.1:${h.port}/v1/traces` })],
    ['grpc', (h: Harness) => new GrpcTraceExporter({ url: `http://127.0.0.1:${h.grpcPort}` })],
  ])('bring spans by %s', async (_name, exporterTo) => {
    harness = await createHarness({ clock: systemClock });
    const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporterTo(harness))] });
    const span = provider.getTracer('test').startSpan('charge', { kind: SpanKind.CLIENT, attributes: { 'peer.service': 'bank' } });
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    await provider.forceFlush();
    await provider.shutdown();
    const spans = harness.batches[0]?.spans;
    expect(Buffer.from(spans?.traceId ?? []).toString('hex')).toBe(span.spanContext().traceId);
    expect([harness.side.texts.textOf(spans?.peer[0] ?? -1), spans?.error[0], spans?.kind[0]]).toEqual(['bank', 1, 3]);
  });

  it('bring spans with their causes', async () => {
    harness = await createHarness({ clock: systemClock });
    const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${harness.port}/v1/traces` });
    const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] });
    const span = provider.getTracer('test').startSpan('charge', {
      kind: SpanKind.CLIENT,
      attributes: { 'peer.service': 'bank', 'payment.rail': 'card', 'user.email': 'ada@example.org', 'payment.outcome': 'declined' },
    });
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    await provider.forceFlush();
    const spans = harness.batches[0]?.spans;
    const name = (column: Uint32Array | undefined, i = 0): string => harness.side.texts.textOf(column?.[i] ?? -1);
    expect([name(spans?.service), name(spans?.version), name(spans?.operation), name(spans?.peer), name(spans?.outcome)]).toEqual([
      'shop/pay',
      '1.2.3',
      'charge',
      'bank',
      'declined',
    ]);
    expect([name(spans?.dimension, 0), name(spans?.dimension, 1), name(spans?.dimension, 2)]).toEqual(['', 'card', '1.2.3']);
    expect(spans?.error[0]).toBe(1);
    expect(harness.side.texts.texts().join()).not.toContain('ada@');
    await provider.shutdown();
  });

  it('keep their data while the log is unavailable and bring it when it is back', async () => {
    harness = await createHarness({ clock: systemClock });
    // The SDK waits as long as Retry-After says: the log is back before that.
    harness.log.unavailable = true;
    const exporter = new OTLPMetricExporter({ url: `http://127.0.0.1:${harness.port}/v1/metrics`, timeoutMillis: 300 });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000, exportTimeoutMillis: 500 });
    const provider = new MeterProvider({ resource, readers: [reader] });
    provider.getMeter('test').createCounter('hits').add(3);
    await provider.forceFlush().catch(() => undefined);
    expect(harness.batches).toEqual([]);
    harness.log.unavailable = false;
    await provider.forceFlush();
    expect(harness.batches[0]?.samples?.value[0]).toBe(3);
    await provider.shutdown();
    const { data_points } = harness.receiver.ledger.snapshot();
    expect(data_points.refused.log_unavailable).toBeGreaterThan(0);
    expect(isConserved(data_points)).toBe(true);
  });
});
