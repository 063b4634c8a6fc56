/** What business events become: names that collectors write and the normalizer reads. */
export const PAYMENTS = 'business.payments';
/** Money of the same payments, in whole units of the currency that is the stream's unit: never two currencies in one sum. */
export const AMOUNT = 'business.amount';
/** Shares of all payments of one rail and provider. */
export const DECLINED_SHARE = 'business.declined';
export const FAILED_SHARE = 'business.failed';

export const RAIL = 'payment.rail';
export const PROVIDER = 'payment.provider';
export const OUTCOME = 'payment.outcome';
export const CURRENCY = 'payment.currency';

/** However the sender's own words for them are configured. */
export const OUTCOMES = ['approved', 'declined', 'failed'] as const;
export type PaymentOutcome = (typeof OUTCOMES)[number];
