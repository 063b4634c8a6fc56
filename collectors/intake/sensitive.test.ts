import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIban, isLuhnValid, redactText } from './sensitive.ts';

describe('what must never reach the disk', () => {
  it.each([
    ['a card number', '4111111111111111', '[REDACTED]'],
    ['a card number in a path', '/cards/4111111111111111/limits', '/cards/[REDACTED]/limits'],
    ['a card number with spaces', 'card 4111 1111 1111 1111 declined', 'card [REDACTED] declined'],
    ['a card number with dashes', '5500-0000-0000-0004', '[REDACTED]'],
    ['a card number beside its expiry', '4111 1111 1111 1111 12 28', '[REDACTED] 12 28'],
    ['a card number of 15 digits', 'amex 378282246310005.', 'amex [REDACTED].'],
    ['a card number of 13 digits', '4222222222222', '[REDACTED]'],
    ['a card number of 19 digits', '6304000000000000000', '[REDACTED]'],
    ['an IBAN', 'DE89370400440532013000', '[REDACTED]'],
    ['an IBAN in groups, amid words', 'to GB82 WEST 1234 5698 7654 32 today', 'to [REDACTED] today'],
    ['an IBAN in small letters', 'gb82west12345698765432', '[REDACTED]'],
    ['an e-mail address', 'GET /users/ada.l@example.co.uk/cards', 'GET /users/[REDACTED]/cards'],
    ['a token', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl', 'Bearer [REDACTED]'],
    ['two of them', 'a@example.org pays 4111111111111111', '[REDACTED] pays [REDACTED]'],
  ])('replaces %s', (_name, text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    ['an order number that fails Luhn', '4111111111111112'],
    ['a number of 20 digits', '41111111111111111111'],
    ['zeros', '0000000000000000'],
    ['a route', 'POST /v1/payments/{id}/refunds'],
    ['a pod name', 'payments-api-6c9f7d5b8-x2x7k'],
    ['a UUID', '0f6f3c58-8f3c-4a8e-9a0a-3f2b6f1c9d11'],
    ['an IBAN with a wrong check digit', 'DE88370400440532013000'],
    ['an address without a domain', 'queue@host'],
    ['a version', '2026.11.22-rc.1'],
  ])('keeps %s', (_name, text) => {
    expect(redactText(text)).toBe(text);
  });

  it('replaces every Luhn-valid number of 13 to 19 digits, whatever words surround it', () => {
    const card = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 17 }))
      .map(([first, rest]) => {
        const body = `${first}${rest.join('')}`;
        const check = [...'0123456789'].find((digit) => isLuhnValid(body + digit)) as string;
        return body + check;
      });
    const words = fc.stringMatching(/^[a-z/ ]{0,20}$/);
    fc.assert(
      fc.property(card, words, words, (digits, before, after) => {
        const redacted = redactText(`${before}:${digits}:${after}`);
        expect(redacted).not.toContain(digits);
        expect(redacted).toContain('[REDACTED]');
      }),
    );
  });

  it('redacts a second time to the same text', () => {
    fc.assert(fc.property(fc.string(), (text) => redactText(redactText(text)) === redactText(text)));
  });

  it('answers hostile lengths at once', () => {
    for (const text of ['a'.repeat(4_096), 'a@'.repeat(2_048), '1 '.repeat(2_048), 'eyJ'.repeat(1_365), 'GB82'.repeat(1_024)]) {
      expect(typeof redactText(text)).toBe('string');
    }
  });

  it('knows an IBAN by length, country and check digits', () => {
    expect(isIban('NL91ABNA0417164300')).toBe(true);
    expect(isIban('NL91ABNA041716430')).toBe(false);
    expect(isIban('ZZ91ABNA0417164300')).toBe(false);
  });
});
