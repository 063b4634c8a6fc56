import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';

/** Whole minor units (cents), so that sums are exact. */
export interface Money {
  readonly currency: string;
  readonly minorUnits: number;
}

/** A hundred billion of a currency with cents: beyond any single payment, and a thousand of them still add up exactly. */
const MINOR_UNITS_MAX = 1e13;
const POWERS_OF_TEN = [1, 10, 100, 1_000, 10_000] as const;
const DECIMAL = /^(\d{1,16})(?:\.(\d{1,16}))?$/;
const CURRENCY_CODE = /^[A-Z]{3}$/;

const KNOWN_CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const digitsByCurrency = new Map<string, number>();

/** Digits after the point of a currency (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD. */
const minorDigits = (currency: string): number => {
  let digits = digitsByCurrency.get(currency);
  if (digits === undefined) {
    digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    digitsByCurrency.set(currency, digits);
  }
  return digits;
};

export const minorUnitsPerUnit = (currency: string): number => POWERS_OF_TEN[minorDigits(currency)] ?? 100;

export type AmountFailure = Failure<'amount_invalid' | 'amount_out_of_range' | 'unknown_currency'>;

const textOf = (written: unknown): string | undefined => {
  if (typeof written === 'string') return written.trim();
  return typeof written === 'number' && Number.isFinite(written) ? String(written) : undefined;
};

/**
 * Reads an amount as a decimal in whole units, or as whole minor units. Nothing is rounded: digits that the currency
 * does not have are an error, as is a sign, since a credit is no payment.
 */
export const parseAmount = (written: unknown, currency: unknown, inMinorUnits: boolean): Outcome<Money, AmountFailure> => {
  if (typeof currency !== 'string' || !CURRENCY_CODE.test(currency) || !KNOWN_CURRENCIES.has(currency)) {
    return fail('unknown_currency', 'the currency is no code of ISO 4217, such as EUR');
  }
  const text = textOf(written);
  if (text === undefined || text === 'NaN') return fail('amount_invalid', 'the amount is no number');
  if (text.startsWith('-')) return fail('amount_invalid', 'the amount is negative');
  const match = DECIMAL.exec(text);
  if (match === null) {
    return /^\d+(\.\d+)?(e\+?\d+)?$/i.test(text)
      ? fail('amount_out_of_range', 'the amount is beyond any payment')
      : fail('amount_invalid', 'the amount is no plain decimal number');
  }
  const [, whole = '0', writtenFraction = ''] = match;
  const digits = inMinorUnits ? 0 : minorDigits(currency);
  const fraction = writtenFraction.replace(/0+$/, '');
  if (fraction.length > digits) {
    const where = inMinorUnits ? 'minor units are whole' : `${currency} has ${digits}`;
    return fail('amount_invalid', `the amount has ${fraction.length} digits after the point, ${where}`);
  }
  const minorUnits = Number(`${whole}${fraction.padEnd(digits, '0')}`);
  if (minorUnits > MINOR_UNITS_MAX) return fail('amount_out_of_range', 'the amount is beyond any payment');
  return succeed({ currency, minorUnits });
};
