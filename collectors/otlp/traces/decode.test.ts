import { describe, expect, it } from 'vitest';
import type { SpanBatch } from '../../../core/batch.ts';
import { createIdentities } from '../../intake/identify.ts';
import { createRedactor } from '../../intake/redact.ts';
import { encode, nanos, spansOf, TraceRequest, text } from '../fixtures/messages.ts';
import { createSpanDecoder } from './decode.ts';

const NOW = 1_800_000_000_000;
const DIMENSIONS = ['payment.rail', 'service.version'];

const int = (key: string, value: number) => ({ key, value: { intValue: value } });

const span = (more: object = {}) => ({
  traceId: Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex'),
  spanId: Buffer.from('ffeeddccbbaa9988', 'hex'),
  name: 'op',
  kind: 2,
  startTimeUnixNano: nanos(NOW - 2, 250_000),
  endTimeUnixNano: nanos(NOW, 500_001),
  ...more,
});

const decode = (resource: Record<string, string>, ...spans: object[]) => {
  const identities = createIdentities({ texts: [], streams: [] }, { streams: 100, texts: 100 });
  const decoder = createSpanDecoder({
    tenant: 'default',
    identities,
    redactor: createRedactor([...DIMENSIONS, 'payment.outcome']),
    salt: [1, 2],
    dimensions: DIMENSIONS,
    outcomeAttribute: 'payment.outcome',
  });
  const body = encode(TraceRequest, spansOf(resource, spans));
  decoder.decode(body, NOW);
  // The second time every text is recognized by its hash; it must say the same.
  const outcome = decoder.decode(body, NOW);
  if (!outcome.ok) throw new Error(outcome.error.message);
  const batch = outcome.value.spans as SpanBatch;
  const textOf = (column: 'service' | 'version' | 'operation' | 'peer' | 'outcome', row = 0) =>
    identities.texts.textOf(batch[column][row] as number);
  return { batch, textOf, dimension: (d: number, row = 0) => identities.texts.textOf(batch.dimension[row * 2 + d] as number) };
};

describe('spans', () => {
  it('keeps times to the nanosecond and ids as join keys', () => {
    const { batch } = decode({ 'service.name': 'pay' }, span(), span({ parentSpanId: Buffer.from('ffeeddccbbaa9988', 'hex') }));
    expect(batch.start[0]).toBe(NOW - 2);
    expect(batch.startNanos[0]).toBe(250_000);
    expect(batch.durationNanos[0]).toBe(2_250_001);
    expect(Buffer.from(batch.traceId.subarray(0, 16)).toString('hex')).toBe('0102030405060708090a0b0c0d0e0f10');
    expect(batch.spanKey[0]).toBe(Number(0xffeeddccbbaa9988n & ((1n << 53n) - 1n)));
    expect(batch.parentKey[0]).toBeNaN();
    expect(batch.parentKey[1]).toBe(batch.spanKey[0]);
  });

  it.each([
    [{ 'service.name': 'pay' }, 'pay'],
    [{ 'service.name': 'pay', 'service.namespace': 'shop' }, 'shop/pay'],
    [{}, 'unknown_service'],
    [{ 'service.namespace': 'shop' }, 'shop/unknown_service'],
  ])('names the service of %j %s', (resource, service) => {
    expect(decode(resource as Record<string, string>, span()).textOf('service')).toBe(service);
  });

  it.each([
    ['method and route', [text('http.request.method', 'GET'), text('http.route', '/a/{id}')], 'GET /a/{id}'],
    ['former method and route', [text('http.method', 'PUT'), text('http.route', '/a')], 'PUT /a'],
    [
      'today before former, in either order',
      [text('http.request.method', 'GET'), text('http.method', 'PUT'), text('http.route', '/a')],
      'GET /a',
    ],
    ['former first', [text('http.method', 'PUT'), text('http.request.method', 'GET'), text('http.route', '/a')], 'GET /a'],
    ['a route alone', [text('http.route', '/a')], '/a'],
    ['a method alone', [text('http.request.method', 'GET')], 'op'],
    ['nothing', [], 'op'],
    ['a card number in the route', [text('http.request.method', 'GET'), text('http.route', '/c/4111111111111111')], 'GET /c/[REDACTED]'],
  ])('names the operation by %s', (_name, attributes, operation) => {
    expect(decode({}, span({ attributes })).textOf('operation')).toBe(operation);
  });

  it('redacts a span name', () => {
    expect(decode({}, span({ name: 'mail ada@example.org' })).textOf('operation')).toBe('mail [REDACTED]');
  });

  it.each([
    ['an ERROR status', { status: { code: 2 } }, 1],
    ['an OK status', { status: { code: 1 } }, 0],
    ['a server answering 503', { attributes: [int('http.response.status_code', 503)] }, 1],
    ['a server answering 503 in digits', { attributes: [text('http.status_code', '503')] }, 1],
    ['a server answering 404', { attributes: [int('http.response.status_code', 404)] }, 0],
    ['a client answered 503 without ERROR', { kind: 3, attributes: [int('http.response.status_code', 503)] }, 0],
    ['a client answered 404 with ERROR', { kind: 3, status: { code: 2 }, attributes: [int('http.status_code', 404)] }, 1],
  ])('judges %s', (_name, more, error) => {
    expect(decode({}, span(more)).batch.error[0]).toBe(error);
  });

  it.each([
    ['peer.service', [text('peer.service', 'ledger'), text('server.address', 'db')], 'ledger'],
    ['server.address', [text('server.address', 'db')], 'db'],
    ['server.address and port', [text('server.address', 'db'), int('server.port', 5432)], 'db:5432'],
    ['the former names', [text('net.peer.name', 'db'), int('net.peer.port', 5432)], 'db:5432'],
    ['nothing', [], ''],
  ])('finds the peer of a client by %s', (_name, attributes, peer) => {
    expect(decode({}, span({ kind: 3, attributes })).textOf('peer')).toBe(peer);
  });

  it('takes no peer from a server, whose server.address is its own', () => {
    expect(decode({}, span({ kind: 2, attributes: [text('server.address', 'me')] })).textOf('peer')).toBe('');
  });

  it('takes slices from the span, else from the resource, and the outcome', () => {
    const { textOf, dimension } = decode(
      { 'service.name': 'pay', 'service.version': '1.2.3', 'payment.rail': 'any' },
      span({ attributes: [text('payment.rail', 'card'), text('payment.outcome', 'declined')] }),
      span(),
    );
    expect([dimension(0), dimension(1), textOf('outcome'), textOf('version')]).toEqual(['card', '1.2.3', 'declined', '1.2.3']);
    expect([dimension(0, 1), dimension(1, 1), textOf('outcome', 1)]).toEqual(['any', '1.2.3', '']);
  });
});
