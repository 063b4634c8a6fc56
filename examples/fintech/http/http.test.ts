import { ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { core } from '@opentelemetry/sdk-node';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/system-clock.ts';
import type { Telemetry } from '../telemetry.ts';
import { instrumentedListener, type Route } from './instrumented-server.ts';
import { type Listener, listen } from './listener.ts';
import { createPeer, type Peer } from './peer.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const rig = async (routes: readonly Route[], timeoutMs = 2_000) => {
  const spans = new InMemorySpanExporter();
  const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 60_000 });
  const metering = new MeterProvider({ readers: [reader] });
  const w3c = new core.W3CTraceContextPropagator();
  const telemetry: Telemetry = {
    tracer: tracing.getTracer('test'),
    meter: metering.getMeter('test'),
    extract: (parent, headers) =>
      w3c.extract(parent, headers, { get: (carrier, key) => carrier[key], keys: (carrier) => Object.keys(carrier) }),
    inject: (context, headers) => w3c.inject(context, headers, { set: (carrier, key, value) => Object.assign(carrier, { [key]: value }) }),
    prometheusHandler: undefined,
    shutdown: async () => {},
  };
  const server: Listener = await listen('127.0.0.1', 0, systemClock, instrumentedListener(routes, telemetry, systemClock));
  const url = `http://127.0.0.1:${server.port}`;
  const peer: Peer = createPeer({ name: 'ledger', url, timeoutMs, telemetry, clock: systemClock });
  closing.push(
    () => peer.close(),
    () => server.close(100),
    () => metering.shutdown(),
  );
  return { spans, measured, reader, server, url, peer };
};

const echo: Route = {
  path: '/captures',
  handle: async ({ body }) => ({ status: 200, body, attributes: { 'payment.outcome': 'approved' } }),
};

describe('a call between two services', () => {
  it('shows as a client span and a server span of one trace, with the attributes of the conventions', async () => {
    const { spans, peer, server } = await rig([echo]);
    expect(await peer.post('/captures', { id: 'p1' }, ROOT_CONTEXT)).toEqual({ ok: true, value: { status: 200, body: { id: 'p1' } } });
    const client = spans.getFinishedSpans().find((span) => span.kind === SpanKind.CLIENT);
    const inside = spans.getFinishedSpans().find((span) => span.kind === SpanKind.SERVER);
    expect(inside?.parentSpanContext?.spanId).toBe(client?.spanContext().spanId);
    expect(inside?.spanContext().traceId).toBe(client?.spanContext().traceId);
    expect(client?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'peer.service': 'ledger',
      'server.address': '127.0.0.1',
      'server.port': server.port,
      'http.response.status_code': 200,
    });
    expect(inside?.attributes).toMatchObject({
      'http.route': '/captures',
      'http.response.status_code': 200,
      'payment.outcome': 'approved',
    });
  });

  it('marks both spans as errors with a reason when the service answers 5xx, and measures it in seconds', async () => {
    const busy: Route = { path: '/captures', handle: async () => ({ status: 503, body: {}, errorType: 'lock_timeout' }) };
    const { spans, measured, reader, peer } = await rig([busy]);
    expect(await peer.post('/captures', {}, ROOT_CONTEXT)).toMatchObject({ ok: true, value: { status: 503 } });
    const errors = spans.getFinishedSpans().map((span) => [span.kind, span.status.code, span.attributes['error.type']]);
    expect(errors).toEqual(
      expect.arrayContaining([
        [SpanKind.SERVER, SpanStatusCode.ERROR, 'lock_timeout'],
        [SpanKind.CLIENT, SpanStatusCode.ERROR, '503'],
      ]),
    );
    await reader.forceFlush();
    const metrics = measured.getMetrics().flatMap((each) => each.scopeMetrics.flatMap((scope) => scope.metrics));
    const duration = metrics.find((metric) => metric.descriptor.name === 'http.server.request.duration');
    expect(duration?.descriptor.unit).toBe('s');
    expect(duration?.dataPoints[0]?.attributes).toMatchObject({ 'http.route': '/captures', 'error.type': 'lock_timeout' });
  });

  it('answers 500 when a handler breaks, and goes on serving', async () => {
    let calls = 0;
    const fragile: Route = {
      path: '/captures',
      handle: async () => {
        calls += 1;
        if (calls === 1) throw new TypeError('broken');
        return { status: 200, body: {} };
      },
    };
    const { peer, spans } = await rig([fragile]);
    expect(await peer.post('/captures', {}, ROOT_CONTEXT)).toMatchObject({ ok: true, value: { status: 500 } });
    expect(spans.getFinishedSpans().find((span) => span.kind === SpanKind.SERVER)?.attributes['error.type']).toBe('TypeError');
    expect(await peer.post('/captures', {}, ROOT_CONTEXT)).toMatchObject({ ok: true, value: { status: 200 } });
  });

  it('gives up on a service that does not answer in time, and tells when one is away', async () => {
    const { peer, server, spans } = await rig([{ path: '/captures', handle: () => new Promise(() => {}) }], 60);
    expect(await peer.post('/captures', {}, ROOT_CONTEXT)).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
    expect(spans.getFinishedSpans()[0]?.attributes['error.type']).toBe('timeout');
    await server.close(10);
    expect(await peer.post('/captures', {}, ROOT_CONTEXT)).toMatchObject({ ok: false, error: { code: 'UNREACHABLE' } });
  });

  it.each([
    ['no JSON', 'POST', '/captures', '{"id":', 400],
    ['more than 64 KiB', 'POST', '/captures', JSON.stringify('x'.repeat(70_000)), 413],
    ['an unknown path', 'POST', '/elsewhere', '{}', 404],
    ['the wrong method', 'PUT', '/captures', '{}', 405],
  ])('refuses %s', async (_, method, path, body, status) => {
    const { url } = await rig([echo]);
    const response = await fetch(`${url}${path}`, { method, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty('message');
  });
});
