import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLedgerBook } from './ledger-book.ts';

const TENANT = 'alpine-bank';
const bookWith = (amountMinor: number) => createLedgerBook({ opening: { [TENANT]: amountMinor, 'harbor-pay': amountMinor } });

const operation = fc.record({
  kind: fc.constantFrom('reserve', 'capture', 'release', 'sweep'),
  id: fc.integer({ min: 0, max: 12 }).map((n) => `p${n}`),
  tenant: fc.constantFrom(TENANT, 'harbor-pay', 'nobody'),
  provider: fc.constantFrom('psp-north', 'psp-south'),
  amountMinor: fc.integer({ min: 1, max: 400 }),
  at: fc.nat({ max: 100 }),
});

describe('ledger book', () => {
  it('stays balanced under any operations in any order, repeated or refused', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const book = bookWith(1_000);
        for (const { kind, id, tenant, provider, amountMinor, at } of operations) {
          if (kind === 'reserve') book.reserve(id, tenant, amountMinor, at);
          else if (kind === 'capture') book.capture(id, provider);
          else if (kind === 'release') book.release(id);
          else book.releaseOlderThan(at);
          expect(book.invariants()).toMatchObject({
            balanced: true,
            sumOfEntries: 0,
            sumOfBalances: 0,
            reservedDifference: 0,
            overdrawn: [],
          });
        }
      }),
    );
  });

  it('moves the money of a captured payment from the tenant to the provider, once', () => {
    const book = bookWith(1_000);
    for (let again = 0; again < 3; again += 1) {
      expect(book.reserve('p1', TENANT, 300, 0).ok).toBe(true);
      expect(book.capture('p1', 'psp-north')).toEqual({ ok: true, value: 'captured' });
    }
    expect(book.balances()).toMatchObject({
      'tenant:alpine-bank:available': 700,
      'tenant:alpine-bank:reserved': 0,
      'provider:psp-north': 300,
    });
  });

  it.each([
    ['a payment nobody reserved', 'UNKNOWN_PAYMENT', (book: ReturnType<typeof bookWith>) => book.capture('p9', 'psp-north')],
    ['a release after the capture', 'ALREADY_SETTLED', (book: ReturnType<typeof bookWith>) => book.release('captured')],
    ['more than the tenant has', 'INSUFFICIENT_FUNDS', (book: ReturnType<typeof bookWith>) => book.reserve('p2', TENANT, 901, 0)],
    ['a tenant without account', 'UNKNOWN_ACCOUNT', (book: ReturnType<typeof bookWith>) => book.reserve('p3', 'nobody', 1, 0)],
    ['the same id with another amount', 'CONFLICT', (book: ReturnType<typeof bookWith>) => book.reserve('captured', TENANT, 101, 0)],
  ])('refuses %s with %s and posts nothing', (_, code, operate) => {
    const book = bookWith(1_000);
    book.reserve('captured', TENANT, 100, 0);
    book.capture('captured', 'psp-south');
    const before = book.invariants().postings;
    expect(operate(book)).toMatchObject({ ok: false, error: { code } });
    expect(book.invariants().postings).toBe(before);
  });

  it('gives back what was reserved a while ago and never settled, and nothing younger', () => {
    const book = bookWith(1_000);
    book.reserve('old', TENANT, 100, 0);
    book.reserve('young', TENANT, 50, 900);
    expect(book.releaseOlderThan(500)).toBe(1);
    expect(book.balances()['tenant:alpine-bank:reserved']).toBe(50);
    expect(book.capture('old', 'psp-north')).toMatchObject({ ok: false, error: { code: 'ALREADY_SETTLED' } });
  });

  it('forgets the oldest settled payments first, so that memory is bounded', () => {
    const book = createLedgerBook({ opening: { [TENANT]: 1_000 }, rememberSettled: 2 });
    for (const id of ['p1', 'p2', 'p3']) {
      book.reserve(id, TENANT, 1, 0);
      book.release(id);
    }
    expect(book.release('p1')).toMatchObject({ ok: false, error: { code: 'UNKNOWN_PAYMENT' } });
    expect(book.release('p2').ok).toBe(true);
  });
});
