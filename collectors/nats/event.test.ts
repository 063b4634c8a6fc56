import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, type EventMapping } from './event.ts';
import { natsSourceSchema } from './schema.ts';

const NOW = Date.UTC(2026, 2, 1, 9, 30);
const mapping: EventMapping = natsSourceSchema.parse({ name: 'a', servers: ['nats://b:4222'], stream: 'S', subject: 'p.>' });
const GOOD = { time: '2026-03-01T09:30:00Z', outcome: 'approved', rail: 'card', provider: 'north', amount: '12.34', currency: 'EUR' };

const read = (body: unknown, headers: Readonly<Record<string, string>> = {}, change: Partial<EventMapping> = {}) => {
  const data = body instanceof Uint8Array ? body : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return decodeEvent({ data, header: (name) => headers[name] }, { ...mapping, ...change }, NOW);
};
const money = (amount: unknown, currency = 'EUR', change: Partial<EventMapping> = {}) => {
  const event = read({ ...GOOD, amount, currency }, {}, change);
  return event.ok ? event.value.money?.minorUnits : event.error.code;
};

describe('a payment event', () => {
  it('is read from plain JSON and from both forms of CloudEvents alike', () => {
    const expected = {
      ok: true,
      value: {
        at: NOW,
        service: 'payments',
        rail: 'card',
        provider: 'north',
        outcome: 'approved',
        money: { currency: 'EUR', minorUnits: 1234 },
      },
    };
    const { time, ...data } = GOOD;
    expect(read(GOOD)).toEqual(expected);
    expect(read({ ...GOOD, time: NOW })).toEqual(expected);
    expect(read(data, { 'ce-specversion': '1.0', 'ce-time': time })).toEqual(expected);
    expect(read({ specversion: '1.0', id: '1', time, data })).toEqual(expected);
    expect(read({ specversion: '1.0', data: GOOD }, { 'content-type': 'application/cloudevents+json; charset=utf-8' })).toEqual(expected);
  });

  it('is read from wherever the mapping says', () => {
    const fields = { ...mapping.fields, outcome: 'result.status', service: 'shop.name' };
    const outcomes = { ...mapping.outcomes, declined: ['REFUSED', 'DO_NOT_HONOR'] };
    const event = read({ ...GOOD, outcome: undefined, result: { status: 'REFUSED' }, shop: { name: 'books' } }, {}, { fields, outcomes });
    expect(event).toMatchObject({ ok: true, value: { outcome: 'declined', service: 'books' } });
  });

  it.each<[string, unknown, string, Readonly<Record<string, string>>?]>([
    ['cut short', '{"time":', 'malformed_json'],
    ['empty', '', 'malformed_json'],
    ['no object', '[1]', 'malformed_json'],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'malformed_json'],
    ['NaN, which JSON does not have', '{"amount":NaN}', 'malformed_json'],
    ['too large', { ...GOOD, note: 'x'.repeat(70_000) }, 'event_too_large'],
    ['another version of CloudEvents', GOOD, 'schema_unknown', { 'ce-specversion': '0.3' }],
    ['a CloudEvent whose data is text', { specversion: '1.0', data: 'hello' }, 'schema_unknown'],
    ['a batch', [GOOD], 'schema_unknown', { 'content-type': 'application/cloudevents-batch+json' }],
    ['no time', { ...GOOD, time: undefined }, 'missing_field'],
    ['a time without its zone', { ...GOOD, time: '2026-03-01T09:30:00' }, 'bad_timestamp'],
    ['no such date', { ...GOOD, time: '2026-13-41T09:30:00Z' }, 'bad_timestamp'],
    ['seconds', { ...GOOD, time: NOW / 1_000 }, 'bad_timestamp'],
    ['nanoseconds', { ...GOOD, time: NOW * 1_000_000 }, 'bad_timestamp'],
    ['before 1970', { ...GOOD, time: -1 }, 'bad_timestamp'],
    ['a time that is an object', { ...GOOD, time: {} }, 'bad_timestamp'],
    ['an hour ahead', { ...GOOD, time: NOW + 3_600_000 }, 'too_far_in_future'],
    ['three minutes old', { ...GOOD, time: NOW - 180_000 }, 'too_old'],
    ['no outcome', { ...GOOD, outcome: undefined }, 'missing_field'],
    ['an outcome nobody listed', { ...GOOD, outcome: 'perhaps' }, 'unknown_outcome'],
    ['an outcome of Object.prototype', { ...GOOD, outcome: 'constructor' }, 'unknown_outcome'],
    ['no rail', { ...GOOD, rail: null }, 'missing_field'],
    ['a rail that is a number', { ...GOOD, rail: 7 }, 'field_invalid'],
    ['a provider of blanks', { ...GOOD, provider: '  ' }, 'field_invalid'],
    ['a provider as long as a novel', { ...GOOD, provider: 'x'.repeat(129) }, 'field_invalid'],
    ['a rail with a NUL, which would make two names one', { ...GOOD, rail: 'a\u0000b' }, 'field_invalid'],
    ['a provider with half of a surrogate pair', { ...GOOD, provider: 'psp\ud83d' }, 'field_invalid'],
    ['a service that clears the screen', { ...GOOD, service: 'pay\u001b[2J' }, 'field_invalid'],
    ['an amount without currency', { ...GOOD, currency: undefined }, 'missing_field'],
  ])('is rejected when it is %s', (_what, body, reason, headers) => {
    expect(read(body, headers)).toMatchObject({ ok: false, error: { code: reason } });
  });

  it('does not quote what it holds in its rejection', () => {
    for (const field of ['time', 'outcome', 'rail', 'amount', 'currency']) {
      const event = read({ ...GOOD, [field]: `4111111111111111 ${'jane@example.com'.repeat(20)}` });
      expect(JSON.stringify(event)).not.toMatch(/4111|jane/);
    }
  });

  it('has money that is exact or rejected, in the digits of its currency', () => {
    expect(money('12.34')).toBe(1234);
    expect(money(12.1)).toBe(1210);
    expect(money('12.3400')).toBe(1234);
    expect(money('500', 'JPY')).toBe(500);
    expect(money('1.234', 'KWD')).toBe(1234);
    expect(money(1234, 'EUR', { amountUnit: 'minor' })).toBe(1234);
    expect(money(undefined)).toBeUndefined();
    for (const wrong of ['12.345', '-1', -0.01, 'NaN', 'Infinity', '1,5', '', true, {}, '0x10'])
      expect(money(wrong)).toBe('amount_invalid');
    expect(money('12.5', 'EUR', { amountUnit: 'minor' })).toBe('amount_invalid');
    expect(money('1.5', 'JPY')).toBe('amount_invalid');
    for (const absurd of [1e300, 1e21, '9999999999999999', '12345678901234567890']) expect(money(absurd)).toBe('amount_out_of_range');
    for (const currency of ['euro', 'eur', 'ZZZ', '€']) expect(money('1', currency)).toBe('unknown_currency');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e13 }), (minor) => {
        const text = `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
        expect(money(text)).toBe(minor);
      }),
    );
  });

  it('never throws, whatever bytes or JSON come', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof read(bytes).ok === 'boolean'));
    fc.assert(
      fc.property(fc.json(), fc.dictionary(fc.string(), fc.string()), (body, headers) => typeof read(body, headers).ok === 'boolean'),
    );
    fc.assert(
      fc.property(
        fc.record({ time: fc.jsonValue(), outcome: fc.jsonValue(), amount: fc.jsonValue(), currency: fc.jsonValue() }),
        (change) => typeof read({ ...GOOD, ...change }).ok === 'boolean',
      ),
    );
  });
});
