/** Money in millionths of the currency's unit. Sums of whole numbers are the same in any order. */
export type Micros = bigint;
/** A price in thousand-millionths of the currency's unit, per unit of what is priced. */
export type Nanos = bigint;

const MICROS_IN_UNIT = 1_000_000n;
const NANO_DIGITS = 9;
const MICRO_DIGITS = 6;

const tenTo = (digits: number): bigint => BigInt(`1${'0'.repeat(digits)}`);

/** 1e-7 is how JavaScript writes 0.0000001; both spell the same decimal. */
const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,40}))?(?:e([+-]?\d{1,3}))?$/i;

/**
 * A decimal as a whole number of 10^-digits, exactly as written. Undefined when it is none, when it has more decimals
 * than fit, or when it is larger than any bill.
 */
const scaledDecimal = (written: number | string, digits: number): bigint | undefined => {
  const match = DECIMAL.exec(String(written).trim());
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = digits + Number(exponent) - fraction.length;
  if (Math.abs(shift) > 60) return undefined;
  const all = BigInt(whole + fraction);
  if (shift < 0 && all % tenTo(-shift) !== 0n) return undefined;
  const scaled = shift < 0 ? all / tenTo(-shift) : all * tenTo(shift);
  return sign === '-' ? -scaled : scaled;
};

export const parseNanos = (written: number | string): Nanos | undefined => scaledDecimal(written, NANO_DIGITS);
export const parseMicros = (written: number | string): Micros | undefined => scaledDecimal(written, MICRO_DIGITS);

/** A measured number to the nearest millionth: for amounts that were floating point before they came to us. */
export const roundToMicros = (value: number): bigint => BigInt(Math.round(value * 1_000_000));

/** Quotient to the nearest whole number, halves away from zero. */
export const divideRounded = (numerator: bigint, denominator: bigint): bigint => {
  const negative = numerator < 0n !== denominator < 0n;
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  const rounded = (2n * n + d) / (2n * d);
  return negative ? -rounded : rounded;
};

/** What a quantity, in millionths of its unit, costs at a price. */
export const costOf = (quantityMicros: bigint, price: Nanos): Micros => divideRounded(quantityMicros * price, tenTo(NANO_DIGITS));

export const sumOf = (amounts: Iterable<Micros>): Micros => {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
};

export const toUnits = (amount: Micros): number => Number(amount) / 1_000_000;

/** Decimals of the smallest coin: 2 for euro, 0 for yen (ISO 4217). */
export const minorDigits = (currency: string): number =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** Micros in one smallest coin. Currencies with more than six decimals do not exist. */
export const coinOf = (currency: string): Micros => tenTo(MICRO_DIGITS - minorDigits(currency));

const floorDivide = (numerator: bigint, denominator: bigint): bigint => {
  const quotient = numerator / denominator;
  return numerator % denominator < 0n ? quotient - 1n : quotient;
};

/**
 * Parts rounded to whole coins so that they add up to `total`, or to their rounded sum (largest remainder, the first of
 * equals). Towards its own sum no part moves by a whole coin.
 */
export const roundToCoins = (parts: readonly Micros[], coin: Micros, total?: Micros): readonly Micros[] => {
  if (parts.length === 0) return [];
  const floors = parts.map((part) => floorDivide(part, coin));
  const missing = divideRounded(total ?? sumOf(parts), coin) - sumOf(floors);
  // A total that is not their own may ask for more, or less, than one coin each.
  const each = floorDivide(missing, BigInt(parts.length));
  const order = parts
    .map((part, index) => ({ index, rest: part - (floors[index] as bigint) * coin }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  const raised = new Set(order.slice(0, Number(missing - each * BigInt(parts.length))).map(({ index }) => index));
  return floors.map((floor, index) => (floor + each + (raised.has(index) ? 1n : 0n)) * coin);
};

/** Every digit that counts, and no others: 12.345. */
export const decimalText = (amount: Micros): string => {
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % MICROS_IN_UNIT).toString().padStart(MICRO_DIGITS, '0').replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${size / MICROS_IN_UNIT}${fraction === '' ? '' : `.${fraction}`}`;
};

/** For people: symbol, thousands, decimals of the currency, and a true minus sign. */
export const moneyText = (amount: Micros, currency: string, decimals = minorDigits(currency)): string => {
  const rounded = divideRounded(amount, tenTo(MICRO_DIGITS - decimals));
  const size = (rounded < 0n ? -rounded : rounded).toString().padStart(decimals + 1, '0');
  const whole = size.slice(0, size.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = decimals === 0 ? '' : `.${size.slice(-decimals)}`;
  return `${rounded < 0n ? '−' : ''}${symbolOf(currency)}${whole}${fraction}`;
};

const symbols = new Map<string, string>();

const symbolOf = (currency: string): string => {
  let symbol = symbols.get(currency);
  if (symbol === undefined) {
    const parts = new Intl.NumberFormat('en-US', { style: 'currency', currency }).formatToParts(0);
    const found = parts.find(({ type }) => type === 'currency')?.value ?? currency;
    symbol = found.length === 1 ? found : `${found} `;
    symbols.set(currency, symbol);
  }
  return symbol;
};
